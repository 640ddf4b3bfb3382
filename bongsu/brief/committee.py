"""The number store of the committee's page: what projects are worth, earn, cost the public, bring to a region, and whom they join.

It is made from the answers of the committee's rooms (:class:`bongsu.committee.Answer`) and adds no number but counts. The store has
the shape that ``docs/brief-store.md`` documents. A room that has not answered is ``None``, and the page says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

import bongsu
from bongsu.answers.figure import LANGUAGES, Node, names
from bongsu.brief.keeper import BREADTH, LISTED, SOURCE, Keeper, rounded
from bongsu.brief.titles import Title, said, same
from bongsu.chain import Chain
from bongsu.committee import Answer, Partner, Project
from bongsu.committee.words import said as words
from bongsu.law.inforce import InForce

#: Rooms that the page shows, in its order.
ROOMS: Final = ("discover", "attract", "regions", "link")
PARTS: Final = ("cost_saved", "unmet_avoided", "compliance")
#: Order of gates; others follow.
GATES: Final = ("process", "feed", "customer", "permits", "ownership", "power")
#: Figures of the investor and of the public, in the order of the page; ``*`` stands for ``pre`` or ``post``.
INVESTOR: Final = (
    "npv_post_tax_real_usd", "npv_pre_tax_real_usd", "irr_post_tax_real", "irr_pre_tax_real", "irr_equity_nominal",
    "payback_post_tax", "payback_pre_tax", "levelised_cost_pre_tax_real_usd", "break_even_price_post_tax_real_usd",
    "break_even_price_pre_tax_real_usd", "debt_cover_least", "chance_npv_positive",
)  # fmt: skip
PUBLIC: Final = (
    "public_support_real_usd", "public_returns_real_usd", "public_balance_real_usd", "public_irr_real", "public_even_year",
    "direct_jobs", "support_per_job_real_usd",
)  # fmt: skip
#: Columns of the cash flow, and whether they come in (1) or go out (-1).
FLOWS: Final = {
    "revenue": 1, "operating_cost": -1, "support": 1, "capital_cost": -1, "working_capital": -1, "credits": 1,
    "tax_federal": -1, "tax_provincial": -1, "tax_mining": -1,
}  # fmt: skip
SITE_PARTS: Final = (
    "product", "product_freight", "feed", "feed_freight", "conversion", "energy", "capital", "support", "credits", "taxes",
)  # fmt: skip
_PROVINCES: Final = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "QC", "SK", "YT")
_MILLION: Final = 1e-6
#: Reasons of a figure that are shown at each step: sums of many parts in full.
_BROAD: Final = {"discover": 12, "attract": 12}


def committee_store(
    projects: Sequence[Project], answers: Mapping[str, Answer], chain: Chain | None = None
) -> dict[str, Any]:
    """The number store of the committee's page. Money is in million US dollars of the money year of the projects.

    Args:
        projects: in their order; answers: by room. Tables of ``attract``, ``regions`` and ``link`` say with ``project`` whose rows
            they hold; one without it is that of the only project. Their table ``unanswered`` says of which they know nothing.
        chain: gives names, sources and the date of the facts; without it things are called by their identifiers.

    Raises:
        ValueError: there is no project, the projects count in money of different years, or a table does not say whose it is.
    """
    return _Committee(projects, answers, chain).whole()


class _Committee(Keeper):
    def __init__(self, projects: Sequence[Project], answers: Mapping[str, Answer], chain: Chain | None) -> None:
        super().__init__()
        if not projects:
            raise ValueError("the committee's page needs a project; run `bongsu discover`")
        years = {one.money_year for one in projects}
        if len(years) > 1:
            raise ValueError(f"the projects count in money of {sorted(years)}; state them in one year")
        self.projects, self.answers, self.chain = projects, answers, chain
        (self.money_year,) = years
        law = chain.choices.law if chain else None
        self.law = law if isinstance(law, InForce) else None
        self.asked = [one.project for one in projects]

    def whole(self) -> dict[str, Any]:
        value, investor, public = self._value(), self._investor(), self._public()
        regions, links, sites = self._regions(), self._links(), self._sites()
        found = {
            "meta": self._meta(),
            "projects": [self._project(one) for one in self.projects],
            "value": value,
            "portfolio": self._portfolio(),
            "investor": investor,
            "public": public,
            "sites": sites,
            "regions": regions,
            "links": links,
            "unanswered": {room: self._unanswered(room) for room in ROOMS[1:] if room in self.answers},
        }
        found["headlines"] = self._headlines(found)
        found["limits"] = [{"key": f"committee.limit.{name}"} for name in _limits(self.answers)]
        sources = self.sources(self.chain.atlas) if self.chain else {}
        return dict(rounded(found | {"figures": self.figures, "sources": self._cited() | sources}))

    # Of the whole --------------------------------------------------------------------------------------------------------

    def _meta(self) -> dict[str, Any]:
        chain = self.chain
        return {
            "kind": "committee",
            "case": chain.case["case"] if chain else None,
            "case_name": {lang: chain.case[f"name_{lang}"] for lang in LANGUAGES} if chain else None,
            "as_of": str(chain.atlas.known) if chain else None,
            "law": str(self.law.law.date) if self.law else None,
            "money_year": self.money_year,
            "version": bongsu.__version__,
            "pack": chain.atlas.digest[:12] if chain else None,
            "rooms": [room for room in ROOMS if room in self.answers],
            "missing": [room for room in ROOMS if room not in self.answers],
        }

    def _cited(self) -> dict[str, Any]:
        """Sources of law that reasons cite."""
        if self.law is None:
            return {}
        known = self.law.law.law.sources
        return {
            name: {c: str(known[name][c]) if c == "date" and known[name][c] else known[name][c] for c in SOURCE}
            for name in sorted(self.used_sources & set(known))
        }

    def name(self, table: str, key: str) -> Title:
        """Name of a row of the pack; its identifier where no pack is at hand."""
        return names(self.chain.atlas, table, key) if self.chain else same(key)

    def title(self, project: str) -> Title:
        """A project in words: its process and its place, and its size where its identifier has one."""
        process, _, place = project.partition(":")[0].partition("@")
        return words("discover", "project", process=self.name("processes", process), place=self.name("places", place))

    def item(self, item: str) -> tuple[Title, str]:
        """Name and unit of an item."""
        row = self.chain.atlas.row("items", item) if self.chain else None
        return self.name("items", item), str(row["unit"]) if row else "1"

    def keep(self, room: str, figure: str) -> str | None:
        """Keep a figure of a room under its name, in the units of the page; None where the room has none of that name."""
        node = self.answers[room].figures.get(figure) if room in self.answers else None
        return self.figure(figure, self.tidy(node), breadth=_BROAD.get(room, BREADTH)) if node else None

    def tidy(self, node: Node) -> Node:
        """A tree in the units of the page: money in millions, and without its year where that is the year of the page."""
        factor, unit = plain_unit(node.unit, self.money_year)
        value = None if node.value is None or not math.isfinite(node.value) else node.value * factor
        kind = "share" if unit == "share" else node.kind
        children = tuple(self.tidy(child) for child in node.children)
        return replace(node, value=value, unit="1" if unit == "share" else unit, kind=kind, children=children)

    def rows(self, room: str, table: str) -> dict[str, list[dict[str, Any]]]:
        """Rows of a table by project, of the projects that were asked for."""
        answer = self.answers.get(room)
        if answer is None or table not in answer.tables:
            return {}
        held = answer.tables[table]
        if not held.height:
            return {}
        if "project" not in held.columns:
            if len(self.projects) > 1:
                raise ValueError(
                    f"the table {table} of {room} has no column project, and there are {len(self.projects)} projects; "
                    "add one"
                )
            held = held.with_columns(project=pl.lit(self.asked[0]))
        found: dict[str, list[dict[str, Any]]] = {}
        for row in held.iter_rows(named=True):
            found.setdefault(str(row["project"]), []).append(row)
        return found

    # Projects ------------------------------------------------------------------------------------------------------------

    def _project(self, one: Project) -> dict[str, Any]:
        return {
            "project": one.project,
            "title": self.title(one.project),
            "country": one.country,
            "region": one.region or None,
            "size": one.size,
            "unit": f"{one.unit}/yr" if one.unit else "1",
            "start": one.start,
            "life": one.life,
            "capex": one.capex * _MILLION,
            "partners": [{"name": self._partner(p), "country": p.country, "brings": p.brings} for p in one.partners],
        }

    def _partner(self, one: Partner) -> Title:
        """A partner in words: a province that brings energy, an instrument of law that is the policy, else a firm by its name."""
        if one.brings == "energy" and one.name in _PROVINCES:
            return words("attract", f"government.{one.name}")
        return self._instrument(one.name) if one.brings == "policy" else same(one.name)

    def _instrument(self, name: str) -> Title:
        """Title of an instrument of law; its identifier where the law is not at hand."""
        known = self.law.law.law.instruments if self.law is not None else {}
        return dict(known[name].title) if name in known else same(name)

    def _value(self) -> list[dict[str, Any]] | None:
        """What each project is worth, of which parts, and its gates."""
        if "discover" not in self.answers:
            return None
        values, gates = self.rows("discover", "values"), self.rows("discover", "gates")
        found = []
        for name in self.asked:
            row = values.get(name, [{}])[0]
            own = sorted(gates.get(name, []), key=lambda gate: _order(gate["gate"]))
            found.append(
                {
                    "project": name, "title": self.title(name), "rank": row.get("rank"),
                    "value": _million(row.get("value")), "unit": "MUSD",
                    **{part: _million(row.get(part)) for part in PARTS},
                    "gates": [self._gate(gate) for gate in own],
                    "fid": self.keep("discover", f"discover.value:{name}"),
                }
            )  # fmt: skip
        return found

    @staticmethod
    def _gate(row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "gate": row["gate"],
            "outcome": row["outcome"],
            "evidence": {lang: row[f"evidence_{lang}"] or "" for lang in LANGUAGES},
        }

    def _portfolio(self) -> dict[str, Any] | None:
        """Every valued project by its investment, and which of them were chosen together, where that was asked."""
        answer = self.answers.get("discover")
        if answer is None or not answer.tables.get("values", pl.DataFrame()).height:
            return None
        chosen, shared = self.rows("discover", "portfolio"), self.rows("discover", "shapley")
        rows: list[dict[str, Any]] = []
        for row in answer.tables["values"].iter_rows(named=True):
            name = row["project"]
            own, part = chosen.get(name, [{}])[0], shared.get(name, [{}])[0]
            rows.append(
                {
                    "project": name, "title": self.title(name), "rank": row["rank"], "unit": "MUSD",
                    "capex": _million(row["capex"]), "value": _million(row["value"]), "chosen": own.get("chosen"),
                    **{key: _million(own.get(key)) for key in ("invest_ca", "invest_kr")},
                    **{key: _million(part.get(key)) for key in ("alone", "marginal", "shapley")},
                    "fid": self.keep("discover", f"discover.value:{name}"),
                }
            )  # fmt: skip
        rows += self._seconds(len(rows))
        best = frontier([(row["capex"], row["value"]) for row in rows])
        for at, row in enumerate(rows):
            row["best"] = at in best
        together = next((fid for fid in sorted(answer.figures) if fid.startswith("discover.together:")), None)
        return {
            "rows": rows,
            "weighed": bool(chosen),
            "count": sum(bool(row["chosen"]) for row in rows) if chosen else None,
            "steps": self._steps(),
            "fid": self.keep("discover", together) if together else None,
        }

    def _seconds(self, ranked: int) -> list[dict[str, Any]]:
        """Second plants of a process that were weighed with the others, numbered after them."""
        answer, shared = self.answers["discover"], self.rows("discover", "shapley")
        table = answer.tables.get("portfolio", pl.DataFrame())
        if "after" not in table.columns:
            return []
        values = {row["project"]: row for row in answer.tables["values"].iter_rows(named=True)}
        found: list[dict[str, Any]] = []
        for row in table.filter(pl.col("after").is_not_null()).iter_rows(named=True):
            name, first = row["project"], row["after"]
            part = shared.get(name, [{}])[0]
            again = words("discover", "second_of", project=self.title(name))
            found.append(
                {
                    "project": name, "title": again, "rank": ranked + len(found) + 1, "unit": "MUSD",
                    "capex": _million(row["invest_ca"] + row["invest_kr"]),
                    "value": _million(values.get(first, {}).get("second_value")), "chosen": row["chosen"],
                    **{key: _million(row[key]) for key in ("invest_ca", "invest_kr")},
                    **{key: _million(part.get(key)) for key in ("alone", "marginal", "shapley")},
                    "fid": self.keep("discover", f"discover.second:{first}"),
                }
            )  # fmt: skip
        return found

    def _steps(self) -> list[dict[str, Any]]:
        """What the best choice under each budget saves."""
        table = self.answers["discover"].tables.get("frontier", pl.DataFrame())
        return [
            {
                "unit": "MUSD",
                **{key: _million(row[key]) for key in ("budget", "invested", "value", "bound")},
                "count": len(row["projects"].split()),
            }
            for row in table.iter_rows(named=True)
        ]

    def _unanswered(self, room: str) -> list[dict[str, Any]]:
        """Projects of which a room says nothing, with its reason."""
        rows = self.rows(room, "unanswered")
        return [
            {"project": name, "title": self.title(name), "reason": rows[name][0]["reason"]}
            for name in self.asked
            if name in rows
        ]

    # Investor and public -------------------------------------------------------------------------------------------------

    def _investor(self) -> list[dict[str, Any]] | None:
        if "attract" not in self.answers:
            return None
        cash, tornado = self.rows("attract", "cash_flow"), self.rows("attract", "tornado")
        found = []
        for name in self.asked:
            if name not in cash:
                continue
            flow = [self._year(row) for row in cash[name] if row["year"] is not None]
            taxed = any(row["post_tax"] is not None for row in flow)
            net = "post_tax" if taxed else "pre_tax"
            total = 0.0
            for row in flow:
                row["net"] = row[net] or 0.0
                total += row["net"]
                row["so_far"] = total
            ids = {key: self.keep("attract", f"attract.{key}:{name}") for key in INVESTOR}
            worth = ids[f"npv_{net}_real_usd"]
            found.append(
                {
                    "project": name, "title": self.title(name), "taxed": taxed,
                    "figures": [{"key": key, "fid": fid} for key, fid in ids.items() if fid],
                    "npv": worth, "irr": ids[f"irr_{net}_real"],
                    "cash": flow,
                    "tornado": [self._driver(row) for row in tornado.get(name, [])],
                    "central": self.figures[worth]["value"] if worth else None,
                }
            )  # fmt: skip
        return found

    @staticmethod
    def _year(row: Mapping[str, Any]) -> dict[str, Any]:
        held = {name: row.get(f"{name}_real_usd") for name in (*FLOWS, "pre_tax", "post_tax")}
        flow: dict[str, Any] = {
            name: None if amount is None else amount * _MILLION * FLOWS.get(name, 1) for name, amount in held.items()
        }
        return {"year": int(row["year"]), "unit": "MUSD", **flow}

    def _driver(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "driver": row["driver"],
            "name": words("attract", f"driver.{row['driver']}"),
            "low": row["low"],
            "high": row["high"],
            "scale": row["unit"],
            "npv_low": _million(row["npv_low"]),
            "npv_high": _million(row["npv_high"]),
            "unit": "MUSD",
        }

    def _public(self) -> list[dict[str, Any]] | None:
        """The public's side, of the projects for which it was asked and known."""
        if "attract" not in self.answers:
            return None
        found = []
        for name in self.asked:
            ids = {key: self.keep("attract", f"attract.{key}:{name}") for key in PUBLIC}
            if any(ids.values()):
                support = ids["public_support_real_usd"]
                none = support is not None and not self.figures[support]["value"]
                found.append({"project": name, "title": self.title(name), "unsupported": none, "figures": ids})
        return found

    def _sites(self) -> list[dict[str, Any]]:
        """Comparisons of places: what a unit earns at each, part by part; none where none was asked."""
        found = []
        for name, rows in self.rows("attract", "sites").items():
            rows = [row for row in rows if row.get("product_usd") is not None]
            if not rows:
                continue
            process = name.partition("@")[0]
            margin = next(key for key in rows[0] if key.startswith("margin_") and rows[0][key] is not None)
            own = [self._site(process, row, margin) for row in sorted(rows, key=lambda row: row["rank"])]
            found.append(
                {
                    "project": name, "process_name": self.name("processes", process),
                    "taxed": margin.startswith("margin_post"), "unit": own[0]["unit"], "rows": own,
                }
            )  # fmt: skip
        return found

    def _site(self, process: str, row: Mapping[str, Any], margin: str) -> dict[str, Any]:
        fid = self.keep("attract", f"attract.site_margin:{process}@{row['place']}")
        return {
            "place": row["place"], "place_name": self.name("places", row["place"]), "rank": row["rank"],
            "margin": row[margin], "first_in_draws": row["first_in_draws"],
            "unit": self.figures[fid]["unit"] if fid else "USD",
            **{part: row.get(f"{part}_usd") for part in SITE_PARTS},
            "not_counted": [self._instrument(name) for name in (row.get("not_counted") or "").split()],
            "fid": fid,
        }  # fmt: skip

    # Regions -------------------------------------------------------------------------------------------------------------

    def _regions(self) -> list[dict[str, Any]] | None:
        if "regions" not in self.answers:
            return None
        effects, notes = self.rows("regions", "effect"), self.rows("regions", "notes")
        return [
            {
                "project": name, "title": self.title(name), "rows": [self._effect(name, row) for row in effects[name]],
                "notes": [{lang: row[lang] for lang in LANGUAGES} for row in notes.get(name, [])],
            }
            for name in self.asked
            if name in effects
        ]  # fmt: skip

    def _effect(self, project: str, row: Mapping[str, Any]) -> dict[str, Any]:
        told = {key: row[key] for key in ("phase", "measure", "scope", "basis")}
        stem = "regions." + "_".join(told.values())
        factor, unit = plain_unit(row["unit"], self.money_year)
        return {
            **told,
            **{f"{key}_name": words("regions", f"{key}.{value}") for key, value in told.items()},
            "low": row["low"] * factor,
            "high": row["high"] * factor,
            "unit": unit,
            "weakest": row["weakest"],
            "fid": self.keep("regions", f"{stem}_low:{project}"),
            "fid_high": self.keep("regions", f"{stem}_high:{project}"),
        }

    # Links ---------------------------------------------------------------------------------------------------------------

    def _links(self) -> list[dict[str, Any]] | None:
        if "link" not in self.answers:
            return None
        inputs, outputs = self.rows("link", "links_inputs"), self.rows("link", "links_outputs")
        return [
            {
                "project": name, "title": self.title(name),
                "inputs": self._ways(inputs.get(name, []), "seller", "delivered"),
                "outputs": self._ways(outputs.get(name, []), "buyer", "netback"),
            }
            for name in self.asked
            if name in inputs or name in outputs
        ]  # fmt: skip

    def _ways(self, rows: Iterable[Mapping[str, Any]], side: str, measure: str) -> list[dict[str, Any]]:
        """Partners by item, the largest cost first as the room has it; an item that nobody can supply has no partners."""
        items: dict[str, dict[str, Any]] = {}
        for row in rows:
            title, unit = self.item(row["item"])
            own = items.setdefault(
                row["item"],
                {
                    "item": row["item"], "item_name": title, "unit": unit, "year": row["year"],
                    "quantity": row["quantity"], "found": row["found"], "partners": [],
                },
            )  # fmt: skip
            if row.get("rank") is None:
                continue
            way = f"{row['seller']}>{row['buyer']}:{row['item']}:{row['year']}"
            fid = self.keep("link", f"link.{measure}:{way}")
            own["partners"].append(
                {
                    "partner": row[side],
                    "name": {lang: row[f"{side}_{lang}"] for lang in LANGUAGES},
                    **{key: row[key] for key in ("price", "freight", "duty", "credit", "delivered", "netback")},
                    "cost": row[measure],
                    "unit": f"USD/{unit}",
                    "quantity": row["award"] or 0.0,
                    "quantity_unit": unit,
                    "free": row["free"],
                    "best": row["rank_best"],
                    "worst": row["rank_worst"],
                    "obstacles": [_obstacle(one) for one in (row["obstacles"] or "").split()],
                    "fid": fid,
                }
            )
        return list(items.values())

    # Sentences -----------------------------------------------------------------------------------------------------------

    def _headlines(self, store: Mapping[str, Any]) -> list[dict[str, Any]]:
        told = [self._worth(store), self._gates_said(store), self._earns(store), self._jobs(store), self._supply(store)]
        return [one for one in told if one]

    def _worth(self, store: Mapping[str, Any]) -> dict[str, Any] | None:
        valued = [row for row in store["value"] or [] if row["fid"] and row["value"] is not None]
        if not valued:
            return None
        first = max(valued, key=lambda row: row["value"])
        node = Node(said("committee.fig.capex"), self._of(first["project"]).capex * _MILLION, "MUSD", "money")
        capex = self.figure(f"committee.capex:{first['project']}", node)
        together = (store["portfolio"] or {}).get("fid")
        params = {"project": {"name": first["title"]}, "value": first["fid"], "capex": capex}
        return _headline("committee_worth", "committee.say.worth", params, [together] if together else [])

    def _gates_said(self, store: Mapping[str, Any]) -> dict[str, Any] | None:
        rows = [row for row in store["value"] or [] if row["gates"]]
        if not rows:
            return None
        clear = [row for row in rows if all(gate["outcome"] == "pass" for gate in row["gates"])]
        open_ = [(row, gate) for row in rows for gate in row["gates"] if gate["outcome"] == "undetermined"]
        parts = [Node(row["title"], None) for row in clear]
        count = Node(said("committee.fig.clear"), len(clear), "project", children=tuple(parts))
        asked = Node(
            said("committee.fig.asked"), len(rows), "project", children=tuple(Node(r["title"], None) for r in rows)
        )
        unknown = Node(
            said("committee.fig.open"), len(open_), "1",
            children=tuple(Node(both(row["title"], said(f"committee.gate.{gate['gate']}")), None) for row, gate in open_),
        )  # fmt: skip
        params = {
            "clear": self.figure("committee.clear", count, breadth=LISTED),
            "of": self.figure("committee.asked", asked, breadth=LISTED),
            "open": self.figure("committee.open", unknown, breadth=LISTED),
        }
        return _headline("committee_gates", "committee.say.gates", params, [])

    def _earns(self, store: Mapping[str, Any]) -> dict[str, Any] | None:
        cases = [one for one in store["investor"] or [] if one["central"] is not None]
        if not cases:
            return None
        best = max(cases, key=lambda one: one["central"])
        earning = [one for one in cases if one["central"] > 0]
        node = Node(
            said("committee.fig.earning"), len(earning), "project",
            children=tuple(Node(one["title"], one["central"], "MUSD", "money") for one in cases),
        )  # fmt: skip
        cased = Node(said("committee.fig.cases"), len(cases), "project")
        params = {
            "n": self.figure("committee.earning", node, breadth=LISTED),
            "of": self.figure("committee.cases", cased),
            "project": {"name": best["title"]},
            "npv": best["npv"],
        }
        rate = best["irr"]
        more = [rate] if rate and self.figures[rate]["value"] is not None else []
        return _headline("committee_earns", "committee.say.earns", params, more)

    def _jobs(self, store: Mapping[str, Any]) -> dict[str, Any] | None:
        """The project with the most direct jobs at the low end, from announced jobs where there are any."""
        held = [
            (one, row)
            for one in store["regions"] or []
            for row in one["rows"]
            if (row["phase"], row["measure"], row["scope"]) == ("operation", "jobs", "direct") and row["fid"] and row["fid_high"]
        ]  # fmt: skip
        held = [pair for pair in held if pair[1]["basis"] == "announced"] or held
        if not held:
            return None
        one, row = max(held, key=lambda pair: pair[1]["low"])
        params = {
            "project": {"name": one["title"]}, "low": row["fid"], "high": row["fid_high"],
            "basis": {"name": row["basis_name"]},
        }  # fmt: skip
        return _headline("committee_jobs", "committee.say.jobs", params, [])

    def _supply(self, store: Mapping[str, Any]) -> dict[str, Any] | None:
        """Inputs for which those who are feasible cannot supply all."""
        inputs = [(one, item) for one in store["links"] or [] for item in one["inputs"]]
        if not inputs:
            return None
        short = [(one, item) for one, item in inputs if (item["found"] or 0.0) < 1 - 1e-6]
        parts = [Node(both(one["title"], item["item_name"]), item["found"], "1", "share") for one, item in short]
        params = {
            "short": self.figure(
                "committee.short",
                Node(said("committee.fig.short"), len(short), "1", children=tuple(parts)),
                breadth=LISTED,
            ),
            "of": self.figure("committee.inputs", Node(said("committee.fig.inputs"), len(inputs), "1")),
        }
        return _headline("committee_supply", "committee.say.supply", params, [])

    def _of(self, project: str) -> Project:
        return next(one for one in self.projects if one.project == project)


