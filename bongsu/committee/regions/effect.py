"""What a project does for its province, by phase, from low to high: jobs, value added, imports.

Construction: investment × parts (buildings and installation, engineering, equipment) × share bought in the country is a demand
in the industries that stand for them; jobs of one year's work (job-years), value added and imports follow from their
multipliers, and what is bought abroad is an import at once.

Operation, twice. *From announced jobs*: direct jobs as announced for such plants per unit of capacity, and suppliers' and
induced jobs in proportion to them (Type I − 1 and Type II − Type I of the industry). *From average coefficients*: output at
outside prices × the coefficients of the industry. They differ because a new plant is not the average of its industry; both are
shown. Jobs after displacement leave out those that the same people would have held elsewhere in the province.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from bongsu.answers.figure import Node, names, region_name
from bongsu.atlas import Atlas
from bongsu.atlas.units import capacity_factor
from bongsu.committee.answer import Answer
from bongsu.committee.project import Project
from bongsu.committee.regions.leontief import Vector
from bongsu.committee.regions.pack import Estimate, Money, PackTables
from bongsu.committee.regions.ranges import Label, Range, hull, over, plus, rest, times
from bongsu.committee.regions.table import Table, TableError
from bongsu.committee.words import said

_PARTS = ("building", "engineering", "equipment")
_ROUNDS = ("direct", "indirect", "induced")
#: Money is told in millions.
_MILLION = 1e-6

Estimates = Callable[[str, str, str], Mapping[str, Estimate]]
"""Part (``operation`` or one of an investment), measure and round to the estimates of the multiplier, by table."""


@dataclass(frozen=True)
class OwnTables:
    """Tables that a user brought instead of the multipliers of the pack.

    Attributes:
        tables: estimates of one economy, such as a national table brought to the province at both ends of δ.
        sectors: sector of the tables for ``operation``, ``building``, ``equipment`` and ``engineering``.
        money: currency and year of the tables; ``per``: how many units of it one unit of the tables is (1e6 for millions).
    """

    tables: Sequence[Table]
    sectors: Mapping[str, str]
    money: Money
    per: float = 1e6

    def estimates(self, part: str, measure: str, kind: str) -> dict[str, Estimate]:
        """As :meth:`PackTables.estimates`; empty where the tables lack the row or the sector."""
        found: dict[str, Estimate] = {}
        for number, table in enumerate(self.tables):
            if (
                part not in self.sectors
                or measure not in table.rows
                or (kind == "induced" and table.households is None)
            ):
                continue
            value = float(self._of(table, measure, kind)[table.position(self.sectors[part])])
            if measure == "jobs":
                value *= 1e6 / self.per
            label = said("regions", "own.table", table=table.name, sector=self.sectors[part])
            node = Node(label, max(0.0, value), "jobs per million" if measure == "jobs" else "1", confidence="stated")
            found[f"{number}:{table.name}"] = Estimate(Range(node, node), self.money)
        return found

    def _of(self, table: Table, measure: str, kind: str) -> Vector:
        if kind == "direct":
            return table.per_output(measure)
        if kind == "induced":
            return np.asarray(table.total(measure) - table.simple(measure))
        simple = table.simple(measure)
        return simple if kind == "simple" else np.asarray(simple - table.per_output(measure))


@dataclass
class _Gathered:
    """Figures on their way into the answer."""

    project: str
    figures: dict[str, Node] = field(default_factory=dict)
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, phase: str, measure: str, scope: str, basis: str, found: Range, unit: str) -> Range:
        """Keeps a range under ``regions.PHASE_MEASURE_SCOPE_BASIS_low`` and ``_high``."""
        parts = {
            "phase": f"phase.{phase}",
            "measure": f"measure.{measure}",
            "scope": f"scope.{scope}",
            "basis": f"basis.{basis}",
        }
        label = said("regions", "figure", **{key: said("regions", word) for key, word in parts.items()})
        named = found.named(label, unit)
        for end, node in (("low", named.low), ("high", named.high)):
            ended = replace(node, label=said("regions", f"end.{end}", what=node.label))
            self.figures[f"regions.{phase}_{measure}_{scope}_{basis}_{end}:{self.project}"] = ended
        low, high = named.ends
        row: dict[str, object] = {
            "phase": phase,
            "measure": measure,
            "scope": scope,
            "basis": basis,
            "low": low,
            "high": high,
        }
        self.rows.append(row | {"unit": unit, "weakest": min((named.low.weakest, named.high.weakest), key=_trust)})
        return named


def _trust(name: str) -> int:
    return ("assumed", "derived", "stated", "computed").index(name)


def effect(
    project: Project,
    atlas: Atlas,
    *,
    jobs: tuple[float, float] | None = None,
    capex: tuple[float, float] | None = None,
    own: OwnTables | None = None,
) -> Answer:
    """What a project does for its province.

    Args:
        project: process, place, size and investment; atlas: as known on the day.
        jobs: direct jobs announced for this project, low and high; None = as other plants of its stage announced per unit of
        capacity.
        capex: investment from low to high, USD of the project's year; None = that of the project at both ends.
        own: tables of the user instead of the multipliers of the pack.

    Returns:
        Figures ``regions.PHASE_MEASURE_SCOPE_BASIS_low`` and ``_high``, and the tables ``effect`` (phase, measure, scope, basis,
        low, high, unit, weakest), ``spending`` (part, low, high, unit) and ``notes`` (key, parts).

    Raises:
        TableError: the process, the region or a figure that it takes is not known; the message says which and where to add it.
    """
    row = atlas.row("processes", project.process)
    if row is None:
        raise TableError(f"there is no process {project.process!r} in processes.csv")
    pack = PackTables(atlas)
    region = (
        f"{project.country}-{project.region}"
        if own is not None and project.region
        else pack.region(project.country, project.region)
    )
    stage = str(row["stage"])
    estimates: Estimates = (
        own.estimates
        if own is not None
        else lambda part, measure, kind: pack.estimates(stage, part, region, measure, kind)
    )
    money = Money(own.money.currency if own is not None else _currency(pack, region), project.money_year)
    gathered = _Gathered(project.project)
    spending = _construction(pack, project, stage, estimates, money, capex, gathered)
    notes = _operation(pack, project, row, estimates, money, jobs, gathered)
    if own is None and region != project.country and pack.industry(stage, "operation", region) is None:
        delta = pack.parameter("delta").ends
        notes.append(("brought", {"region": region_name(region), "low": _plain(delta[0]), "high": _plain(delta[1])}))
    elif own is None and region != project.country and pack.industry(stage, "operation", region) == "BS3A0":
        notes.append(("coarse", {"region": region_name(region)}))
    gone = pack.parameter("displacement").ends
    notes += [("displacement", {"low": _plain(gone[0], ".0%"), "high": _plain(gone[1], ".0%")}), ("ends", {})]
    notes += [("construction", {}), ("limits", {}), ("jobs_money", {})]
    tables = {
        "effect": pl.DataFrame(gathered.rows, infer_schema_length=None),
        "spending": pl.DataFrame(spending, infer_schema_length=None),
        "notes": pl.DataFrame([_note(key, parts) for key, parts in notes]),
    }
    return Answer("regions", gathered.figures, tables)


def _plain(value: float, form: str = "g") -> dict[str, str]:
    """A number in a sentence, with the decimal comma and the space before the percent sign of French."""
    text = format(value, form)
    return {"en": text, "ko": text, "fr": text.replace(".", ",").replace("%", "\u202f%")}


def _note(key: str, parts: Mapping[str, object]) -> dict[str, str]:
    return {"note": key, **said("regions", f"note.{key}", **parts)}


def _currency(pack: PackTables, region: str) -> str:
    table = pack.atlas["io_multipliers"].filter(pl.col("region") == region.partition("-")[0])
    return str(table["currency"][0])


def _amount(value: float, label: Label, unit: str) -> Range:
    node = Node(label, value, unit)
    return Range(node, node)


# Construction ------------------------------------------------------------------------------------------------------------


def _construction(
    pack: PackTables,
    project: Project,
    stage: str,
    estimates: Estimates,
    money: Money,
    capex: tuple[float, float] | None,
    gathered: _Gathered,
) -> list[dict[str, object]]:
    least, most = capex or (project.capex, project.capex)
    if not 0 <= least <= most:
        raise TableError(f"an investment is from low to high and not negative, not {least:g} to {most:g}")
    label = said("regions", "capex")
    invested = Range(Node(label, least * _MILLION, "million USD"), Node(label, most * _MILLION, "million USD"))
    parts = _parts(pack, stage)
    spending, rows = {}, []
    abroad = []
    for part, (share, home) in parts.items():
        name = said("regions", f"part.{part}")
        spending[part] = times(said("regions", "spending", part=name), invested, share, home, unit="million USD")
        away = rest(said("regions", "part.abroad", part=name), home)
        bought = times(
            said("regions", "part.abroad", part=name),
            invested,
            share,
            away,
            pack.exchange(project.money_year, money),
            unit=_of(money),
        )
        abroad.append(bought)
        low, high = spending[part].ends
        rows.append({"part": part, "low": low, "high": high, "unit": f"million USD of {project.money_year}"})
    totals: list[Range] = []
    for kind in _ROUNDS:
        found = _sum(
            [_jobs(pack, project, estimates(part, "jobs", kind), spending[part]) for part in parts],
            said("regions", f"scope.{kind}"),
            "job-years",
        )
        if found is not None:
            totals.append(gathered.add("construction", "job_years", kind, "spending", found, "job-years"))
    if len(totals) == len(_ROUNDS):
        _totals(gathered, pack, "construction", "job_years", "spending", totals, "job-years")
    rate = pack.exchange(project.money_year, money)
    _money(gathered, "construction", "spending", estimates, spending, rate, money, abroad)
    return rows


def _parts(pack: PackTables, stage: str) -> dict[str, tuple[Range, Range]]:
    """Share of each part in the investment, and the share of it bought in the country."""
    table = pack.atlas["capex_parts"].filter(pl.col("stage") == stage)
    rows = {str(row["part"]): row for row in table.iter_rows(named=True)}
    if missing := [part for part in _PARTS if part not in rows]:
        raise TableError(
            f"capex_parts.csv has no row {missing[0]} for the stage {stage}; add what such an investment is spent on"
        )
    shares: dict[str, Range] = {}
    for part in _PARTS:
        row, name = rows[part], said("regions", f"part.{part}")
        if row["share_low"] is not None:
            given = pack.leaf("capex_parts", row, row["share_low"], row["share_high"], "", "share")
            shares[part] = given.named(said("regions", "part.share", part=name), kind="share")
        else:
            others = plus(said("regions", "part.share", part=name), *shares.values(), kind="share")
            shares[part] = rest(said("regions", "part.share", part=name), others)
    found = {}
    for part in _PARTS:
        row, name = rows[part], said("regions", f"part.{part}")
        imported = pack.leaf("capex_parts", row, row["imported_low"], row["imported_high"], "", "share")
        found[part] = (shares[part], rest(said("regions", "part.home", part=name), imported))
    return found


# Operation ---------------------------------------------------------------------------------------------------------------

Notes = list[tuple[str, dict[str, object]]]


def _operation(
    pack: PackTables,
    project: Project,
    process: Mapping[str, object],
    estimates: Estimates,
    money: Money,
    jobs: tuple[float, float] | None,
    gathered: _Gathered,
) -> Notes:
    notes: Notes = []
    announced = _announced(pack, project, process, jobs)
    average = None
    sales = _sales(pack, project, process)
    if announced is None:
        notes.append(("unannounced", {}))
    else:
        rounds = [gathered.add("operation", "jobs", "direct", "announced", announced, "jobs")]
        for kind in ("indirect", "induced"):
            ratios = _ratios(estimates, kind)
            if ratios is not None:
                label = said("regions", f"scope.{kind}")
                rounds.append(
                    gathered.add(
                        "operation", "jobs", kind, "announced", times(label, announced, ratios, unit="jobs"), "jobs"
                    )
                )
        if len(rounds) == len(_ROUNDS):
            _totals(gathered, pack, "operation", "jobs", "announced", rounds, "jobs")
    if sales is None:
        item = names(pack.atlas, "items", str(process["main_item"]))
        notes.append(("unpriced", {"item": item}))
        return notes
    rounds = []
    for kind in _ROUNDS:
        found = _jobs(pack, project, estimates("operation", "jobs", kind), sales)
        if found is not None:
            rounds.append(gathered.add("operation", "jobs", kind, "average", found, "jobs"))
    if len(rounds) == len(_ROUNDS):
        average = rounds[0]
        _totals(gathered, pack, "operation", "jobs", "average", rounds, "jobs")
    else:
        simple = _jobs(pack, project, estimates("operation", "jobs", "simple"), sales)
        if simple is not None:
            gathered.add("operation", "jobs", "simple", "average", simple, "jobs")
    rate = pack.exchange(project.money_year, money)
    _money(gathered, "operation", "average", estimates, {"operation": sales}, rate, money, [])
    if announced is not None and average is not None and announced.ends[0] > 0:
        low, high = average.ends[0] / announced.ends[1], average.ends[1] / announced.ends[0]
        notes.append(("trap", {"low": _plain(low, ".1f"), "high": _plain(high, ".1f")}))
    return notes


def _announced(
    pack: PackTables, project: Project, process: Mapping[str, object], jobs: tuple[float, float] | None
) -> Range | None:
    """Direct jobs: those given, or what plants of the same stage announced per unit of capacity × the size."""
    label = said("regions", "direct.given")
    if jobs is not None:
        if not 0 <= jobs[0] <= jobs[1]:
            raise TableError(f"direct jobs are from low to high and not negative, not {jobs[0]:g} to {jobs[1]:g}")
        return Range(
            Node(label, jobs[0], "jobs", confidence="assumed"), Node(label, jobs[1], "jobs", confidence="assumed")
        )
    atlas, found = pack.atlas, []
    told = atlas["facility_jobs"].filter((pl.col("kind") == "target") & pl.col("jobs").is_not_null())
    for row in told.sort("known_from").unique("facility", keep="last", maintain_order=True).iter_rows(named=True):
        facility = atlas.row("facilities", row["facility"])
        item = _main_item(atlas, row["facility"])
        if (
            facility is None
            or item is None
            or facility["stage"] != process["stage"]
            or not _alike(atlas, item, process)
        ):
            continue
        where = names(atlas, "facilities", row["facility"])
        size = _capacity(pack, row["facility"], item, project.unit)
        if size is not None:
            amount = pack.leaf("facility_jobs", row, row["jobs"], row["jobs"], "jobs")
            label = said("regions", "intensity.one", facility=where)
            found.append(over(label, amount, size, unit=f"jobs/{project.unit}"))
    if not found:
        return None
    intensity = hull(said("regions", "intensity"), found, unit=f"jobs/{project.unit}")
    return times(
        said("regions", "scope.direct"),
        intensity,
        _amount(project.size, said("regions", "size"), project.unit),
        unit="jobs",
    )


def _capacity(pack: PackTables, facility: str, item: str, unit: str) -> Range | None:
    """Yearly capacity that a facility announced, all lines together; None where a line has no size that counts."""
    atlas = pack.atlas
    lines = atlas["facility_lines"].filter(pl.col("facility") == facility)["line"].unique(maintain_order=True)
    content, own = atlas.contents().get(item, {}), atlas.row("items", item)
    if own is None:
        return None
    facts, total = [], 0.0
    for line in lines:
        rows = atlas["facility_capacity"].filter(
            (pl.col("line") == line) & (pl.col("counted") == "yes") & pl.col("capacity").is_not_null()
        )
        if rows.is_empty():
            return None
        row = rows.sort("valid_from").row(-1, named=True)
        amount = row["capacity"] * capacity_factor(row["unit"], str(own["unit"]), content)
        facts.append(pack.leaf("facility_capacity", row, row["capacity"], row["capacity"], row["unit"]).low)
        total += amount
    node = Node(said("regions", "size"), total, unit, children=tuple(facts))
    return Range(node, node) if total > 0 else None


def _main_item(atlas: Atlas, facility: str) -> str | None:
    """Main item of the first process of a facility's lines."""
    lines = atlas["facility_lines"].filter(pl.col("facility") == facility)
    if lines.is_empty():
        return None
    processes = lines["processes"][0]
    first = processes[0] if not isinstance(processes, str) else processes.split(";")[0]
    row = atlas.row("processes", str(first))
    return None if row is None else str(row["main_item"])


