"""Link: who should supply whom.

Ask :func:`sellers` with a :class:`Need`, :func:`buyers` with an :class:`Offer`; :func:`match` pairs everybody at once,
:func:`worth` values a :class:`Contract`, :func:`alarms` finds dependencies, :func:`links_of` gives the links of a project,
and :func:`listing` says what can be asked.
"""

from bongsu.committee.link.agreement import worth
from bongsu.committee.link.alarms import alarms
from bongsu.committee.link.contract import Contract, contract_of
from bongsu.committee.link.listing import SIDES, listing
from bongsu.committee.link.need import Need, Offer, Party, UnknownName, item_of, party_of, years_of
from bongsu.committee.link.of_project import links_of
from bongsu.committee.link.pairing import match
from bongsu.committee.link.rank import buyers, sellers

__all__ = [
    "SIDES",
    "Contract",
    "Need",
    "Offer",
    "Party",
    "UnknownName",
    "alarms",
    "buyers",
    "contract_of",
    "item_of",
    "links_of",
    "listing",
    "match",
    "party_of",
    "sellers",
    "worth",
    "years_of",
]
