"""Replay: what the atlas, the law and the plan of a past day would have said of an event, scored against what then happened.

An event is a YAML file beside this module (``replays/``): the day, the disruption as it was announced, which of its branches
happened, and *checks*, each with the outcome, its source and the day on which it became known. At the day only what was known by
then is used (:func:`no_later` refuses anything else); outcomes are read when the answer stands.

Scores: a check is a hit or a miss; a forecast with an interval covers its outcome or does not; a chance is scored by its Brier
score beside that of the announcement taken at its word; and the *regret* of an event is what the plan of the day costs more, in
the branch that happened, than the plan that would have been made had the branch been foreseen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Literal

import numpy as np
import polars as pl
import yaml

from bongsu.chain import Chain, LaterKnowledge
from bongsu.chain.change import Scenario
from bongsu.chain.delivery import Delivery, fit
from bongsu.chain.promises import careers, dated_states, observations
from bongsu.law.duty import Entry, duty
from bongsu.law.instrument import LawOn
from bongsu.plan.plan import Plan
from bongsu.stress.answer import BranchAnswer, StressAnswer
from bongsu.stress.answer import answer as stress
from bongsu.stress.disruption import Disruption, Ground, parse, resolve
from bongsu.stress.ensemble import Ensemble
from bongsu.stress.outlook import outlook

Verdict = Literal["hit", "miss", "unknown"]
#: Makes the chain and its plan as of a day, and the law of that day.
Maker = Callable[[dt.date], tuple[Chain, Plan, LawOn]]


class BadReplay(ValueError):
    """An event that cannot be read, or a check that asks for what is not there."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be compared with what happened.

    Attributes:
        kind: name of the check (:data:`CHECKS`).
        asked: its arguments.
        outcome: what happened, in words by language.
        source: of the outcome; known: day on which it became known.
    """

    kind: str
    asked: Mapping[str, Any]
    outcome: Mapping[str, str]
    source: str
    known: dt.date


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event to replay.

    Attributes:
        name: identifier; title: by language.
        day: the day of the replay, T0.
        disruption: as it was announced; None where the event is one of law or of a promise alone.
        happened: the branch that came true; None where none of them did.
        checks: what is compared.
        text: what was known and what happened, by language.
        source: of the announcement.
    """

    name: str
    day: dt.date
    disruption: Disruption | None
    happened: str | None
    checks: tuple[Check, ...]
    title: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        check: the check.
        verdict: hit, miss, or unknown where the answer of the day says nothing.
        said: what the answer of the day says, in words.
        forecast, low, high, naive, actual: a forecast, its interval, the announcement, and the outcome, for checks with figures.
        brier, brier_naive: scores of a chance; None for other checks.
    """

    check: Check
    verdict: Verdict
    said: str
    forecast: float | None = None
    low: float | None = None
    high: float | None = None
    naive: float | None = None
    actual: float | None = None
    brier: float | None = None
    brier_naive: float | None = None

    @property
    def covered(self) -> bool | None:
        """Whether the interval holds the outcome; None without an interval."""
        if self.low is None or self.high is None or self.actual is None:
            return None
        return self.low <= self.actual <= self.high


@dataclass(frozen=True, eq=False)
class Replayed:
    """A replayed event.

    Attributes:
        event: the event.
        checked: what its checks found.
        answer: what the plan of the day said of the disruption; None where there is none.
        regret: present money; None where no branch came true.
        unserved: share of the demand hit that the branch that happened would have left unmet at most; None likewise.
        refused: why the day could not be replayed; empty where it was.
    """

    event: PastEvent
    checked: tuple[Checked, ...] = ()
    answer: StressAnswer | None = None
    regret: float | None = None
    unserved: float | None = None
    refused: str = ""

    @property
    def hits(self) -> int:
        """Checks that agree with what happened."""
        return sum(one.verdict == "hit" for one in self.checked)


# Reading ------------------------------------------------------------------------------------------------------------------


def shipped() -> list[str]:
    """Names of the events that come with the package, in order of their day."""
    folder = resources.files("bongsu.stress").joinpath("replays")
    names = [path.name.removesuffix(".yaml") for path in folder.iterdir() if path.name.endswith(".yaml")]
    return sorted(names, key=lambda name: (load(name).day, name))


def load(name: str) -> PastEvent:
    """An event that comes with the package.

    Raises:
        BadReplay: there is none of that name.
    """
    path = resources.files("bongsu.stress").joinpath("replays", f"{name}.yaml")
    if not path.is_file():
        raise BadReplay(
            f"there is no event {name!r} to replay; give the path of a YAML file, or one of {', '.join(shipped())}"
        )
    return parse_event(path.read_text(encoding="utf-8"), name)


def parse_event(text: str, where: str) -> PastEvent:
    """An event from the text of its file.

    Raises:
        BadReplay, BadDisruption: one sentence that says what is wrong and where.
    """
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadReplay(f"{where} is not YAML ({' '.join(str(error).split())})") from None
    if not isinstance(said, dict):
        raise BadReplay(f"{where} does not state an event: it must have an id, a day and checks")
    allowed = {"id", "title", "text", "day", "source", "disruption", "happened", "checks"}
    strange = sorted(set(map(str, said)) - allowed)
    if strange:
        raise BadReplay(f"{where}: {', '.join(strange)} is not known; use only {', '.join(sorted(allowed))}")
    for needed in ("id", "day", "checks"):
        if needed not in said:
            raise BadReplay(f"{where}: {needed} is missing")
    day = _date(said["day"], f"{where}, day")
    disruption = parse(said["disruption"], f"{where}, disruption") if said.get("disruption") else None
    happened = said.get("happened")
    if happened is not None and (disruption is None or happened not in {b.name for b in disruption.branches}):
        raise BadReplay(f"{where}: happened names {happened!r}, which is no branch of the disruption")
    checks = tuple(_check(one, day, f"{where}, check {at}") for at, one in enumerate(said["checks"], 1))
    return PastEvent(
        str(said["id"]),
        day,
        disruption,
        happened,
        checks,
        _words(said, "title"),
        _words(said, "text"),
        str(said.get("source", "")),
    )


def _check(said: Any, day: dt.date, where: str) -> Check:
    if not isinstance(said, dict) or said.get("check") not in CHECKS:
        raise BadReplay(f"{where}: check must be one of {', '.join(CHECKS)}")
    for needed in ("outcome", "source", "known"):
        if not said.get(needed):
            raise BadReplay(f"{where}: {needed} is missing; an outcome needs its source and the day it became known")
    known = _date(said["known"], f"{where}, known")
    if known < day:
        raise BadReplay(f"{where}: its outcome was known on {known}, before the day of the replay; it is no forecast")
    rest = {key: value for key, value in said.items() if key not in ("check", "outcome", "source", "known")}
    return Check(said["check"], rest, _words(said, "outcome"), str(said["source"]), known)


def _date(value: Any, where: str) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise BadReplay(f"{where}: {value!r} is not a day; write it as 2023-10-20") from None


def _words(said: Mapping[str, Any], name: str) -> Mapping[str, str]:
    value = said.get(name)
    if value is None:
        return {}
    return {"en": value} if isinstance(value, str) else {str(k): str(v) for k, v in value.items()}


# Replaying ----------------------------------------------------------------------------------------------------------------


def replay(event: PastEvent, make: Maker, tell: Callable[[str], None] | None = None) -> Replayed:
    """Answer as of the event's day, then compare with what happened.

    Raises:
        LaterKnowledge: the plan of the day rests on something learned later.
    """
    chain, plan, law = make(event.day)
    no_later(chain, law, event.day)
    found: StressAnswer | None = None
    if event.disruption is not None:
        found = stress(event.disruption, Ground(chain.network, chain.atlas), plan, tell)
    scene = _Scene(event, chain, plan, law, found)
    checked = tuple(CHECKS[check.kind](scene, check) for check in event.checks)
    came = scene.came
    regret = came.more - came.foreseen if came else None
    unserved = max((row.share for row in came.unserved), default=0.0) if came else None
    return Replayed(event, checked, found, regret, unserved)


def no_later(chain: Chain, law: LawOn, day: dt.date) -> None:
    """Refuse a plan that rests on a fact or an instrument learned after a day.

    Raises:
        LaterKnowledge: it names the table, the line and the day it became known.
    """
    if chain.atlas.known > day:
        raise LaterKnowledge(f"the facts are those known on {chain.atlas.known}, after {day}")
    if law.known > day:
        raise LaterKnowledge(f"the law is that known on {law.known}, after {day}")
    for table, line, known in chain.atlas.later():
        raise LaterKnowledge(f"{table}, line {line} was learned on {known}, after {day}")


@dataclass(frozen=True, eq=False)
class _Scene:
    """What checks look at."""

    event: PastEvent
    chain: Chain
    plan: Plan
    law: LawOn
    answer: StressAnswer | None

    @property
    def came(self) -> BranchAnswer | None:
        """The branch that happened."""
        if self.answer is None or self.event.happened is None:
            return None
        return next(one for one in self.answer.branches if one.branch.name == self.event.happened)

    @property
    def looked_at(self) -> BranchAnswer:
        """The branch that happened, or the heaviest."""
        if self.answer is None:
            raise BadReplay(f"{self.event.name}: this check needs a disruption")
        return self.came or max(self.answer.branches, key=lambda one: one.branch.weight)


def _verdict(good: bool) -> Verdict:
    return "hit" if good else "miss"


def _asked(check: Check, *names: str) -> list[Any]:
    missing = [name for name in names if name not in check.asked]
    if missing:
        raise BadReplay(f"check {check.kind}: {', '.join(missing)} is missing")
    return [check.asked[name] for name in names]


def _exposed(scene: _Scene, check: Check) -> Checked:
    """An item is on the way from what is hit, at most so many makings away; the first of them if ``first`` is asked."""
    (item,) = _asked(check, "item")
    tiers = scene.looked_at.exposure.tiers
    own = next((tier for tier in tiers if tier.item == item), None)
    if own is None:
        return Checked(check, "miss", f"{item}: no path in {scene.looked_at.exposure.period}")
    place = check.asked.get("country")
    country = dict(scene.chain.network["places"].select("place", "country").iter_rows())
    there = place is None or any(country.get(where) == place for where, _ in own.places)
    good = there and own.step <= check.asked.get("within", 99) and own.world >= check.asked.get("least", 0.0)
    said = f"{item}: step {own.step}, {own.world:.0%} of all in the plan at risk, most at {own.places[0][0]}"
    return Checked(check, _verdict(good), said)


def _stops(scene: _Scene, check: Check) -> Checked:
    """Whether named plants, or any plant of a country, stand still in the branch that happened; ``is`` says what came."""
    came = scene.looked_at
    wanted = bool(check.asked.get("is", True))
    own = [
        row
        for row in came.standstills
        if row.stopped
        and ("country" not in check.asked or row.country == check.asked["country"])
        and ("facility" not in check.asked or _facility(scene, row.plant) == check.asked["facility"])
        and ("process" not in check.asked or check.asked["process"] in _processes(scene, row.plant))
    ]
    said = f"{len(own)} plants stop" + (f": {', '.join(row.plant for row in own[:4])}" if own else "")
    return Checked(check, _verdict(bool(own) == wanted), said)


def _facility(scene: _Scene, plant: str) -> str | None:
    rows = scene.chain.atlas["facility_lines"].filter(pl.col("line") == plant)["facility"]
    return str(rows[0]) if len(rows) else None


def _processes(scene: _Scene, plant: str) -> list[str]:
    return scene.chain.network["modes"].filter(pl.col("plant") == plant)["process"].to_list()


def _branch(scene: _Scene, check: Check) -> Checked:
    """The disruption has a branch of that name beside the worst one."""
    (name,) = _asked(check, "name")
    names = [one.branch.name for one in scene.answer.branches] if scene.answer else []
    return Checked(check, _verdict(name in names and len(names) > 1), f"branches: {', '.join(names)}")


def _law_state(scene: _Scene, check: Check) -> Checked:
    """State of an instrument on a day as known on the day of the replay (or on ``as_known``, for what was learned after
    it and before the outcome)."""
    instrument, on, wanted = _asked(check, "instrument", "when", "is")
    if instrument not in scene.law.law.instruments:
        return Checked(check, "unknown", f"{instrument} is not kept")
    day = _date(on, "when")
    law = scene.law
    if "as_known" in check.asked:
        law = scene.law.law.on(day, _date(check.asked["as_known"], "as_known"))
    state = law.status(instrument, day)
    allowed = [wanted] if isinstance(wanted, str) else list(wanted)
    return Checked(
        check,
        _verdict(str(state).replace("_", " ") in [one.replace("_", " ") for one in allowed]),
        f"{instrument} on {day}: {state}",
    )


def _duty_kept(scene: _Scene, check: Check) -> Checked:
    """No duty of an instrument is booked as lost on a day: it does not count, is a deposit, or comes back as the law is known."""
    instrument, hs, origin, destination, day = _asked(check, "instrument", "hs", "origin", "destination", "when")
    law = scene.law.at(_date(day, "when"))
    lines = duty(Entry(hs=str(hs), origin=origin, destination=destination), law).lines
    own = [line for line in lines if line.instrument == instrument]
    kept = [line for line in own if line.counts and line.rate and not line.comes_back]
    said = ", ".join(f"{line.rate} %: {line.refund.value if line.counts else 'does not count'}" for line in own)
    return Checked(check, _verdict(not kept), f"{instrument} on {day}: {said or 'no line'}")


def _expected(scene: _Scene, check: Check) -> Checked:
    """Capacity that the plan of the day counts on at a line (or the lines of a facility) in a year, against what stood."""
    year, actual = _asked(check, "year", "actual")
    own = [
        line
        for line in scene.chain.lines
        if line.line == check.asked.get("line") or line.facility == check.asked.get("facility")
    ]
    if not own:
        return Checked(check, "unknown", "the pack of the day has no such line", actual=float(actual))
    if not any(line.announced for line in own):
        return Checked(check, "unknown", "its size was not stated by then", actual=float(actual))
    forecast = sum(line.expected.get(year, 0.0) for line in own)
    naive = sum(line.announced.get(year, 0.0) for line in own)
    low, high = (
        sum((getattr(line, end) or {}).get(year, line.expected.get(year, 0.0)) for line in own)
        for end in ("low", "high")
    )
    better = abs(forecast - actual) <= abs(naive - actual)
    said = f"{forecast:,.0f} expected ({low:,.0f} to {high:,.0f}), {naive:,.0f} announced for {year}"
    return Checked(check, _verdict(better), said, forecast, low, high, naive, float(actual))


def _chance(scene: _Scene, check: Check) -> Checked:
    """Chance that a project has begun by the end of a year, against whether it had."""
    project, year, began = _asked(check, "project", "year", "began")
    known = scene.event.day
    lives = careers(dated_states(scene.chain.atlas), known)
    own = next((life for life in lives if life.project == project), None)
    if own is None:
        return Checked(check, "unknown", f"{project} was not known by then", actual=float(began))
    pack = Delivery(scene.chain.atlas)
    chances = {state: pack.start_chances(state) for state in pack.states}
    found = outlook(own, known, fit(observations(lives, known), chances), [year])
    if found is None:
        return Checked(check, "unknown", f"{project}: nothing was promised or open by then", actual=float(began))
    one = found[year]
    naive = 1.0 if own.promised is not None and own.promised <= year else 0.0
    actual = 1.0 if began else 0.0
    said = f"{one.mean:.0%} ({one.low:.0%} to {one.high:.0%}) that it has begun by {year}; announced for {own.promised}"
    right = (one.mean >= 0.5) == bool(began)
    return Checked(
        check,
        _verdict(right),
        said,
        one.mean,
        None,
        None,
        naive,
        actual,
        (one.mean - actual) ** 2,
        (naive - actual) ** 2,
    )


def _customer(scene: _Scene, check: Check) -> Checked:
    """Whether a facility has one stated buyer of an item, by the relations known on the day."""
    facility, item = _asked(check, "facility", "item")
    links = scene.chain.atlas["links"].filter(
        (pl.col("seller") == facility) & (pl.col("item") == item) & ~pl.col("state").is_in(["broken", "cancelled"])
    )
    buyers = sorted(set(links["buyer"]))
    if not buyers:
        return Checked(check, "unknown", f"no stated buyer of {item} from {facility} by then")
    return Checked(
        check, _verdict((len(buyers) == 1) == bool(check.asked.get("is", True))), f"stated buyers: {', '.join(buyers)}"
    )


def _no_build(scene: _Scene, check: Check) -> Checked:
    """The answer claims no new capacity of a process in a country because of the disruption."""
    process, country = _asked(check, "process", "country")
    where = dict(scene.chain.network["places"].select("place", "country").iter_rows())
    place = dict(scene.chain.network["plants"].select("plant", "place").iter_rows())
    grown = [
        m.what
        for m in scene.looked_at.measures
        if m.kind == "build" and m.what.startswith(f"new:{process}@") and where.get(place.get(m.what, "")) == country
    ]
    return Checked(check, _verdict(not grown), f"{len(grown)} such builds grow with foresight")


def _unserved(scene: _Scene, check: Check) -> Checked:
    """Largest share of a demand left unmet in the branch that happened, against the share that was."""
    (actual,) = _asked(check, "actual")
    share = max((row.share for row in scene.looked_at.unserved), default=0.0)
    tolerance = float(check.asked.get("within", 0.05))
    said = f"{share:.1%} of the demand worst hit goes unmet"
    return Checked(check, _verdict(abs(share - actual) <= tolerance), said, share, None, None, None, float(actual))


def _price(scene: _Scene, check: Check) -> Checked:
    """Price of an item in a year against what was paid: from the least when nothing happens to the most under the branch that
    happened, over the places where it can be had. A forecast of the plan is a mean of the year, in money of the case."""
    item, year, actual = _asked(check, "item", "year", "actual")
    came = scene.looked_at
    if came.outcome.point is None:
        return Checked(check, "unknown", "no price under this branch", actual=float(actual))
    ground = Ground(scene.chain.network, scene.chain.atlas)
    # The problem is stated for all branches without law, as when they were solved: a point belongs to it.
    asked = [one.branch for one in scene.answer.branches if one.branch.rule is None] if scene.answer else []
    among = [Scenario(one.name, resolve(one, ground, scene.plan), one.weight) for one in asked]
    places = scene.chain.network["places"]["place"].to_list()
    found = Ensemble.of(scene.plan, among, pool=0).tables([came.outcome], [(place, item) for place in places])["prices"]
    own = found.filter((pl.col("item") == item) & (pl.col("period") == str(year)))
    if own.is_empty():
        return Checked(check, "unknown", f"{item}: its price does not move in {year}", actual=float(actual))
    low, high, forecast = (float(v) for v in (own["base"].min(), own["value"].max(), own["value"].median()))  # type: ignore[arg-type]
    said = f"{item} in {year}: {low:,.0f} when nothing happens, up to {high:,.0f} under the branch (median {forecast:,.0f})"
    return Checked(check, _verdict(low <= actual <= high), said, forecast, low, high, None, float(actual))


#: Checks by name.
CHECKS: Mapping[str, Callable[[_Scene, Check], Checked]] = {
    "exposed": _exposed,
    "stops": _stops,
    "branch": _branch,
    "law_state": _law_state,
    "duty_kept": _duty_kept,
    "expected": _expected,
    "chance": _chance,
    "customer": _customer,
    "no_build": _no_build,
    "unserved": _unserved,
    "price": _price,
}


# Scores -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores over replayed events.

    Attributes:
        events, refused: replayed, and those that could not be.
        hits, misses, unknown: of all checks.
        covered, intervals: outcomes inside their interval, of how many; covered_prices, prices: those of prices among them.
        brier, brier_naive: mean scores of chances; not a number without any.
        error, error_naive: mean absolute error of forecasts of capacity relative to what was announced.
        regret: sum over events, present money.
    """

    events: int
    refused: int
    hits: int
    misses: int
    unknown: int
    covered: int
    intervals: int
    covered_prices: int
    prices: int
    brier: float
    brier_naive: float
    error: float
    error_naive: float
    regret: float


def scores(found: Sequence[Replayed]) -> Scores:
    """Scores over events; an unknown is neither a hit nor a miss, and is counted."""
    every = [one for event in found for one in event.checked]
    briers = [(one.brier, one.brier_naive) for one in every if one.brier is not None and one.brier_naive is not None]
    sizes = [one for one in every if one.check.kind == "expected" and one.naive]
    return Scores(
        sum(not one.refused for one in found),
        sum(bool(one.refused) for one in found),
        sum(one.verdict == "hit" for one in every),
        sum(one.verdict == "miss" for one in every),
        sum(one.verdict == "unknown" for one in every),
        sum(one.covered is True for one in every),
        sum(one.covered is not None for one in every),
        sum(one.covered is True for one in every if one.check.kind == "price"),
        sum(one.covered is not None for one in every if one.check.kind == "price"),
        _mean([brier for brier, _ in briers]),
        _mean([naive for _, naive in briers]),
        _mean([abs((one.forecast or 0.0) - (one.actual or 0.0)) / (one.naive or 1.0) for one in sizes]),
        _mean([abs((one.naive or 0.0) - (one.actual or 0.0)) / (one.naive or 1.0) for one in sizes]),
        float(sum(one.regret for one in found if one.regret is not None)),
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