def plain_unit(unit: str, money_year: int) -> tuple[float, str]:
    """Factor and unit of the page for a unit of a room: US dollars in millions, without the year where it is the year of the page.

    >>> plain_unit("USD of 2025", 2025), plain_unit("million CAD of 2025", 2025), plain_unit("USD/kWh of 2022", 2025)
    ((1e-06, 'MUSD'), (1.0, 'MCAD'), (1.0, 'USD/kWh of 2022'))
    """
    found = re.fullmatch(r"(.*) of (\d{4})", unit)
    bare = found[1] if found and int(found[2]) == money_year else unit
    if bare == "USD":
        return _MILLION, "MUSD"
    if bare in ("million USD", "million CAD"):
        return 1.0, "M" + bare.removeprefix("million ")
    if bare in ("", "ratio"):
        return 1.0, "1"
    return 1.0, bare


def frontier(points: Sequence[tuple[float | None, float | None]]) -> set[int]:
    """Positions of the (investment, value) of which no other is worth as much for as little, and more for less.

    >>> sorted(frontier([(10, 5), (20, 4), (20, 9), (None, 3)]))
    [0, 2]
    """
    known = [(at, cost, worth) for at, (cost, worth) in enumerate(points) if cost is not None and worth is not None]
    found: set[int] = set()
    most = -math.inf
    for at, _, worth in sorted(known, key=lambda one: (one[1], -one[2])):
        if worth > most:
            found.add(at)
            most = worth
    return found


def both(one: Mapping[str, str], two: Mapping[str, str]) -> Title:
    """Two names in one."""
    return {lang: f"{one[lang]} \u00b7 {two[lang]}" for lang in LANGUAGES}


def _order(gate: str) -> tuple[int, str]:
    return (GATES.index(gate) if gate in GATES else len(GATES), gate)


def _obstacle(name: str) -> Title:
    """What stands in the way; the state of a plant that does not run is not in the table."""
    return said("committee.not_running") if name == "not_running" else words("link", f"obstacle.{name}")


def _million(value: float | None) -> float | None:
    return None if value is None else value * _MILLION


def _limits(answers: Mapping[str, Answer]) -> list[str]:
    return ["values", *[room for room in ROOMS if room in answers and room != "discover"]]


def _headline(ident: str, key: str, params: Mapping[str, Any], figures: Sequence[str]) -> dict[str, Any]:
    return {"id": ident, "sentence": {"key": key, "params": dict(params)}, "figures": list(figures)}