def _alike(atlas: Atlas, item: str, process: Mapping[str, object]) -> bool:
    """Whether a plant of an item tells something of a process: cells of any chemistry, but foil nothing of separators."""
    own = atlas.row("items", str(process["main_item"]))
    other = atlas.row("items", item)
    if own is None or other is None or own["unit"] != other["unit"]:
        return False
    return process["stage"] in ("cell", "cam", "pcam", "mine", "recycling") or item == process["main_item"]


def _sales(pack: PackTables, project: Project, process: Mapping[str, object]) -> Range | None:
    """Yearly output at the lowest and the highest outside price of the first year of use, million USD of the project's year."""
    item = str(process["main_item"])
    offers = pack.atlas["outside_supply"].filter(pl.col("item") == item)
    found: list[tuple[float, dict[str, object]]] = []
    levels = {row["year"]: row["index"] for row in pack.atlas["deflators"].iter_rows(named=True)}
    if project.money_year not in levels:
        raise TableError(f"the price level of {project.money_year} is not in deflators.csv")
    for _, frame in offers.group_by("place", "regime", maintain_order=True):
        rows = frame.sort("year").rows(named=True)
        prices = [row["price"] * levels[project.money_year] / levels[row["money_year"]] for row in rows]
        price = float(np.interp(project.start, [row["year"] for row in rows], prices))
        nearest = min(rows, key=lambda row: abs(row["year"] - project.start))
        found.append((price, nearest))
    if not found:
        return None
    label = said("regions", "price", item=names(pack.atlas, "items", item))
    ends = []
    for price, row in (min(found, key=lambda one: one[0]), max(found, key=lambda one: one[0])):
        fact = pack.leaf("outside_supply", row, float(row["price"]), float(row["price"]), f"USD/{project.unit}").low  # type: ignore[arg-type]
        ends.append(Node(label, price, f"USD of {project.money_year}/{project.unit}", children=(fact,)))
    size = _amount(project.size * _MILLION, said("regions", "size"), f"million {project.unit}")
    return times(said("regions", "sales"), Range(ends[0], ends[1]), size, unit="million USD")


