"""Docket: what the committee has to decide, as plain files with a stable form; cards of one page, and the pack of a quarter."""

from bongsu.committee.docket.card import Card, Section, Table
from bongsu.committee.docket.files import Docket, DocketError, as_markdown, as_yaml, cautions, parse, text_of
from bongsu.committee.docket.item import Decision, Figure, Gate, Item, Option, Step, schema, spoken
from bongsu.committee.docket.pack import Due, Pack, quarter_of, span

__all__ = [
    "Card",
    "Decision",
    "Docket",
    "DocketError",
    "Due",
    "Figure",
    "Gate",
    "Item",
    "Option",
    "Pack",
    "Section",
    "Step",
    "Table",
    "as_markdown",
    "as_yaml",
    "cautions",
    "parse",
    "quarter_of",
    "schema",
    "span",
    "spoken",
    "text_of",
]
