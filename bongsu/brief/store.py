"""The number store of a brief: every figure once, with its reasons, for all three languages.

The store is plain data (see :func:`build_store`); :mod:`bongsu.brief.page` turns it into pages and nothing else adds a number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

import bongsu
from bongsu.answers.figure import LANGUAGES, Node, label, names, unit_name
from bongsu.answers.share_range import SLACK, share_range
from bongsu.answers.value import Bottleneck, bottlenecks, node_prices, overnight
from bongsu.answers.why import Why
from bongsu.atlas.units import capacity_factor
from bongsu.brief.keeper import BREADTH, DEPTH, LISTED, Keeper, rounded
from bongsu.brief.law import law_part
from bongsu.brief.law import sources as law_sources
from bongsu.brief.text import as_lang, t
from bongsu.chain import Chain
from bongsu.chain.capacity import present_states
from bongsu.chain.coverage import by_table
from bongsu.plan.plan import Plan
from bongsu.plan.prices import Prices

Names = dict[str, str]
Progress = Callable[[str], None]

_GROUPS = ("canada", "korea", "korean_owned_us", "other_us", "other", "short")
_STAGES = ("mine", "refine", "pcam", "cam", "anode", "component", "cell")
_FLOW = 1e-6
#: Flows on the map and in the picture of the chain smaller than this share of the year's cells are left to the tables.
_DRAWN = 0.004
_MAPPED = 0.01
_MOST_ROWS = 40
#: Items whose price paths are shown, at the place in each of the three countries where most is used.
_PRICED = (
    "spodumene",
    "lithium_carbonate",
    "lithium_hydroxide",
    "nickel_sulphate",
    "cobalt_sulphate",
    "graphite_flake",
    "anode_natural",
    "anode_synthetic",
    "cam_ncma",
    "cam_nmc811",
    "cam_lfp",
    "cell_ncma",
    "cell_nmc811",
    "cell_lfp",
)


def build_store(chain: Chain, plan: Plan, progress: Progress | None = None) -> dict[str, Any]:
    """The number store of a plan; its shape is documented in ``docs/brief-store.md``."""
    return _Store(chain, plan, progress or (lambda _: None)).whole()


def with_nodes(chain: Chain, plan: Plan, progress: Progress | None = None) -> tuple[dict[str, Any], dict[str, Node]]:
    """The store, and every figure of it by name with all of its reasons."""
    store = _Store(chain, plan, progress or (lambda _: None))
    return store.whole(), store.nodes


def _spoken_parts(stage: str, country: str) -> tuple[Names, Names]:
    """A stage and a country in the words of the page."""
    return (
        {language: t(f"stage.{stage}", as_lang(language)) for language in LANGUAGES},
        {language: t(f"country.{country}", as_lang(language)) for language in LANGUAGES},
    )


def _spoken(stage: str, country: str) -> Names:
    what, where = _spoken_parts(stage, country)
    return {language: f"{what[language]} · {where[language]}" for language in LANGUAGES}


class _Store(Keeper):
    law: dict[str, Any] | None = None

    def __init__(self, chain: Chain, plan: Plan, progress: Progress) -> None:
        super().__init__()
        self.chain, self.plan, self.progress = chain, plan, progress
        self.atlas, self.a = chain.atlas, plan.model.arrays
        self.why = Why(chain, plan)
        self.years = chain.years
        #: Main item of each process.
        self.main: dict[str, str] = dict(chain.atlas["processes"].select("process", "main_item").iter_rows())
        self.focus = 2030 if 2030 in self.years else self.years[len(self.years) // 2]
        self.made, self.bought, self.shipped = (
            self.why.footprint.made(),
            self.why.footprint.bought(),
            self.why.footprint.shipped(),
        )

    def whole(self) -> dict[str, Any]:
        self.progress("who supplies")
        # Before any price is asked for: prices remember the basis of the solver, which the range leaves and comes back to.
        self.range = share_range(self.why, self.focus)
        share = self.share()
        stages = self.stages()
        self.progress("what binds")
        limits = bottlenecks(self.chain, self.plan)
        binding = self.bottlenecks(limits)
        self.progress("flows and prices")
        builds, promises, short = self.builds(), self.promises(), self.shortages()
        self.progress("what the law does")
        self.law = law_part(self.chain, self.plan, self.focus, self.figure)
        result = {
            "meta": self.meta(bool(short)),
            "headlines": self.headlines(limits, builds, promises, short),
            "share_by_year": share,
            "stages": stages,
            "sankey": self.sankey(),
            "map": self.map(),
            "capacity": self.capacity(),
            "prices": self.prices(),
            "bottlenecks": binding,
            "builds": [{k: v for k, v in row.items() if k != "by"} for row in builds[:_MOST_ROWS]],
            "promises": promises,
            "shortages": short,
            "law": self.law,
            "coverage": self.coverage(),
            "limits": self.limits(),
        }
        return dict(rounded(result | {"figures": self.figures, "sources": self.cited()}))

    # Figures -------------------------------------------------------------------------------------------------------------

    def cited(self) -> dict[str, Any]:
        """Every source that a reason or the law cites."""
        return law_sources(self.law, self.chain, self.used_sources) | self.sources(self.atlas)

    def item(self, item: str) -> Names:
        return names(self.atlas, "items", item)

    def place(self, place: str) -> Names:
        return names(self.atlas, "places", place)

    def unit(self, item: str) -> str:
        return str((self.atlas.row("items", item) or {}).get("unit", "1"))

    def stage(self, item: str) -> str:
        return str((self.atlas.row("items", item) or {}).get("stage", "other"))

    @staticmethod
    def group(country: str) -> str:
        return country if country in ("CA", "KR", "US", "CN") else "other"

    # Parts ---------------------------------------------------------------------------------------------------------------

    def meta(self, short: bool) -> dict[str, Any]:
        errors = self.plan.errors
        flags = ["announcements_at_face_value" if self.chain.choices.face_value else "announcements_expected"]
        flags += ["law_not_in_plan"] if self.chain.choices.law is None else []
        flags += ["law_unsettled"] if self.law and self.law["questions"] else []
        flags += ["perfect_foresight"]
        others = set(self.chain.network["demands"]["place"]) - set(self.why.footprint.markets)
        flags += ["korea_home_market"] if "market-kr" in others else []
        flags += ["shortage"] if short else []
        case = self.chain.case
        countries = [str(self.atlas.row("places", market)["country"]) for market in self.why.footprint.markets]  # type: ignore[index]
        return {
            "case": case["case"],
            "case_name": {language: case[f"name_{language}"] for language in LANGUAGES},
            "case_note": {language: case[f"note_{language}"] for language in LANGUAGES},
            "as_of": str(self.atlas.known),
            "law": self.law["date"] if self.law else None,
            "years": self.years,
            "money_year": case["money_year"],
            "version": bongsu.__version__,
            "pack": self.atlas.digest[:12],
            "status": self.plan.status,
            "solver": {
                "solver": f"{self.plan.solver['name']} {self.plan.solver['version']}",
                "rows": self.plan.model.shape[0],
                "columns": self.plan.model.shape[1],
                **(vars(errors) if errors else {}),
            },
            "flags": flags,
            "regions": sorted(countries, key=lambda c: ("US", "CA", "MX").index(c)),
        }

    def share(self) -> list[dict[str, Any]]:
        rows = []
        for year in self.years:
            totals = self.why.cell_totals(year)
            # The facts behind the plants are shown for the focus year; ``bongsu why share:YEAR`` shows them for any.
            node = self.why.share(year).pruned(DEPTH if year == self.focus else 2, BREADTH + 2)
            self.figure(f"share:{year}", node)
            for group in _GROUPS:
                whole = self.why.share_of(group, year)
                self.figure(f"share.{group}:{year}", whole.pruned(DEPTH if year == self.focus else 2, BREADTH))
            rows.append(
                {
                    "year": year,
                    "demand_gwh": totals["demand"],
                    **{g: totals[g] for g in _GROUPS},
                }
            )
        return rows

    def stages(self) -> list[dict[str, Any]]:
        """Who makes what of each stage for North America: the mean of the shares in its items, weighted by GWh-equivalents."""
        rows: list[dict[str, Any]] = []
        columns = ("country", "item", "year", "served")
        everything = pl.concat([self.made.select(columns), self.bought.select(columns)])
        footprint = self.why.footprint
        weight = {
            key: gwh
            for key, gwh in footprint.equivalents.items()
            if self.stage(key[0]) in _STAGES and footprint.totals.get(key, 0.0) > _FLOW
        }
        whole: dict[tuple[str, int], float] = defaultdict(float)
        for (item, year), gwh in weight.items():
            whole[self.stage(item), year] += gwh
        sums: dict[tuple[str, int, str], float] = defaultdict(float)
        parts: dict[tuple[str, int, str], list[tuple[str, str, float, float]]] = defaultdict(list)
        grouped = everything.group_by("country", "item", "year", maintain_order=True).agg(pl.col("served").sum())
        for country, item, year, served in grouped.iter_rows():
            if not weight.get((item, year)):
                continue
            key = self.stage(item), year, self.group(country)
            part = weight[item, year] / whole[key[0], year] * served / footprint.totals[item, year]
            sums[key] += part
            parts[key].append((item, country, served, part))
        for stage in _STAGES:
            for year in self.years:
                if whole.get((stage, year), 0.0) <= _FLOW:
                    continue
                for country in ("CA", "KR", "US", "CN", "other"):
                    value = sums.get((stage, year, country), 0.0)
                    weightiest = sorted(parts.get((stage, year, country), []), key=lambda p: -p[3])[:10]
                    leaves = [
                        Node({lang: f"{self.item(item)[lang]} ({code})" for lang in LANGUAGES}, served, self.unit(item))
                        for item, code, served, _ in weightiest
                    ] or self._others(stage, year, sums)
                    what, where = _spoken_parts(stage, country)
                    title = label("stage.share", stage=what, country=where, year=year)
                    fid = f"stage:{stage}:{country}:{year}"
                    self.figure(fid, Node(title, value, "1", "share", children=tuple(leaves)))
                    rows.append({"stage": stage, "year": year, "country": country, "share": value, "fid": fid})
        return rows

    def _others(self, stage: str, year: int, sums: Mapping[tuple[str, int, str], float]) -> list[Node]:
        """Why a country supplies nothing of a stage: those that supply it."""
        shares = {code: sums.get((stage, year, code), 0.0) for code in ("CA", "KR", "US", "CN", "other")}
        return [
            Node(
                label(
                    "stage.share", stage=_spoken_parts(stage, code)[0], country=_spoken_parts(stage, code)[1], year=year
                ),
                value,
                "1",
                "share",
            )
            for code, value in sorted(shares.items(), key=lambda pair: -pair[1])
            if value
        ]

    def equivalent(self, item: str, year: int) -> float:
        """GWh of cells for North America that all of an item goes into."""
        return self.why.footprint.equivalents.get((item, year), 0.0)

    @cached_property
    def flows(self) -> pl.DataFrame:
        """Flows for North America with their GWh-equivalents: the cells that the flow is enough for."""
        weight = [
            self.why.footprint.weight(item, year) if self.stage(item) in _STAGES else 0.0
            for item, year in self.shipped.select("item", "year").iter_rows()
        ]
        return self.shipped.with_columns(gwh_eq=pl.col("served") * pl.Series(weight, dtype=pl.Float64))

    def map(self) -> dict[str, Any]:
        flows: dict[str, list[dict[str, Any]]] = {str(year): [] for year in self.years}
        used: dict[str, None] = {}
        for row in self.flows.sort("year", "gwh_eq", descending=[False, True]).iter_rows(named=True):
            if row["gwh_eq"] < _MAPPED * max(1.0, self.why.cell_totals(row["year"])["demand"]):
                continue
            used |= dict.fromkeys([row["from"], row["to"], *(row["via"] or [])])
            flows[str(row["year"])].append(
                {
                    "from": row["from"],
                    "to": row["to"],
                    "via": row["via"] or [],
                    "item": row["item"],
                    "item_name": self.item(row["item"]),
                    "quantity": row["served"],
                    "unit": self.unit(row["item"]),
                    "gwh_eq": row["gwh_eq"],
                }
            )
        places = {}
        for place in used:
            found = self.atlas.row("places", place) or {}
            places[place] = {"name": self.place(place), **{c: found[c] for c in ("lat", "lon", "country", "kind")}}
        return {"places": places, "flows": flows}

    def sankey(self) -> dict[str, Any]:
        """Flows between stages and countries; recycling appears as a stage of its own that feeds refining."""
        links: dict[str, list[dict[str, Any]]] = {}
        nodes: dict[str, dict[str, Any]] = {}
        local = self._local()
        for year in self.years:
            sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
            for start, end, item, quantity, gwh in [*self._moves(year), *local[year]]:
                sums[start, end, item][0] += quantity
                sums[start, end, item][1] += gwh
            least = _DRAWN * max(1.0, self.why.cell_totals(year)["demand"])
            rows = []
            for (start, end, item), (quantity, gwh) in sums.items():
                if gwh < least:
                    continue
                for node in (start, end):
                    stage, country = node.split("-")
                    nodes[node] = {"id": node, "stage": stage, "country": country, "name": _spoken(stage, country)}
                rows.append(
                    {
                        "source": start,
                        "target": end,
                        "item": item,
                        "item_name": self.item(item),
                        "value": gwh,
                        "quantity": quantity,
                        "unit": self.unit(item),
                    }
                )
            links[str(year)] = sorted(rows, key=lambda r: (-r["value"], r["source"], r["target"], r["item"]))
        return {"years": self.years, "nodes": list(nodes.values()), "links": links}

    @cached_property
    def _uses(self) -> dict[tuple[str, str, int], dict[str, float]]:
        """For each place, item and year: how much each stage takes there."""
        a = self.a
        stage_of = dict(self.atlas["processes"].select("process", "stage").iter_rows())
        take = np.maximum(-a.use_amount, 0.0) * self.plan.grid("make")[a.use_mode]
        entry, t = np.nonzero(take > _FLOW)
        result: dict[tuple[str, str, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        places, items, processes = a.net["places"]["place"], a.net["items"]["item"], a.net["modes"]["process"]
        for e, year in zip(entry.tolist(), t.tolist(), strict=True):
            mode = int(a.use_mode[e])
            process = str(processes[mode])
            stage = "vehicle" if process.startswith("assembly:") else stage_of[process]
            place = str(places[int(a.plant_place[a.mode_plant[mode]])])
            result[place, str(items[int(a.use_item[e])]), self.years[year]][stage] += float(take[e, year])
        return result

    def _moves(self, year: int) -> list[tuple[str, str, str, float, float]]:
        rows = []
        country = dict(self.atlas["places"].select("place", "country").iter_rows())
        for row in self.flows.filter((pl.col("year") == year) & (pl.col("gwh_eq") > 0)).iter_rows(named=True):
            stage = self.stage(row["item"])
            uses = self._uses.get((row["to"], row["item"], year), {})
            whole = sum(uses.values())
            if not whole:
                continue
            start = f"{stage}-{self.group(country[row['from']])}"
            for target, amount in uses.items():
                end = f"{target}-{self.group(country[row['to']])}"
                if self._forward(stage, target):
                    part = amount / whole
                    rows.append((start, end, row["item"], row["served"] * part, row["gwh_eq"] * part))
        return rows

    def _local(self) -> dict[int, list[tuple[str, str, str, float, float]]]:
        """What is used where it is made: use at a place less what arrives there."""
        arrived: dict[tuple[str, str, int], float] = defaultdict(float)
        for row in self.flows.iter_rows(named=True):
            arrived[row["to"], row["item"], row["year"]] += row["quantity"]
        country = dict(self.atlas["places"].select("place", "country").iter_rows())
        footprint = self.why.footprint
        share = self.why.footprint.node_share
        result: dict[int, list[tuple[str, str, str, float, float]]] = defaultdict(list)
        places = {p: i for i, p in enumerate(self.a.net["places"]["place"])}
        items = {p: i for i, p in enumerate(self.a.net["items"]["item"])}
        for (place, item, year), uses in self._uses.items():
            stage = self.stage(item)
            own = sum(uses.values()) - arrived.get((place, item, year), 0.0)
            if stage not in _STAGES or own <= _FLOW or footprint.totals.get((item, year), 0.0) <= _FLOW:
                continue
            node = int(
                self.a.node(np.array([places[place]], dtype=np.int32), np.array([items[item]], dtype=np.int32))[0]
            )
            served = own * float(share[node, self.years.index(year)])
            weight = footprint.weight(item, year)
            whole = sum(uses.values())
            for target, amount in uses.items():
                if self._forward(stage, target):
                    at = self.group(country[place])
                    part = served * amount / whole
                    result[year].append((f"{stage}-{at}", f"{target}-{at}", item, part, part * weight))
        return result

    @staticmethod
    def _forward(stage: str, target: str) -> bool:
        """A Sankey has no cycles: only steps down the chain are drawn; reagents are left to the tables."""
        order = (
            "recycling",
            "mine",
            "refine",
            "component",
            "pcam",
            "cam",
            "anode",
            "cell",
            "pack",
            "storage",
            "vehicle",
        )
        return stage in order and target in order and order.index(stage) < order.index(target)

    def capacity(self) -> list[dict[str, Any]]:
        """Need, expected, face value and use of capacity by main item and country."""
        rows: dict[tuple[str, str, int], dict[str, float]] = defaultdict(
            lambda: dict.fromkeys(("expected", "face_value", "used"), 0.0)
        )
        country = dict(self.atlas["places"].select("place", "country").iter_rows())
        for line in self.chain.lines:
            item = self.main[line.processes[0]]
            for year in self.years:
                row = rows[self.family(item), country[line.place], year]
                row["expected"] += line.expected.get(year, 0.0)
                row["face_value"] += line.announced.get(year, 0.0)
        quantity = self.made.filter(~pl.col("plant").str.contains("@") | pl.col("plant").str.starts_with("new:"))
        for code, item, process, year, amount in quantity.select(
            "country", "item", "process", "year", "quantity"
        ).iter_rows():
            if item == self.main.get(process):
                rows[self.family(item), code, year]["used"] += amount
        need = self._need()
        result = []
        for (item, code, year), row in sorted(rows.items()):
            if code not in ("CA", "KR", "US") or self.stage(item) not in _STAGES:
                continue
            result.append(
                {
                    "stage": self.stage(item),
                    "item": item,
                    "item_name": label(f"family.{item}") if item.endswith("_nickel") else self.item(item),
                    "country": code,
                    "year": year,
                    "need": need.get((item, year), 0.0),
                    **row,
                    "unit": "t" if item.endswith("cam_nickel") else "kWh" if item == "cell_nickel" else self.unit(item),
                }
            )
        return result

    @staticmethod
    def family(item: str) -> str:
        """Lines run several nickel grades, so nickel grades are counted together."""
        head, _, tail = item.partition("_")
        return f"{head}_nickel" if head in ("cell", "cam", "pcam") and tail != "lfp" else item

    def _need(self) -> dict[tuple[str, int], float]:
        """All that the plan uses of an item in a year, wherever it is made."""
        result: dict[tuple[str, int], float] = defaultdict(float)
        for (_, item, year), uses in self._uses.items():
            result[self.family(item), year] += sum(uses.values())
        return result

    def prices(self) -> list[dict[str, Any]]:
        """Price paths of the main items where most is used in each of the three countries."""
        table = node_prices(self.plan)
        country = dict(self.atlas["places"].select("place", "country").iter_rows())
        most: dict[tuple[str, str], tuple[float, str]] = {}
        for (place, item, year), uses in self._uses.items():
            key, amount = (item, country[place]), sum(uses.values())
            if (
                item in _PRICED
                and country[place] in ("CA", "KR", "US")
                and year >= self.focus
                and amount > most.get(key, (0.0, ""))[0]
            ):
                most[key] = (amount, place)
        value = {(place, item, int(period)): v for place, item, period, v in table.iter_rows()}
        rows = []
        for item in _PRICED:
            for code in ("CA", "KR", "US"):
                if (item, code) not in most:
                    continue
                place = most[item, code][1]
                path = [value.get((place, item, year)) for year in self.years]
                fid = f"price:{item}@{place}:{self.focus}"
                self.figure(fid, self.why.price(item, place, self.focus))
                rows.append(
                    {
                        "item": item,
                        "item_name": self.item(item),
                        "place": place,
                        "place_name": self.place(place),
                        "unit": f"USD/{self.unit(item)}",
                        "years": self.years,
                        "values": path,
                        # Where the range of a price is empty on one side, its value is an interval: the page marks the point.
                        "degenerate": [self._wavers(item, place, t) for t in range(len(self.years))],
                        "fid": fid,
                    }
                )
        return rows

    def _wavers(self, item: str, place: str, t: int) -> bool:
        """Whether a price holds for no step at all on one side, so that one unit more and one unit less may differ in value."""
        row = self.plan.model.constraints["balance"].start + self.why._node(item, place) * self.a.T + t
        return self.ranges.of_row(row, both_sides=False).degenerate

    @cached_property
    def ranges(self) -> Prices:
        """Prices of the plan with the range in which each holds."""
        return Prices(self.plan)

    def bottlenecks(self, limits: Sequence[Bottleneck]) -> list[dict[str, Any]]:
        """The dearest limits of the focus year, and the dearest of any year, one row each."""
        prices = self.ranges
        rows = []
        near = self._dearest([one for one in limits if one.year == self.focus])[:16]
        later = [one for one in self._dearest(limits) if one.name not in {n.name for n in near}][:8]
        for one in [*near, *later]:
            low = high = None
            fid = None
            meaning = label(f"bind.{one.kind}", unit=unit_name(one.unit))
            if one.kind != "supply":
                code = list(self.a.net["plants"]["plant"]).index(one.name)
                price = prices.of_row(prices.row("capacity", code, self.years.index(one.year)), both_sides=False)
                low = None if price.down is None else max(0.0, one.limit - price.down)
                high = None if price.up is None or not np.isfinite(price.up) else one.limit + price.up
                fid = self.figure(f"capacity:{one.name}:{one.year}", self.why.capacity(one.name, one.year))
                name = self.why._plant(one.name)
            else:
                name = self.item(one.item)
            rows.append(
                {
                    "kind": one.kind,
                    "name": name,
                    "item_name": self.item(one.item),
                    "place_name": self.place(one.place),
                    "year": one.year,
                    "value": one.value,
                    "unit": f"USD/{one.unit}",
                    "low": low,
                    "high": high,
                    "fid": fid,
                    "meaning": meaning,
                }
            )
        return rows

    @staticmethod
    def _dearest(limits: Sequence[Bottleneck]) -> list[Bottleneck]:
        seen: dict[str, Bottleneck] = {}
        for one in limits:
            seen.setdefault(one.name, one)
        return list(seen.values())

    def builds(self) -> list[dict[str, Any]]:
        """New capacity by option, with the first year it comes into use and all that is added."""
        a = self.a
        size = self.plan.family("build")
        rows = []
        for code, name in enumerate(a.net["options"]["option"]):
            mine = np.flatnonzero((a.build[0] == code) & (size > _FLOW))
            if not mine.size:
                continue
            process, _, place = str(name).removeprefix("new:").partition("@")
            country = str((self.atlas.row("places", place) or {})["country"])
            capex = overnight(self.chain, process, country)
            total = float(size[mine].sum())
            upto = {year: float(size[mine][a.build[1][mine] <= t].sum()) for t, year in enumerate(self.years)}
            first = self.years[int(a.build[1][mine[0]])]
            unit = str(a.net["plants"]["unit"][int(a.option_plant[code])])
            fid = self.figure(f"build:{name}:{first}", self.why.build(str(name), first))
            rows.append(
                {
                    "process_name": names(self.atlas, "processes", process),
                    "place_name": self.place(place),
                    "country": country,
                    "year": first,
                    "size": total,
                    "unit": f"{unit}/yr",
                    "capex_musd": total * capex / 1e6,
                    "fid": fid,
                    "option": str(name),
                    "by": upto,
                }
            )
        return sorted(rows, key=lambda r: (-r["capex_musd"], r["option"]))

    def promises(self) -> list[dict[str, Any]]:
        """Projects that do not yet produce and that the plan uses, by what hangs on them."""
        states = present_states(self.atlas)
        rows = []
        for line in self.chain.lines:
            if line.state in (None, "producing", "cancelled", "closed") or not line.expected:
                continue
            used = {year: self.why.used(line.line, year) for year in self.years}
            year = self.focus if used[self.focus] > _FLOW else max(used, key=lambda y: used[y])
            if used[year] <= _FLOW:
                continue
            announced = max(line.announced.values(), default=0.0)
            if announced <= 0:
                announced = self._size(line.line)
            state = states[line.facility]
            item = self.main[line.processes[0]]
            fid = self.figure(f"promise:{line.line}:{year}", self.why.promise(line.line, year))
            if state["source"]:
                self.used_sources.add(str(state["source"]))
            rows.append(
                {
                    "facility": line.facility,
                    "name": names(self.atlas, "facilities", line.facility),
                    "country": str((self.atlas.row("places", line.place) or {})["country"]),
                    "state": line.state,
                    "promised_year": None if line.promise_assumed else line.promised_year,
                    "face_value": announced,
                    "expected_share": line.expected[year] / announced if announced else None,
                    "used": used[year],
                    "used_year": year,
                    "unit": f"{self.unit(item)}/yr",
                    "confidence": state["confidence"],
                    "source": state["source"],
                    "fid": fid,
                    "item": item,
                    "line": line.line,
                    "gwh_eq": self._carried(line.line, item, used[year], year),
                    "worth": self.why.worth(line.line, self.focus) * line.expected.get(self.focus, 0.0) / 1e6,
                }
            )
        # First what the plan would lose most by: its worth in the focus year is value times what is expected of it.
        return sorted(rows, key=lambda r: (-r["worth"], r["used_year"] != self.focus, -r["gwh_eq"], r["line"]))

    def _size(self, line: str) -> float:
        """Announced size of a line whatever its state, in the unit of its item."""
        table = self.atlas["facility_capacity"].filter((pl.col("line") == line) & (pl.col("counted") == "yes"))
        found = self.atlas.row("facility_lines", line)
        if not table.height or found is None:
            return 0.0
        item = str((self.atlas.row("processes", found["processes"][0]) or {})["main_item"])
        row = table.sort("valid_from", "known_from", "_line").row(-1, named=True)
        return float(
            (row["capacity"] or 0.0)
            * capacity_factor(row["unit"], self.unit(item), self.atlas.contents().get(item, {}))
        )

    def _carried(self, line: str, item: str, used: float, year: int) -> float:
        """GWh of cells for North America behind what a line makes in a year, as traced.

        A line whose main item is what it takes (recycling) carries that item's GWh in proportion to what it takes of it.
        """
        own = self.made.filter((pl.col("plant") == line) & (pl.col("year") == year))
        rows = own.select("item", "process", "served").iter_rows()
        mains = [(product, served) for product, process, served in rows if product == self.main.get(process)]
        if mains:
            return sum(served * self.why.footprint.weight(product, year) for product, served in mains)
        total = self._need().get((self.family(item), year), 0.0)
        return used / total * self.equivalent(item, year) if total > 0 else 0.0

    def shortages(self) -> list[dict[str, Any]]:
        """Demand that is not served, by item and market, with the first year."""
        a = self.a
        short = self.plan.family("short")
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        for at in np.flatnonzero(short > _FLOW).tolist():
            row, t = int(a.demand.row[at]), int(a.demand.period[at])
            quantity = float(a.demand_quantity[row])
            if short[at] < 1e-6 * quantity:
                continue
            demand, item, place = (str(a.net["demands"][c][row]) for c in ("demand", "item", "place"))
            year = self.years[t]
            energy = float(short[at]) * self.why._kwh(demand, year) / 1e6
            found = rows.setdefault(
                (item, place),
                {
                    "item_name": self.item(item),
                    "place_name": self.place(place),
                    "segment": item.removesuffix("_nickel").removesuffix("_lfp"),
                    "first_year": year,
                    "quantity": 0.0,
                    "unit": "GWh",
                    "share": 0.0,
                    "wanted": 0.0,
                    "fid": self.figure(f"short:{demand}:{year}", self.why.short(demand, year)),
                },
            )
            found["quantity"] += energy
        for (item, place), found in rows.items():
            wanted = self._wanted(item, place)
            found["share"] = found["quantity"] / wanted if wanted else 0.0
            del found["wanted"]
        return sorted(rows.values(), key=lambda r: (-r["quantity"], r["fid"]))

    def _wanted(self, item: str, place: str) -> float:
        table = self.a.net["demands"].filter((pl.col("item") == item) & (pl.col("place") == place))
        return sum(
            q * self.why._kwh(d, int(p)) / 1e6 for d, q, p in table.select("demand", "quantity", "period").iter_rows()
        )

    def coverage(self) -> dict[str, int]:
        counts = {"stated": 0, "derived": 0, "assumed": 0}
        for name, table in self.atlas.tables.items():
            if "confidence" in table.columns and name != "sources":
                for trust, count in table["confidence"].value_counts().iter_rows():
                    counts[trust] += count
        return counts | {"unknown": int(by_table(self.atlas)["unknown"].sum())}

    def limits(self) -> list[dict[str, Any]]:
        unknown = sum(1 for line in self.chain.lines if not line.expected)
        regions = {self.atlas.row("places", market)["country"] for market in self.why.footprint.markets}  # type: ignore[index]
        lawless = self.chain.choices.law is None
        keys = ["law"] if lawless else ["law_left", "law_duties", "law_unverified"]
        keys += [] if "MX" in regions else ["mexico"]
        keys += [
            "ties",
            "builds" if lawless else "builds_law",
            "makers",
            "demand",
            "prices",
            "outside_supply",
            "packs",
            "qualification",
            "quality",
            "freight",
            "costs",
            "contracts",
            "foresight",
            "recycling",
            "owner",
            "environment",
        ]
        rows: list[dict[str, Any]] = [{"key": f"limit.{key}", "params": {}} for key in keys]
        promised = self.atlas["facility_states"].filter(pl.col("promised_year").is_not_null())["facility"].n_unique()
        rows.insert(1, {"key": "limit.unknown_capacity", "params": {"n": unknown}})
        rows.insert(2, {"key": "limit.delivery", "params": {"n": promised}})
        return rows

    # Headlines -----------------------------------------------------------------------------------------------------------

    def headlines(
        self,
        limits: Sequence[Bottleneck],
        builds: Sequence[Mapping[str, Any]],
        promises: Sequence[Mapping[str, Any]],
        short: Sequence[Mapping[str, Any]],
    ) -> list[dict[str, Any]]:
        return [
            self._say_share(),
            self._say_binds(limits),
            self._say_build(builds),
            self._say_promises(promises),
            self._say_short(short),
        ]

    def _say_share(self) -> dict[str, Any]:
        year = self.focus
        totals = self.why.cell_totals(year)
        demand = self.plain(
            f"demand:{year}", totals["demand"], "GWh", "energy", "share.demand", self.why._demand_facts(year)
        )
        params = {"year": year, "total": f"share:{year}", "demand": demand}
        figures = [f"share.{group}:{year}" for group in _GROUPS]
        found = self.range
        if found is None:
            return self._headline("share", "say.share_total", params, figures)
        cost = self.plan.objective / 1e6
        parts = [
            Node(label("share", year=year), self.why.share(year).value, "1", "share"),
            Node(label("share.range.cost"), cost, "MUSD", "money"),
            Node(label("share.range.most"), cost + SLACK * abs(cost), "MUSD", "money"),
        ]
        for end, value in (("low", found.low), ("high", found.high)):
            fid = f"share.range.{end}:{year}"
            params[end] = self.plain(fid, value, "1", "share", f"share.range.{end}", parts, year=year)
        return self._headline("share", "say.share_range", params, figures)

    def _say_binds(self, limits: Sequence[Bottleneck]) -> dict[str, Any]:
        # The answer is for those who can act on it: limits in Canada and Korea come first where there are any.
        near = [one for one in limits if one.year == self.focus] or list(limits)
        own = [one for one in self._dearest(near) if one.kind == "capacity"]
        ours = [one for one in own if one.country in ("CA", "KR")] or own
        if not ours:
            return self._headline("binds", "say.binds_none", {}, [])
        params: dict[str, Any] = {}
        for one, suffix in zip(ours[:2], ("", "2"), strict=False):
            fid = self.figure(f"capacity:{one.name}:{one.year}", self.why.capacity(one.name, one.year))
            params |= {
                f"limit{suffix}": {"name": names(self.atlas, "processes", one.process)},
                f"place{suffix}": {"name": self.why._plant(one.name)},
                f"year{suffix}": one.year,
                f"value{suffix}": fid,
            }
        return self._headline("binds", "say.binds_two" if len(ours) > 1 else "say.binds", params, [])

    def _say_build(self, builds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        by = 2035 if 2035 in self.years else self.years[-1]
        due = sorted(
            (
                {**row, "size": row["by"][by], "capex_musd": row["capex_musd"] * row["by"][by] / row["size"]}
                for row in builds
                if row["by"][by] > 0
            ),
            key=lambda row: (-row["capex_musd"], row["option"]),
        )
        if not due:
            return self._headline("build", "say.build_none", {}, [])
        largest = due[0]

        def money(code: str | None) -> str:
            own = [row for row in due if code is None or row["country"] == code]
            parts = [Node(self._step(row), row["capex_musd"], "MUSD", "money") for row in own]
            total = sum(row["capex_musd"] for row in own)
            fid = f"builds.capex.{code}:{by}" if code else f"builds.capex:{by}"
            where = _spoken_parts("cell", code)[1] if code else dict.fromkeys(LANGUAGES, "")
            return self.plain(fid, total, "MUSD", "money", "builds.capex", parts, year=by, country=where)

        steps = [Node(self._step(row), row["size"], row["unit"]) for row in due]
        added = self._added(largest["option"], by)
        params = {
            "count": self.plain(f"builds.count:{by}", len(due), "1", "number", "builds.count", steps, LISTED, year=by),
            "year": by,
            "capex": money(None),
            "canada": money("CA"),
            "korea": money("KR"),
            "process": {"name": largest["process_name"]},
            "place": {"name": largest["place_name"]},
            "size": self.plain(
                f"build.by:{largest['option']}:{by}",
                largest["size"],
                largest["unit"],
                "number",
                "build.by",
                added,
                year=by,
            ),
            "from": largest["year"],
        }
        return self._headline("build", "say.build_shared", params, [largest["fid"]])

    @staticmethod
    def _step(row: Mapping[str, Any]) -> Names:
        """A step of the chain at a site that gets new capacity, with its first year."""
        return {lang: f"{row['process_name'][lang]}, {row['place_name'][lang]} ({row['year']})" for lang in LANGUAGES}

    def _added(self, option: str, by: int) -> list[Node]:
        """What an option adds in each year up to one."""
        code = list(self.a.net["options"]["option"]).index(option)
        size, (codes, periods) = self.plan.family("build"), self.a.build
        mine = np.flatnonzero((codes == code) & (size > _FLOW))
        years = [year for year in (self.years[int(periods[at])] for at in mine) if year <= by]
        return [self.why.build(option, year) for year in years]

    def _say_promises(self, promises: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        if not promises:
            return self._headline("promises", "say.promises_none", {}, [])
        first = promises[0]
        most = {row["facility"]: row for row in reversed(promises)}
        leaned = [
            Node({lang: f"{row['name'][lang]} ({row['used_year']})" for lang in LANGUAGES}, row["used"], row["unit"])
            for row in most.values()
        ]
        count = self.plain("promises.count", len(most), "1", "number", "promises.count", leaned[::-1], LISTED)
        year = self.focus
        cells = sum(used for _, used in self._all_cells(year, [row["line"] for row in promises]))
        total = sum(self.why.cell_totals(year)[group] for group in _GROUPS[:-1])
        facility = {"name": first["name"]}
        if self.chain.choices.face_value:
            parts = self.why.promise(first["line"], first["used_year"]).children
            used = self.plain(
                f"promise.used:{first['line']}", first["used"], first["unit"], "number", "promise.used", parts
            )
            return self._headline(
                "promises",
                "say.promises_face",
                {"count": count, "facility": facility, "used": used, "year": first["used_year"]},
                [first["fid"]],
            )
        every = sum(used for item, used in self._all_cells(year)) or total
        share = self.plain(
            f"promises.share:{year}",
            cells / every if every else 0.0,
            "1",
            "share",
            "promises.share",
            [Node(label("promises.cells"), cells, "GWh", "energy"), Node(label("cells.all"), every, "GWh", "energy")],
            year=year,
        )
        expected = self.plain(
            f"promise.share:{first['line']}",
            first["expected_share"] or 0.0,
            "1",
            "share",
            "promise.expected",
            self.why.promise(first["line"], first["used_year"]).children,
        )
        params = {"count": count, "share": share, "year": year, "facility": facility, "expected_share": expected}
        return self._headline("promises", "say.promises", params, [first["fid"]])

    def _all_cells(self, year: int, plants: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """GWh of cells made in a year, by item: everywhere, or in the given plants."""
        own = self.made.filter(pl.col("year") == year)
        own = own if plants is None else own.filter(pl.col("plant").is_in(plants))
        rows = own.group_by("item", maintain_order=True).agg(pl.col("quantity").sum())
        return [(item, amount / 1e6) for item, amount in rows.iter_rows() if self.stage(item) == "cell"]

    def _say_short(self, short: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        if not short:
            return self._headline("short", "say.short_none", {"last": self.years[-1]}, [])
        first = min(short, key=lambda row: (row["first_year"], -row["quantity"]))
        largest = short[0]
        parts = [
            Node(
                {lang: f"{row['item_name'][lang]}, {row['place_name'][lang]}" for lang in LANGUAGES},
                row["quantity"],
                "GWh",
                "energy",
            )
            for row in short
        ]
        quantity = self.plain("short.largest", largest["quantity"], "GWh", "energy", "short.total", parts)
        wanted = sum(self.why.cell_totals(year)["demand"] for year in self.years)
        missing = sum(self.why.cell_totals(year)["short"] for year in self.years)
        served = self.plain(
            "served",
            1 - missing / wanted,
            "1",
            "share",
            "served",
            [
                Node(label("share.demand"), wanted, "GWh", "energy"),
                Node(label("share.short"), missing, "GWh", "energy"),
            ],
        )
        params = {
            "year": first["first_year"],
            "quantity": quantity,
            "item": {"name": largest["item_name"]},
            "place": {"name": largest["place_name"]},
            "served": served,
            "last": self.years[-1],
        }
        return self._headline("short", "say.short", params, [largest["fid"]])

    @staticmethod
    def _headline(name: str, key: str, params: Mapping[str, Any], figures: Sequence[str]) -> dict[str, Any]:
        return {"id": name, "sentence": {"key": key, "params": dict(params)}, "figures": list(figures)}
