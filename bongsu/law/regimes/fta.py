"""Value tests of the free trade agreements of Canada and Korea, Korea and the United States, and of the CPTPP.

Formulas, AV = adjusted (transaction, ex-works) value, NC = net cost, VNM and VOM = value of non-originating and of originating
materials: build-down (AV − VNM) / AV, build-up VOM / AV, net cost (NC − VNM) / NC, each × 100. Where the instrument sets a
ceiling on materials (met "at most"), the figure is VNM / AV × 100 instead. A VNM above the value gives a negative content, or a
share above 100 %: it fails, and is no error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Literal, Self

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from bongsu.law.finding import (
    Finding,
    Missing,
    Outcome,
    Step,
    any_of,
    compare,
    percent,
    ratio_meets,
    undetermined,
)
from bongsu.law.instrument import Found, LawOn, Status, covered
from bongsu.law.regime import Regime
from bongsu.law.regimes.usmca import Money, Record, floats
from bongsu.law.spans import stand_ins
from bongsu.law.tabular import CODES, Floats, decide

#: Ways to compute a content, in the order in which "any" tries them.
METHODS = ("build_down", "build_up", "net_cost")
#: Amount below the line, and amount that is measured, of each method; "same_heading" is a build-down of its own.
_BASE = {"build_down": "adjusted_value", "build_up": "adjusted_value", "net_cost": "net_cost"}
_PART = {"build_down": "vnm", "build_up": "vom", "net_cost": "vnm"}
_AMOUNTS = ("adjusted_value", "net_cost", "vnm", "vom")


class FtaValue(Record):
    """Facts for the value test of a good; amounts in one currency per unit."""

    hs: str = Field(pattern=r"^\d{4,10}$", description="HS code of the good, 4 to 10 digits without dots.")
    method: Literal["build_down", "build_up", "net_cost", "any"] = Field(
        default="any", description="How the content is computed; any = one of those that the agreement has is enough."
    )
    rule: Literal["heading", "same_heading"] = Field(
        default="heading",
        description="The rule of its heading, or the one for parts that share the heading of the good (CKFTA).",
    )
    adjusted_value: Money | None = Field(
        default=None, description="Adjusted (transaction or ex-works) value; None = unknown."
    )
    net_cost: Money | None = Field(default=None, description="Net cost; None = unknown.")
    vnm: Money | None = Field(default=None, description="Value of non-originating materials; None = unknown.")
    vom: Money | None = Field(default=None, description="Value of originating materials; None = unknown.")
    producer_country: str | None = Field(
        default=None, description="ISO code of the country of production; None = that of a party."
    )
    entered: dt.date | None = Field(default=None, description="Date of entry; None = the day of the question.")

    @model_validator(mode="after")
    def _contained(self) -> Self:
        if self.vom is not None and self.adjusted_value is not None and self.vom > self.adjusted_value:
            raise ValueError(
                f"vom ({self.vom}) is above adjusted_value ({self.adjusted_value}); materials must be contained in it"
            )
        return self


def value_test(agreement: str, record: FtaValue, law: LawOn) -> Finding:
    """Whether a good meets the value test of an agreement (``ckfta``, ``korus`` or ``cptpp``).

    Raises:
        ValueError: a method that the agreement does not have was asked for by name.
    """
    instrument, regime, day = f"{agreement}-origin", f"{agreement}-value", record.entered or law.date
    status = law.status(instrument, day)
    if status is not Status.IN_FORCE:
        step = Step("fta.status", {"instrument": law.law[instrument].title, "day": day, "status": str(status)})
        if status is Status.UNKNOWN:
            return undetermined(regime, "value", [Missing(step.what, step.args)])
        return Finding(regime, "value", Outcome.FAIL, steps=(step,))
    members = law.value(instrument, "members", at=day)
    if record.producer_country is not None and record.producer_country not in members.list:
        outside = Step("fta.no-party", {"country": record.producer_country}, law=members, outcome=Outcome.FAIL)
        return Finding(regime, "value", Outcome.FAIL, steps=(outside,))
    thresholds = rules(agreement, record.hs, record.method, record.rule, law, day)
    found = [
        _one(regime, method, record, threshold)
        if threshold is not None
        else undetermined(regime, method, [Missing("fta.missing.rule", {"hs": record.hs, "method": method})])
        for method, threshold in thresholds.items()
    ]
    if len(found) == 1:
        (one,) = found
        return Finding(regime, "value", one.outcome, one.figure, "%", one.threshold, one.steps, one.missing)
    outcome = any_of(one.outcome for one in found)
    chosen = next((one for one in found if one.outcome is Outcome.PASS), found[0])
    return Finding(regime, "value", outcome, chosen.figure, "%", chosen.threshold, parts=tuple(found))


def rules(agreement: str, hs: str, method: str, rule: str, law: LawOn, day: dt.date) -> dict[str, Found | None]:
    """Threshold of each method that is open to a good; None where the instrument does not give it for the good.

    Raises:
        ValueError: the agreement has no such method or rule at all.
    """
    instrument = f"{agreement}-origin"
    declared = law.law[instrument].parameters
    if rule == "same_heading":
        if rule not in declared:
            raise ValueError(f"{agreement} has no rule for parts of the same heading here; use rule: heading")
        if method not in ("any", "build_down"):
            raise ValueError(
                f"the rule for parts of the same heading is a ceiling on materials; method {method} is none"
            )
        return {"build_down": law.find(instrument, rule, at=day)}
    asked = METHODS if method == "any" else (method,)
    result: dict[str, Found | None] = {}
    for one in asked:
        governed = law.law[instrument].covers(hs=hs) is True and (
            one not in declared or covered(declared[one].governs, hs=hs) is True
        )
        if one in declared:
            result[one] = law.find(instrument, one, at=day) if governed else None
        elif method != "any":
            result[one] = None
    return result


def _one(regime: str, method: str, record: FtaValue, threshold: Found) -> Finding:
    whole, part = getattr(record, _BASE[method]), getattr(record, _PART[method])
    lacking = [
        Missing(f"fta.missing.{name}")
        for name, amount in ((_BASE[method], whole), (_PART[method], part))
        if amount is None
    ]
    if whole == 0:
        lacking.append(Missing("fta.missing.no-base"))
    if lacking:
        return undetermined(regime, method, lacking, threshold=threshold)
    direct = method == "build_up" or _ceiling(threshold)
    counted = part if direct else whole - part
    working = f"{part:f} / {whole:f} × 100" if direct else f"({whole:f} − {part:f}) / {whole:f} × 100"
    what = "fta.share" if _ceiling(threshold) else "fta.content"
    step = Step(what, {}, percent(counted, whole), "%", working)
    return compare(regime, method, percent(counted, whole), threshold, ratio_meets(counted, whole, threshold), [step])


def _ceiling(threshold: Found) -> bool:
    return threshold.parameter.met in ("at most", "less than")


def value_table(agreement: str, frame: pl.DataFrame, law: LawOn) -> pl.DataFrame:
    """The value test of many goods at once.

    Args:
        frame: columns ``hs``, ``method`` and, as far as known, ``rule``, ``adjusted_value``, ``net_cost``, ``vnm``, ``vom``,
            ``producer_country``, ``entered``.

    Returns:
        The frame with ``outcome`` and ``figure`` (%, NaN where unknown); as :func:`value_test` on each row.
    """
    columns = {name: floats(frame, name) for name in _AMOUNTS}
    above = np.flatnonzero(columns["vom"] > columns["adjusted_value"])
    if len(above):
        raise ValueError(f"vom is above adjusted_value in row {above[0] + 1}; materials must be contained in it")
    keys = ("hs", "method", "rule", "producer_country")
    present = [*(name for name in keys if name in frame.columns), "entered"]
    days = stand_ins(law, frame, "entered", f"{agreement}-origin")
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, key in enumerate(zip(*(frame[name].to_list() for name in present[:-1]), days, strict=True)):
        groups.setdefault(key, []).append(row)
    code = np.full(frame.height, CODES.index(Outcome.UNDETERMINED), dtype=np.int8)
    figure = np.full(frame.height, np.nan)
    exact = partial(_row, agreement, frame, law)
    for key, rows_ in groups.items():
        rows = np.asarray(rows_)
        first = {name: value for name, value in zip(present, key, strict=True) if value is not None}
        blank = FtaValue(**first)  # type: ignore[arg-type]  # checked by the record
        nothing = value_test(agreement, blank, law)
        if nothing.outcome is Outcome.FAIL:
            code[rows] = CODES.index(Outcome.FAIL)
            continue
        if law.in_force(f"{agreement}-origin", blank.entered) is None:
            continue
        open_ = rules(agreement, blank.hs, blank.method, blank.rule, law, blank.entered or law.date)
        found = [_column(method, threshold, columns, rows, exact) for method, threshold in open_.items()]
        code[rows], figure[rows] = _merge(found)
    return frame.with_columns(
        pl.Series("outcome", [str(CODES[int(one)]) for one in code], dtype=pl.String), pl.Series("figure", figure)
    )


def _column(
    method: str, threshold: Found | None, columns: dict[str, Floats], rows: np.ndarray, exact: Callable[..., Finding]
) -> tuple[np.ndarray, Floats]:
    if threshold is None:
        return np.full(len(rows), CODES.index(Outcome.UNDETERMINED), np.int8), np.full(len(rows), np.nan)
    whole, part = columns[_BASE[method]][rows], columns[_PART[method]][rows]
    counted = part if method == "build_up" or _ceiling(threshold) else whole - part
    with np.errstate(divide="ignore", invalid="ignore"):
        figure = np.where(whole > 0, counted / whole * 100, np.nan)
    limit = np.full(len(rows), float(threshold.number))

    def one(row: int) -> Outcome:
        return exact(int(rows[row]), method).outcome

    return decide(figure, limit, threshold.parameter.met, one, known=~np.isnan(figure)), figure


def _merge(found: list[tuple[np.ndarray, Floats]]) -> tuple[np.ndarray, Floats]:
    """Pass where one passes, fail where all fail; figure of the first that passes, else of the first."""
    passed, failed = CODES.index(Outcome.PASS), CODES.index(Outcome.FAIL)
    codes = np.stack([code for code, _ in found])
    figures = np.stack([figure for _, figure in found])
    first = np.argmax(codes == passed, axis=0)
    open_ = np.where((codes == failed).all(axis=0), failed, CODES.index(Outcome.UNDETERMINED))
    code = np.where((codes == passed).any(axis=0), passed, open_)
    return code, figures[first, np.arange(codes.shape[1])]


def _row(agreement: str, frame: pl.DataFrame, law: LawOn, row: int, method: str) -> Finding:
    facts = {k: v for k, v in frame.row(row, named=True).items() if k in FtaValue.model_fields and v is not None}
    facts |= {name: Decimal(str(facts[name])) for name in _AMOUNTS if name in facts}
    return value_test(agreement, FtaValue(**{**facts, "method": method}), law)


REGIMES = tuple(
    Regime(f"{one}-value", FtaValue, partial(value_test, one), partial(value_table, one))
    for one in ("ckfta", "korus", "cptpp")
)
