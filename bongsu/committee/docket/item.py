"""A docket item: question, figures with their reasons, options, decision, owner, due date, follow-up; as plain data with a schema.

The form is stable: ``docket: 1`` names its version, and what a later version changes it must still be able to read. A decision is
never overwritten: a new one is added to the log with its date, and taking one back is an entry of its own.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bongsu.answers.figure import LANGUAGES, Node

Language = Literal["en", "ko", "fr"]
Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
#: One text for all languages, or one for each that there is.
Text = Line | Annotated[dict[Language, Line], Field(min_length=1)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9\-]*$", max_length=80)]
#: A figure as ``bongsu why`` takes it.
Why = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[A-Za-z0-9_\-]+(:.+)?$")]
Confidence = Literal["stated", "derived", "assumed", "computed"]
VERSION: Literal[1] = 1


def spoken(text: Text, language: str) -> str:
    """A text in a language; in English, or the first that there is, where it has none in that one."""
    if isinstance(text, str):
        return text
    held: Mapping[str, str] = text  # type: ignore[assignment]
    return held.get(language) or held.get("en") or next(iter(held.values()))


class _Part(BaseModel):
    """Parts of an item: unknown fields are an error, so that nothing written is dropped in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Part):
    """A figure as it stood when it was carried into the item; ``why`` finds its reasons again."""

    why: Why
    label: Text
    value: Annotated[float, Field(allow_inf_nan=False, strict=True)] | None = Field(
        description="The figure; null = unknown"
    )
    unit: str = ""
    kind: Literal["number", "share", "money", "year", "energy", "mass"] = "number"
    confidence: Confidence = Field(
        description="Weakest trust of the facts that it rests on; computed = it rests on none"
    )
    sources: tuple[str, ...] = ()
    taken: dt.date | None = Field(default=None, description="Day of the facts")
    reason: Text | None = Field(default=None, description="Why the figure is unknown, where that is said")

    @classmethod
    def of(cls, why: str, node: Node, taken: dt.date | None = None) -> Figure:
        """A figure of an answer, with the sources at its leaves."""
        sources = dict.fromkeys(fact.source for fact in node.facts() if fact.source)
        own = {node.source: None} if node.source else {}
        kind: Any = node.kind if node.kind in ("number", "share", "money", "year", "energy", "mass") else "number"
        # What is not known rests on nothing, whatever is known of its parts.
        trust: Any = node.confidence
        if trust == "computed" and node.value is not None:
            trust = node.weakest
        reason = (
            None if node.value is not None else next((_texts(one) for one in node.children if _sentence(one)), None)
        )
        return cls(
            why=why,
            label=_texts(node),
            value=node.value,
            unit=node.unit,
            kind=kind,
            confidence=trust,
            sources=tuple(own | sources),
            taken=taken,
            reason=reason,
        )


def _texts(node: Node) -> Text:
    return {language: node.label[language] for language in LANGUAGES if node.label.get(language)}  # type: ignore[misc]


def _sentence(node: Node) -> bool:
    """Whether a reason is a sentence: no figure, no fact, nothing below it."""
    return node.value is None and not node.children and node.source is None and node.confidence == "computed"


class Gate(_Part):
    """A condition that must hold first."""

    gate: Line
    outcome: Literal["pass", "fail", "undetermined"]
    evidence: tuple[Text, ...] = ()


class Option(_Part):
    """One way to answer the question."""

    option: Identifier
    title: Text
    pro: tuple[Text, ...] = ()
    contra: tuple[Text, ...] = ()
    figures: tuple[Why, ...] = Field(default=(), description="Figures of the item that bear on it")


class Decision(_Part):
    """An entry of the log: what was decided, or taken back, when and by whom."""

    what: Literal["decided", "withdrawn"] = "decided"
    on: dt.date
    by: Line
    option: Identifier | None = Field(default=None, description="Option decided for; null where the text stands alone")
    text: Text


class Step(_Part):
    """Something to be done after the decision."""

    what: Text
    owner: Line
    due: dt.date | None = None
    done: dt.date | None = None


class Item(_Part):
    """A docket item.

    Attributes:
        docket: version of the form.
        id: identifier, also the name of its file.
        project: identifier of a project, where it is about one.
        owner: who has it in hand.
        decisions: the log, oldest first; the last entry holds.
        body: more in Markdown; below the front matter of a ``.md`` file.
    """

    docket: Literal[1] = VERSION
    id: Identifier
    title: Text
    question: Text
    project: Line | None = None
    opened: dt.date
    owner: Line
    due: dt.date | None = None
    figures: tuple[Figure, ...] = ()
    gates: tuple[Gate, ...] = ()
    options: tuple[Option, ...] = ()
    decisions: tuple[Decision, ...] = ()
    followup: tuple[Step, ...] = ()
    body: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name, values in (
            ("figures", [one.why for one in self.figures]),
            ("options", [one.option for one in self.options]),
        ):
            double = next((value for value in values if values.count(value) > 1), None)
            if double is not None:
                raise ValueError(f"{name} has {double!r} twice; keep one")
        known, named = {one.why for one in self.figures}, {one.option for one in self.options}
        for option in self.options:
            missing = next((why for why in option.figures if why not in known), None)
            if missing is not None:
                raise ValueError(f"option {option.option} names the figure {missing!r}, which the item does not hold")
        for at, decision in enumerate(self.decisions, 1):
            if decision.option is not None and decision.option not in named:
                options = ", ".join(one.option for one in self.options) or "none"
                raise ValueError(
                    f"decision {at} is for {decision.option!r}, which is no option of the item; it has {options}"
                )
            if decision.on < self.opened:
                raise ValueError(f"decision {at} is of {decision.on}, before the item was opened ({self.opened})")
            if at > 1 and decision.on < self.decisions[at - 2].on:
                raise ValueError(f"decision {at} is older than the one before it; write them oldest first")
        if self.decisions and self.decisions[0].what == "withdrawn":
            raise ValueError("decision 1 takes back what was not decided")
        if self.due is not None and self.due < self.opened:
            raise ValueError(f"it is due on {self.due}, before it was opened ({self.opened})")
        return self

    @property
    def decision(self) -> Decision | None:
        """The decision that holds; None where there is none, or it was taken back."""
        return self.decisions[-1] if self.decisions and self.decisions[-1].what == "decided" else None

    def state(self, today: dt.date) -> Literal["open", "overdue", "decided", "late", "done"]:
        """``open``, ``overdue`` (open past its due date), ``decided``, ``late`` (decided, a step is past due) or ``done``."""
        if self.decision is None:
            return "overdue" if self.due is not None and self.due < today else "open"
        left = [step for step in self.followup if step.done is None or step.done > today]
        if not left:
            return "done"
        return "late" if any(step.due is not None and step.due < today for step in left) else "decided"

    def decide(self, decision: Decision) -> Item:
        """The item with one more entry in its log.

        Raises:
            ValueError: the entry does not fit the item.
        """
        return Item.model_validate({**self.model_dump(), "decisions": [*self.decisions, decision]})

    def carrying(self, figures: Mapping[str, Node], taken: dt.date | None = None) -> Item:
        """The item with figures of answers added; one that it holds already is renewed in its place."""
        held = {one.why: one for one in self.figures} | {
            why: Figure.of(why, node, taken) for why, node in figures.items()
        }
        return Item.model_validate({**self.model_dump(), "figures": list(held.values())})


def schema() -> str:
    """JSON Schema of an item, as text."""
    found = Item.model_json_schema()
    return json.dumps(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}, indent=1, ensure_ascii=False
    )