def _ratios(estimates: Estimates, kind: str) -> Range | None:
    """Jobs of a round per direct job, from every table that has both."""
    direct, other = estimates("operation", "jobs", "direct"), estimates("operation", "jobs", kind)
    label = said("regions", "ratio")
    found = [
        over(label, other[name].value, direct[name].value)
        for name in direct
        if name in other and direct[name].value.ends[0] > 0
    ]
    return hull(label, found) if found else None


# Both phases -------------------------------------------------------------------------------------------------------------


def _of(money: Money) -> str:
    return f"million {money.currency} of {money.year}"


def _jobs(pack: PackTables, project: Project, estimates: Mapping[str, Estimate], spending: Range) -> Range | None:
    """Spending (million USD) × jobs per million of the table's money, from the lowest to the highest estimate."""
    label = said("regions", "estimate")
    found = []
    for one in estimates.values():
        value = one.value
        if value.low.unit == "jobs per billion":
            thousandth = _amount(1e-3, {"en": "million/billion", "ko": "백만/십억", "fr": "million/milliard"}, "")
            value = times(label, value, thousandth, unit="jobs per million")
        found.append(times(label, spending, pack.exchange(project.money_year, one.money), value, unit="jobs"))
    return hull(label, found, unit="jobs") if found else None


def _money(
    gathered: _Gathered,
    phase: str,
    basis: str,
    estimates: Estimates,
    spending: Mapping[str, Range],
    rate: Range,
    money: Money,
    abroad: Sequence[Range],
) -> None:
    """Value added and imports of spending, in the money of the region."""
    unit = _of(money)
    rounds: dict[str, Range] = {}
    for kind in (*_ROUNDS, "simple"):
        parts = [_worth(estimates(part, "value_added", kind), amount, rate, unit) for part, amount in spending.items()]
        found = _sum(parts, said("regions", f"scope.{kind}"), unit)
        if found is not None:
            rounds[kind] = gathered.add(phase, "value_added", kind, basis, found, unit)
    if all(kind in rounds for kind in _ROUNDS):
        total = plus(said("regions", "scope.total"), *(rounds[kind] for kind in _ROUNDS), unit=unit)
        gathered.add(phase, "value_added", "total", basis, total, unit)
    imports = _sum(
        [_imports(estimates, part, amount, rate, unit) for part, amount in spending.items()],
        said("regions", "measure.imports"),
        unit,
    )
    if imports is not None:
        bought = plus(said("regions", "measure.imports"), imports, *abroad, unit=unit)
        gathered.add(phase, "imports", "simple", basis, bought, unit)


