"""What a case of a plan is made from: a project, its recipe and costs, the prices of the plan and the law, year by year.

:class:`Ground` holds one project; :meth:`Ground.inputs` gives the cash-flow inputs of any number of scenarios of it, each with
its own factors on prices, costs, load, delay and policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bongsu.chain import Chain
from bongsu.committee.attract.cashflow import Inputs
from bongsu.committee.attract.prices import Market, NoPrice, Priced, WayOut
from bongsu.committee.attract.tax import IncomeTax, NoTaxLaw, reference
from bongsu.committee.attract.terms import BRANCHES, DRIVERS, Terms
from bongsu.committee.project import Project
from bongsu.law import Activity
from bongsu.law.instrument import Fact, LawOn
from bongsu.law.parts import days_of, parts

Floats = npt.NDArray[np.float64]
#: Years of late start for which every case keeps room.
SPARE = 10
_CTM, _BUILDINGS, _CONTRACT = "ca-ctm-itc", "ca-ev-supply-chain-itc", "ca-production-support"
_ONTARIO, _QUEBEC = "ca-on-ommitc", "ca-qc-c3i"
_READ = "plan-readings"


class BadProject(ValueError):
    """A project that cannot be reckoned; the sentence says why and what to do."""


@dataclass(frozen=True)
class BelowZero:
    """A price of the plan below zero.

    Attributes:
        item: what has it.
        taken: whether the plant takes the item, and so is paid for it; else it is a by-product that the plant pays to be rid of.
        years: years of use with such a price.
        lowest: USD a unit.
        out: how the item is got rid of where it is made; None = that costs nothing, and so does not explain the price.
    """

    item: str
    taken: bool
    years: tuple[int, ...]
    lowest: float
    out: WayOut | None


@dataclass(frozen=True)
class Ground:
    """One project and all that its cash flow is made from; money is real, of the case.

    Attributes:
        project, terms: what is asked.
        years: from the first outlay to the last year of life, with ``SPARE`` more.
        lead: years of construction.
        product: price of what is sold of most worth; ``product_path``: its worth per unit of activity by year.
        feed: inputs and by-products: price, amount per unit of activity (negative = taken), price by year.
        variable, fixed: conversion cost per unit of activity and per unit of capacity, of the country.
        ceiling: most that a contract of support pays in all, nominal money of the tax; None = none is known.
        power: what electricity and heat cost more at the place than in the country's mean, per unit of activity.
        tax: the law of tax; None = none is known, ``untaxed`` says why.
        credits: rate by government and kind and year; ``contract``: support per unit if the plant had a contract as others have.
        exchange: units of the tax's currency for one US dollar.
        basis: references to facts and law by part.
        ways_out: how items are got rid of where they are by-products, for the inputs and by-products that can be.
    """

    project: Project
    terms: Terms
    years: tuple[int, ...]
    lead: int
    product: Priced
    product_path: Floats
    feed: tuple[tuple[Priced, float, Floats], ...]
    variable: float
    fixed: float
    power: float
    tax: IncomeTax | None
    untaxed: str
    credits: Mapping[str, Mapping[str, Floats]]
    supply_chain: Floats
    capped: tuple[Floats, float]
    support: Floats
    contract: Floats
    ceiling: float | None
    exchange: float
    inflation: float
    money_year: int
    stage: str
    basis: Mapping[str, str]
    ways_out: Mapping[str, WayOut]

    @classmethod
    def of(cls, chain: Chain, market: Market, project: Project, terms: Terms | None = None) -> Ground:
        """The ground of a project.

        Raises:
            BadProject: the process, the place or the size is not known, or the plan has no price for what it needs.
        """
        atlas = chain.atlas
        process, place = atlas.row("processes", project.process), atlas.row("places", project.place)
        if process is None:
            near = _near(project.process, atlas["processes"]["process"].to_list())
            raise BadProject(f"there is no process {project.process!r}{near}")
        if place is None:
            near = _near(project.place, atlas["places"]["place"].to_list())
            raise BadProject(f"there is no place {project.place!r}{near}")
        if project.size <= 0 or project.life <= 0 or project.capex <= 0:
            raise BadProject(f"{project.project}: size, life and capital cost must be above zero")
        terms = terms or Terms.of(atlas, process["stage"])
        capex = chosen(atlas["capex"].filter(process=project.process), project.country)
        lead = int(capex["lead_time"]) if capex else 3
        years = tuple(range(project.start - lead, project.start + project.life + SPARE))
        if years[0] < chain.years[0]:
            raise BadProject(
                f"{project.project} would begin building in {years[0]}, before the first year of the plan ({chain.years[0]}); "
                f"start it in {chain.years[0] + lead} or later"
            )
        level = price_level(chain)
        costs = chosen(atlas["process_costs"].filter(process=project.process), project.country)
        if costs is None:
            raise BadProject(f"no cost of {project.process} is known in {project.country}; add it to process_costs.csv")
        hold = int(terms["price_hold"])
        recipe = atlas["recipes"].filter(process=project.process).sort("valid_from", maintain_order=True)
        main, feed = process["main_item"], []
        basis: dict[str, str] = {
            "process_costs": f"process_costs:{costs['_line']}",
            "capex": f"capex:{capex['_line']}" if capex else "",
            "recipes": " ".join(f"recipes:{line}" for line in recipe["_line"]),
        }
        product: Priced | None = None
        try:
            for item, amount in {row["item"]: row["amount"] for row in recipe.iter_rows(named=True)}.items():
                priced = market.worth(item, project.place) if amount > 0 else market.cost(item, project.place)
                path = market.held(priced.path, list(years), hold)
                if item == main and amount > 0:
                    product, product_path = priced, path * amount
                else:
                    feed.append((priced, amount, path))
        except NoPrice as error:
            raise BadProject(str(error)) from None
        if product is None:
            # A recycler is counted by what it takes: what it sells of most worth stands for its product.
            sold = [one for one in feed if one[1] > 0]
            if not sold:
                raise BadProject(f"{project.process} makes nothing that is sold")
            best = max(sold, key=lambda one: float((one[1] * one[2]).sum()))
            feed.remove(best)
            product, product_path = best[0], best[1] * best[2]
        power, basis["power"] = power_difference(chain, project.process, project.country, project.region)
        law = getattr(chain.choices.law, "law", None)
        tax, untaxed = None, "the plan was made without law" if law is None else "tax law was left out"
        if law is not None and terms.post_tax:
            try:
                tax, untaxed = _tax(law, years, project, process["stage"]), ""
            except NoTaxLaw as error:
                untaxed = str(error)
        credit, supply, capped, refs = _credits(chain, law, years, project, process["stage"])
        basis |= refs
        if tax is not None:
            basis |= {f"tax:{name}": at for name, at in tax.basis.items()}
            if tax.mining is not None:
                basis["tax:mining"] = tax.mining.basis
        activity = Activity(project.process, main, terms.facility, project.country, project.region or None)
        support, basis["support"] = _support(chain, activity, years)
        contract = np.zeros(len(years))
        if law is not None and project.country == "CA":
            named = law.find(_CONTRACT, "facilities")
            if named is not None:
                like = Activity(project.process, main, named.list[0], project.country, project.region or None)
                contract, basis["contract"] = _support(chain, like, years)
        rate, basis["exchange"] = exchange_rate(chain, tax.currency if tax else "USD")
        inflation = law.find(_READ, "inflation") if law is not None else None
        if inflation is not None:
            basis["inflation"] = reference(inflation)
        return cls(
            project,
            terms,
            years,
            lead,
            product,
            product_path,
            tuple(feed),
            float(costs["variable"]) * level[costs["money_year"]],
            float(costs["fixed"]) * level[costs["money_year"]],
            power,
            tax,
            untaxed,
            credit,
            supply,
            capped,
            support,
            contract,
            _ceiling(law, terms.facility),
            rate,
            float(inflation.number) / 100 if inflation is not None else 0.0,
            int(chain.case["money_year"]),
            process["stage"],
            basis,
            {priced.item: out for priced, _, _ in feed if (out := market.way_out(priced.item)) is not None},
        )

    @property
    def feed_cost(self) -> Floats:
        """Cost of inputs less worth of by-products per unit of activity, by year."""
        return -sum((amount * path for _, amount, path in self.feed), np.zeros(len(self.years)))

    def below_zero(self) -> list[BelowZero]:
        """Inputs and by-products with a price of the plan below zero while the plant may run."""
        found = []
        for priced, amount, path in self.feed:
            runs = range(self.lead, min(self.lead + self.project.life, len(path)))
            years = tuple(self.years[at] for at in runs if path[at] < 0)
            if amount and years:
                lowest = float(min(path[at] for at in runs))
                found.append(BelowZero(priced.item, amount < 0, years, lowest, self.ways_out.get(priced.item)))
        return found

    def central(self) -> dict[str, float]:
        """The central values of the drivers."""
        return {name: self.terms[name] for name in DRIVERS}

    def inputs(self, draws: Mapping[str, npt.ArrayLike] | None = None, rows: int = 1) -> Inputs:
        """Inputs of scenarios: one row for each value of the drawn drivers and branches (rows of one length, or single values)."""
        given: dict[str, Any] = {
            **self.central(),
            **{branch: float(branch in self.terms.branches) for branch in BRANCHES},
            **(draws or {}),
        }
        rows = max([rows, *(np.size(value) for value in given.values())])
        d = {
            name: np.broadcast_to(np.asarray(value, dtype=np.float64).reshape(-1, 1), (rows, 1))
            for name, value in given.items()
        }
        t = np.arange(len(self.years))
        age = t[None, :] - self.lead - np.round(d["delay"])
        runs = (age >= 0) & (age < self.project.life)
        ramp = self.terms.ramp()
        share = np.where(age < len(ramp), np.take(ramp, np.clip(age, 0, len(ramp) - 1).astype(int)), ramp[-1])
        price = self.product_path * d["product_price"]
        local = d["exchange"]
        per_unit = self.support + d["production_contract"] * np.maximum(self.contract - self.support, 0.0)
        # In a year in which a unit brings less than it takes, the plant stands idle, as the plan lets it; its fixed cost stays.
        earned = price + per_unit - self.feed_cost * d["feed_price"]
        pays = earned >= (self.variable * d["operating_cost"] + self.power) * local
        output = np.where(runs & pays, self.project.size * d["load"] * share, 0.0)
        conversion = (self.variable * output + self.fixed * self.project.size * runs) * d["operating_cost"]
        costs = output * self.feed_cost * d["feed_price"] + (conversion + self.power * output) * local
        profile = np.zeros(len(self.years))
        profile[: self.lead] = self.terms.built(self.lead)
        spent = self.project.capex * d["capital_cost"]
        # Machines are bought on the world market, buildings are built at home.
        building = np.clip(d["building_share"], 0.0, 1.0) if self.stage != "mine" else np.zeros((rows, 1))
        kind = "mine" if self.stage == "mine" else "machinery"
        upkeep = np.where(runs & (age >= 1), d["sustaining"] * spent, 0.0)
        capital = {kind: spent * (1.0 - building) * profile + upkeep}
        if self.stage != "mine":
            capital["building"] = spent * building * local * profile
        support = per_unit * output
        money = (1.0 + self.inflation) ** (np.asarray(self.years) - self.money_year) * self.exchange / local
        if self.ceiling is not None:
            # A contract pays no more in all than its ceiling, in the money of the years in which it pays.
            paid = np.minimum(np.cumsum(support * money, axis=1), self.ceiling)
            support = np.diff(paid, axis=1, prepend=0.0) / money
        rates: dict[str, dict[str, Floats]] = {
            level: {one: np.array(rate) for one, rate in by.items() if one in capital}
            for level, by in self.credits.items()
        }
        credit: dict[str, dict[str, Any]] = {level: dict(by) for level, by in rates.items()}
        if "federal" in credit:
            credit["federal"] = {one: rate * (1.0 - d["credit_withdrawn"]) for one, rate in credit["federal"].items()}
        if self.supply_chain.any() and "building" in capital:
            credit.setdefault("federal", {})["building"] = self.supply_chain * d["supply_chain_credit"]
        begun = np.cumsum(output > 0, axis=1) > 0
        provincial = None
        rate, most = self.capped
        if rate.any():
            used = np.diff(np.where(begun, np.cumsum(sum(capital.values()), axis=1), 0.0), axis=1, prepend=0.0)
            provincial = rate * np.minimum(used, most / money)
        return Inputs.of(
            self.years,
            "USD",
            self.money_year,
            output=output,
            price=price,
            costs=costs,
            capital=capital,
            working=d["working_capital"] / 365.0 * output * price,
            support=support,
            credit_rate=credit,
            credit_after=int(self.terms["credit_after"]),
            provincial_credit=provincial,
            exchange=self.exchange / local * np.ones((rows, len(self.years))),
            inflation=self.inflation,
            loans=self.terms.loans(),
        )


def _ceiling(law: LawOn | None, facility: str | None) -> float | None:
    """Most that a contract of support pays a facility in all, in nominal Canadian dollars; None = none is known."""
    found = law.find(_CONTRACT, "ceiling", facility) if law is not None and facility else None
    return None if found is None else float(found.number) * 1e9


def _near(name: str, among: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, among, n=3)
    return f"; did you mean {', '.join(near)}?" if near else f"; there are {', '.join(sorted(among)[:12])} …"


def chosen(table: Any, country: str) -> dict[str, Any] | None:
    """The row of a country, or that of every country."""
    rows = {row["country"]: row for row in table.iter_rows(named=True)}
    return rows.get(country) or rows.get("*")


def price_level(chain: Chain) -> dict[int, float]:
    """Factor from dollars of each year to dollars of the case."""
    index = dict(chain.atlas["deflators"].select("year", "index").iter_rows())
    own = index[chain.case["money_year"]]
    return {year: own / value for year, value in index.items()}


def exchange_rate(chain: Chain, currency: str) -> tuple[float, str]:
    """Units of a currency for one US dollar, the newest rate known, and the line that says so."""
    if currency == "USD":
        return 1.0, ""
    rows = chain.atlas["fx"].filter(currency=currency).sort("date")
    if rows.is_empty():
        raise BadProject(f"no rate of exchange of {currency} is known; add it to fx.csv")
    row = rows.row(-1, named=True)
    return 1.0 / float(row["usd"]), f"fx:{row['_line']}"


def energy_price(chain: Chain, country: str, region: str | None, kind: str) -> dict[str, Any] | None:
    """The row of a region; of its country where it has none."""
    rows = {
        row["region"] or "": row
        for row in chain.atlas["energy_prices"].filter(country=country, kind=kind).iter_rows(named=True)
    }
    return rows.get(region or "") or rows.get("")


def power_difference(chain: Chain, process: str, country: str, region: str | None) -> tuple[float, str]:
    """What electricity and heat cost more in a region than in the mean of its country, per unit of activity, and what it rests on.

    The costs of processing in the pack are those of a country with energy in them; only the difference is added.
    """
    level = price_level(chain)
    total, basis = 0.0, []
    for row in chain.atlas["process_energy"].filter(process=process).iter_rows(named=True):
        if row["kind"] not in ("electricity", "heat"):
            continue
        here, mean_ = (energy_price(chain, country, one, row["kind"]) for one in (region, None))
        if here is None or mean_ is None or here["_line"] == mean_["_line"]:
            continue
        gap = here["price"] * level[here["money_year"]] - mean_["price"] * level[mean_["money_year"]]
        total += row["amount"] * gap
        basis += [f"process_energy:{row['_line']}", f"energy_prices:{here['_line']}", f"energy_prices:{mean_['_line']}"]
    return total, " ".join(basis)


def _tax(law: LawOn, years: tuple[int, ...], project: Project, stage: str) -> IncomeTax:
    return IncomeTax.of(law, years, project.country, project.region or None, project.process, stage)


def _in_force(law: LawOn, instrument: str, parameter: str, key: str, years: tuple[int, ...]) -> tuple[Floats, str]:
    """A number of an instrument by year, zero on days on which it is not in force (the law says so, it is not unknown)."""
    values, basis = np.zeros(len(years)), dict[Fact, str]()
    for at, year in enumerate(years):
        for part in parts(law, year, instrument):
            found = law.find(instrument, parameter, key, part.day)
            if found is not None and law.in_force(instrument, part.day) is True:
                values[at] += float(found.number) * part.days / days_of(year)
                basis.setdefault(found.fact, reference(found))
    return values, " ".join(basis.values())


def _credits(
    chain: Chain, law: LawOn | None, years: tuple[int, ...], project: Project, stage: str
) -> tuple[dict[str, dict[str, Floats]], Floats, tuple[Floats, float], dict[str, str]]:
    """Refundable credits by government and kind; the proposed one on buildings; the capped credit against provincial tax."""
    nothing = np.zeros(len(years))
    if law is None or chain.choices.law is None:
        return {}, nothing, (nothing, 0.0), {}
    main = chain.atlas.row("processes", project.process)
    activity = Activity(
        project.process, str(main["main_item"]) if main else "", None, project.country, project.region or None
    )
    basis: dict[str, str] = {}
    credits: dict[str, dict[str, Floats]] = {}
    found = chain.choices.law.investment_credit(activity, years)
    if found:
        rate = np.array([found[year].amount if year in found else 0.0 for year in years])
        basis["credit:federal"] = " ".join(dict.fromkeys(part for one in found.values() for part in one.basis.split()))
        credits["federal"] = {"machinery": rate, "mine": rate}
    supply, capped = nothing, (nothing, 0.0)
    if project.country == law.law[_BUILDINGS].jurisdiction and stage in ("cell", "cam"):
        proposed = law.find(_BUILDINGS, "rate")
        if proposed is not None:
            supply = nothing + float(proposed.number) / 100
            basis["credit:proposed"] = reference(proposed)
    place = f"{project.country}-{project.region}"
    if stage != "mine" and place == law.law[_ONTARIO].jurisdiction:
        rate, basis["credit:province"] = _in_force(law, _ONTARIO, "rate", "non-refundable", years)
        most = law.value(_ONTARIO, "cap")
        capped = rate / 100, float(most.number)
        basis["credit:province"] += f" {reference(most)}"
    if stage != "mine" and place == law.law[_QUEBEC].jurisdiction:
        # Which zone a place is in is not in the pack: the least rate is what it has for sure.
        rate, basis["credit:province"] = _in_force(law, _QUEBEC, "rate", "high vitality", years)
        limit = law.find(_QUEBEC, "cap")
        if limit is not None:
            exchange, _ = exchange_rate(chain, "CAD")
            share = min(1.0, float(limit.number) / (project.capex * exchange))
            credits["province"] = {"machinery": rate / 100 * share}
            basis["credit:province"] += f" {reference(limit)}"
    return credits, supply, capped, basis


def _support(chain: Chain, activity: Activity, years: tuple[int, ...]) -> tuple[Floats, str]:
    """Production support per unit of activity in real money of the case, by year, and what it rests on."""
    law = chain.choices.law
    found = law.credit(activity, years) if law is not None else {}
    path = np.array([-found[year].amount if year in found else 0.0 for year in years])
    return path, " ".join(dict.fromkeys(part for one in found.values() for part in one.basis.split()))