def _imports(estimates: Estimates, part: str, amount: Range, rate: Range, unit: str) -> Range | None:
    """Direct and indirect imports, whether a table gives them together or apart."""
    label = said("regions", "estimate")
    direct, indirect = estimates(part, "imports", "direct"), estimates(part, "imports", "indirect")
    found = [one.value for one in estimates(part, "imports", "simple").values()]
    found += [plus(label, direct[name].value, indirect[name].value) for name in direct if name in indirect]
    return times(label, amount, rate, hull(label, found), unit=unit) if found else None


def _worth(estimates: Mapping[str, Estimate], amount: Range, rate: Range, unit: str) -> Range | None:
    if not estimates:
        return None
    label = said("regions", "estimate")
    return times(label, amount, rate, hull(label, [one.value for one in estimates.values()]), unit=unit)


def _sum(parts: Sequence[Range | None], label: Label, unit: str) -> Range | None:
    """Of all parts; None where one is unknown, since a sum without it would say too little."""
    known = [part for part in parts if part is not None]
    return plus(label, *known, unit=unit) if known and len(known) == len(parts) else None


def _totals(
    gathered: _Gathered, pack: PackTables, phase: str, measure: str, basis: str, rounds: Sequence[Range], unit: str
) -> None:
    simple = plus(said("regions", "scope.simple"), *rounds[:2], unit=unit)
    gathered.add(phase, measure, "simple", basis, simple, unit)
    total = gathered.add(phase, measure, "total", basis, plus(said("regions", "scope.total"), *rounds, unit=unit), unit)
    left = rest(said("regions", "remaining"), pack.parameter("displacement"))
    gathered.add(phase, measure, "net", basis, times(said("regions", "scope.net"), total, left, unit=unit), unit)
