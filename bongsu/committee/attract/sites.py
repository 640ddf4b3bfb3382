"""Sites: which place is best for a process, or as a hub of logistics and research, and why each wins or loses.

For a process every place gets the same plant; what a unit costs and fetches there is taken apart, levelised over the life:

    margin = price of the product here - feed - energy and conversion - capital - taxes + credits

so that the gap between two places is a sum of parts, and says by itself why one is better. For a hub the freight of everything
that the plan ships between Korea and North America in a year is priced through each place, and laboratories and plants near it are
counted. What is known of a place but has no price in these sums (wages, land, vacancy, carbon) stands beside them, blank where it
is unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.answers.figure import Facts, Node, names
from bongsu.chain import Chain
from bongsu.chain.routes import great_circle
from bongsu.committee.answer import Answer
from bongsu.committee.attract.case import ROOM, project_of
from bongsu.committee.attract.cashflow import CashFlow
from bongsu.committee.attract.ground import BadProject, Ground, energy_price, price_level
from bongsu.committee.attract.measures import levelised
from bongsu.committee.attract.prices import Market
from bongsu.committee.attract.terms import Terms
from bongsu.committee.words import said
from bongsu.plan import Plan

Floats = npt.NDArray[np.float64]
HUB = "hub"
#: Parts of the margin of a unit, in the order in which they are told; costs are negative.
PARTS = (
    "product",
    "product_freight",
    "feed",
    "feed_freight",
    "conversion",
    "energy",
    "capital",
    "support",
    "credits",
    "taxes",
)
#: What each driver of the comparison scales.
_SCALES = {
    "site_freight": ("product_freight", "feed_freight"),
    "site_power": ("energy",),
    "site_conversion": ("conversion",),
    "site_capital": ("capital",),
}


def sites(
    chain: Chain,
    plan: Plan,
    process: str,
    places: Sequence[str] | None = None,
    *,
    size: float | None = None,
    start: int | None = None,
    terms: Terms | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Answer:
    """Places compared for a process, or for a hub of logistics and research (``process = "hub"``).

    Args:
        chain: facts and law.
        plan: its prices are what inputs cost and products fetch; for a hub, its shipments are what is handled.
        process: of the data pack, or ``hub``.
        places: to compare; None = where the plan may build the process, for a hub every site and port of Canada.
        size: of the plant in units a year; None = as for a project.
        start: first year of use; None = the first possible.
        terms: assumptions.
        draws: of the drivers of the comparison, for how often each place comes first.
        seed: of the draws.

    Raises:
        BadProject: the process or a place is not known, or no place can be reckoned.
    """
    for place in places or ():
        if chain.atlas.row("places", place) is None:
            raise BadProject(f"there is no place {place!r}; `bongsu attract sites` takes identifiers of places.csv")
    if process == HUB:
        return _hub(chain, plan, places, draws, seed)
    row = chain.atlas.row("processes", process)
    if row is None:
        known = ", ".join(sorted(chain.atlas["processes"]["process"])[:8])
        raise BadProject(f"there is no process {process!r}; there are {known} …, and {HUB} for logistics and research")
    asked = list(places or dict.fromkeys(chain.atlas["expansion_places"].filter(process=process)["place"]))
    if not asked:
        raise BadProject(f"the plan may build {process} nowhere; name the places to compare with --place")
    market, terms = Market(chain, plan), terms or Terms.of(chain.atlas, row["stage"])
    found: dict[str, tuple[Ground, CashFlow]] = {}
    left_out: list[tuple[str, str]] = []
    common = size or _common_size(chain, plan, process, asked)
    for place in asked:
        try:
            project = project_of(chain, plan, f"{process}@{place}:{common:.17g}", start or chain.years[0] + 6)
            ground = Ground.of(chain, market, project, terms)
        except BadProject as error:
            left_out.append((place, str(error)))
            continue
        flow = CashFlow.of(ground.inputs(), ground.tax)
        if not flow.inputs.output.any():
            left_out.append((place, "the plant would stand idle there in every year at the prices of the plan"))
            continue
        found[place] = ground, flow
    if not found:
        raise BadProject(f"no place can be reckoned for {process}: {left_out[0][1]}")
    return _compared(chain, market, process, found, left_out, terms, draws, seed)


def _common_size(chain: Chain, plan: Plan, process: str, places: Sequence[str]) -> float:
    """The size at the first place for which one is known."""
    for place in places:
        try:
            return project_of(chain, plan, f"{process}@{place}").size
        except BadProject:
            continue
    raise BadProject(f"nothing says how large {process} would be; give --size")


def parts_of(market: Market, ground: Ground, flow: CashFlow, rate: float) -> dict[str, float]:
    """Margin of a unit by part, levelised at a rate; real US dollars per unit of the product's process."""
    made = flow.inputs.output[0]

    def each(one: Floats) -> float:
        found = levelised(rate, one, made)
        return 0.0 if found is None else found

    energy = energy_of(market.chain, ground)
    away = market.freight(ground.product.item, ground.project.place, ground.product.through)
    per_unit = _amount(market.chain, ground, ground.product.item)
    feed_freight = sum(
        abs(amount) * market.freight(one.item, *((one.through, one.place) if amount < 0 else (one.place, one.through)))
        for one, amount, _ in ground.feed
    )
    whole_energy = energy * made * ground.terms["exchange"]
    conversion = flow.costs[0] - made * ground.feed_cost * ground.terms["feed_price"]
    taxed = flow.taxes is not None
    return {
        "product": each(flow.revenue[0]) + away * per_unit,
        "product_freight": -away * per_unit,
        "feed": -each(made * ground.feed_cost) + feed_freight,
        "feed_freight": -feed_freight,
        "conversion": -each(conversion - whole_energy),
        "energy": -each(whole_energy),
        "capital": -each(flow.capital[0] + flow.working[0]),
        "support": each(flow.support[0]),
        "credits": each(flow.credits[0]) if taxed else 0.0,
        "taxes": -each(flow.tax_paid[0]) if taxed else 0.0,
    }


def _amount(chain: Chain, ground: Ground, item: str) -> float:
    rows = chain.atlas["recipes"].filter(process=ground.project.process, item=item)
    return float(rows["amount"][-1])


def energy_of(chain: Chain, ground: Ground) -> float:
    """Cost of electricity and heat at the place per unit of activity, in money of the case; zero where the process uses none."""
    level, total = price_level(chain), 0.0
    for row in chain.atlas["process_energy"].filter(process=ground.project.process).iter_rows(named=True):
        price = energy_price(chain, ground.project.country, ground.project.region or None, row["kind"])
        if row["kind"] in ("electricity", "heat") and price is not None:
            total += row["amount"] * price["price"] * level[price["money_year"]]
    return total


def carbon_of(chain: Chain, process: str, country: str, region: str | None) -> tuple[float | None, str]:
    """Kilograms of CO2 per unit of activity from electricity, heat and the process itself, and what it rests on; None = unknown."""
    total, basis = 0.0, []
    table = chain.atlas["process_energy"].filter(process=process)
    if table.is_empty():
        return None, ""
    for row in table.iter_rows(named=True):
        basis.append(f"process_energy:{row['_line']}")
        if row["kind"] == "co2_process":
            total += row["amount"]
            continue
        price = energy_price(chain, country, region, row["kind"])
        if price is None or price["carbon"] is None:
            return None, ""
        total += row["amount"] * price["carbon"]
        basis.append(f"energy_prices:{price['_line']}")
    return total, " ".join(basis)


def site_fact(chain: Chain, place: str, fact: str) -> tuple[float | None, str, str]:
    """A fact of a place, of its region or its country, whichever is nearest: value, the level that it is of, and its line."""
    row = chain.atlas.row("places", place) or {}
    table = chain.atlas["site_facts"].filter(country=row.get("country"), fact=fact)
    best: tuple[int, dict[str, Any]] | None = None
    for one in table.iter_rows(named=True):
        if one["place"] == place:
            rank = 0
        elif one["place"] is None and one["region"] is not None and one["region"] == row.get("region"):
            rank = 1
        elif one["place"] is None and one["region"] is None:
            rank = 2
        else:
            continue
        if best is None or rank < best[0]:
            best = rank, one
    if best is None:
        return None, "", ""
    return best[1]["value"], ("place", "region", "country")[best[0]], f"site_facts:{best[1]['_line']}"


def _compared(
    chain: Chain,
    market: Market,
    process: str,
    found: Mapping[str, tuple[Ground, CashFlow]],
    left_out: Sequence[tuple[str, str]],
    terms: Terms,
    draws: int,
    seed: int,
) -> Answer:
    rate = terms["discount_real"]
    facts = Facts(chain.atlas, getattr(chain.choices.law, "law", None))
    # Where tax is unknown anywhere, all places are compared before tax.
    taxed = all(flow.taxes is not None for _, flow in found.values())
    compared = [part for part in PARTS if taxed or part not in ("credits", "taxes")]
    parts = {place: parts_of(market, ground, flow, rate) for place, (ground, flow) in found.items()}
    margin = {place: sum(own[part] for part in compared) for place, own in parts.items()}
    order = sorted(found, key=lambda place: (-margin[place], place))
    carbon = {}
    for place in order:
        own = found[place][0].project
        carbon[place] = carbon_of(chain, process, own.country, own.region or None)
    first = _first(order, parts, compared, {place: one[0] for place, one in carbon.items()}, terms, draws, seed)
    which = "post_tax" if taxed else "pre_tax"
    unit = found[order[0]][0].project.unit
    rows, why, figures = [], [], {}
    best = order[0]
    for rank, place in enumerate(order, 1):
        ground, flow = found[place]
        other = order[1] if place == best and len(order) > 1 else best
        gaps = {part: parts[place][part] - parts[other][part] for part in compared}
        land, wage, vacancy = (site_fact(chain, place, fact) for fact in ("land", "wage", "vacancy"))
        port, km = nearest_port(chain, place)
        told = flow.irr_real("post_tax", rate) if flow.taxes is not None else flow.irr_real("pre_tax", rate)
        rows.append(
            {
                "rank": rank,
                "place": place,
                f"margin_{which}_real_usd": margin[place],
                "first_in_draws": first[place],
                f"irr_{'post_tax' if flow.taxes is not None else 'pre_tax'}_real"
                if taxed
                else "irr_pre_tax_real": told.rate if taxed else flow.irr_real("pre_tax", rate).rate,
                **{f"{part}_usd": parts[place][part] for part in compared},
                "carbon_kg": carbon[place][0],
                "not_counted": " ".join(not_counted(chain, ground)),
                "electricity_usd_per_kwh": _power(chain, ground),
                "port": port,
                "port_km": km,
                "wage_cad_per_h": wage[0],
                "wage_of": wage[1],
                "land_cad_per_acre": land[0] if land[1] == "place" else None,
                "vacancy": vacancy[0],
                "vacancy_of": vacancy[1],
            }
        )
        why += [
            {"place": place, "against": other, "part": part, "difference_usd": gap}
            for part, gap in sorted(gaps.items(), key=lambda one: -abs(one[1]))
            if place != other and abs(gap) > 0
        ]
        figures[f"{ROOM}.site_margin:{process}@{place}"] = Node(
            said(ROOM, f"site_margin.{which}", place=names(chain.atlas, "places", place)),
            margin[place],
            f"USD/{unit} of {ground.money_year}",
            "money",
            children=tuple(
                Node(
                    said(ROOM, f"part.{part}"), parts[place][part], f"USD/{unit} of {ground.money_year}", "money",
                    children=facts.nodes(_behind(ground, part)),
                )
                for part in compared
                if parts[place][part]
            ),
        )  # fmt: skip
    why_schema: dict[str, Any] = {
        "place": pl.String,
        "against": pl.String,
        "part": pl.String,
        "difference_usd": pl.Float64,
    }
    return Answer(
        ROOM,
        figures,
        {
            "sites": pl.DataFrame(rows, infer_schema_length=None),
            "sites_why": pl.DataFrame(why, schema=why_schema),
            "sites_left_out": pl.DataFrame(left_out, schema={"place": pl.String, "reason": pl.String}, orient="row"),
        },
    )


def _behind(ground: Ground, part: str) -> str:
    """References to what a part rests on."""
    own = {
        "feed": ("recipes",),
        "conversion": ("process_costs",),
        "energy": ("power",),
        "capital": ("capex",),
        "support": ("support",),
        "credits": ("credit:federal", "credit:province"),
        "taxes": ("tax:federal", "tax:provincial", "tax:mining"),
    }
    texts = [ground.basis.get(name, "") for name in own.get(part, ())]
    if part == "product_freight":
        texts = [ground.product.facts]
    if part == "feed_freight":
        texts = [one.facts for one, _, _ in ground.feed]
    return " ".join(texts)


def _power(chain: Chain, ground: Ground) -> float | None:
    price = energy_price(chain, ground.project.country, ground.project.region or None, "electricity")
    return None if price is None else float(price["price"] * price_level(chain)[price["money_year"]])


def _first(
    order: Sequence[str],
    parts: Mapping[str, Mapping[str, float]],
    compared: Sequence[str],
    carbon: Mapping[str, float | None],
    terms: Terms,
    draws: int,
    seed: int,
) -> dict[str, float]:
    """Share of draws in which each place comes first.

    Rates of freight and energy move for all places alike (a common factor for each); conversion and capital cost differ between
    places by draws of their own, since nothing below the country is known of them. Carbon is priced where it is known.
    """
    rng = np.random.default_rng(seed)

    def drawn(name: str) -> Floats:
        term = terms.term(name)
        low, high = term.low if term.low is not None else term.value, term.high if term.high is not None else term.value
        return rng.uniform(low, high, draws)

    common = {name: drawn(name) for name in ("site_freight", "site_power")}
    carbon_price = drawn("carbon_price") / 1000.0
    worth = np.zeros((len(order), draws))
    for at, place in enumerate(order):
        own = {name: drawn(name) for name in ("site_conversion", "site_capital")}
        factor = {part: values for name, values in {**common, **own}.items() for part in _SCALES[name]}
        for part in compared:
            worth[at] += parts[place][part] * factor.get(part, 1.0)
        worth[at] -= (carbon[place] or 0.0) * carbon_price
    winners = np.bincount(worth.argmax(axis=0), minlength=len(order)) / draws
    return {place: float(share) for place, share in zip(order, winners, strict=True)}


def not_counted(chain: Chain, ground: Ground) -> list[str]:
    """Credits and supports of the place's law, in force in the first year of use, that are not in its sums.

    Whether the plant would earn them hangs on tests, zones or certificates that are not known of it.
    """
    law = getattr(chain.choices.law, "law", None)
    if law is None:
        return []
    own = ground.project.country, f"{ground.project.country}-{ground.project.region}"
    used = {ref.partition("/")[0].removeprefix("law:") for text in ground.basis.values() for ref in text.split()}
    day = dt.date(ground.project.start, 7, 1)
    return sorted(
        one.id
        for one in law.law
        if one.kind in ("credit", "support")
        and one.jurisdiction in own
        and one.id not in used
        and law.in_force(one.id, day) is not False
    )


def nearest_port(chain: Chain, place: str) -> tuple[str | None, float | None]:
    """The nearest sea port on the same landmass, as the crow flies, in km."""
    table = chain.atlas["places"]
    own = chain.atlas.row("places", place) or {}
    ports = table.filter((pl.col("kind") == "port") & (pl.col("landmass") == own.get("landmass")))
    if ports.is_empty():
        return None, None
    km = great_circle(np.array([own["lat"]]), np.array([own["lon"]]), ports["lat"].to_numpy(), ports["lon"].to_numpy())
    at = int(km.argmin())
    return str(ports["place"][at]), float(km[at])


# Hub -----------------------------------------------------------------------------------------------------------------------


def _hub(chain: Chain, plan: Plan, places: Sequence[str] | None, draws: int, seed: int) -> Answer:
    """Freight of the plan's shipments between Korea and North America through each place, and what is near it.

    How far the order hangs on which shipments there are is told by the Bayesian bootstrap (Rubin 1981): in each draw the tonnes of
    every shipment are multiplied by an exponential of mean one.
    """
    atlas = chain.atlas
    market, terms = Market(chain, plan), Terms.of(atlas, "*")
    country = market.country
    asked = list(
        places
        or atlas["places"]
        .filter((pl.col("country") == "CA") & pl.col("kind").is_in(["site", "port"]))["place"]
        .to_list()
    )
    flows = shipments(chain, plan)
    if flows.is_empty():
        raise BadProject("the plan ships nothing between Korea and North America, so there is nothing to handle")
    index = market.routes.index
    near = terms["near"]
    at = np.array([index[place] for place in asked])
    tonnes: dict[str, float] = {}
    cost: dict[str, Floats] = {}
    for scope in ("all", "canada", "united_states"):
        own = (
            flows
            if scope == "all"
            else flows.filter(pl.col("american") == {"canada": "CA", "united_states": "US"}[scope])
        )
        total, through, direct, abroad = 0.0, np.zeros(len(asked)), 0.0, np.zeros(len(asked))
        each: list[Floats] = []
        for kind, a, b, mass in own.select("freight_class", "from", "to", "tonnes").iter_rows():
            grid = market.routes.costs(kind)
            before, after = grid[index[a], at], grid[at, index[b]]
            through += mass * (before + after)
            abroad += mass * (before if country[a] == "KR" else after)
            direct += mass * float(grid[index[a], index[b]])
            total += mass
            each.append(mass * (before + after))
        tonnes[scope] = total
        cost[scope] = (through - direct) / total if total else np.full(len(asked), np.nan)
        if scope == "all":
            korean, onward, straight = abroad / total, (through - abroad) / total, direct / total
            # What is spared is the same for every place, so that the way through alone decides the order of a draw.
            weights = np.random.default_rng(seed).exponential(size=(draws, len(each)))
            places_of = np.argsort(np.argsort(weights @ np.array(each), axis=1, kind="stable"), axis=1) + 1
    order = np.argsort(cost["all"], kind="stable")
    table = atlas["places"]
    lat, lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    row_of = {place: i for i, place in enumerate(table["place"])}
    plants = atlas["facilities"]
    research = [row_of[p] for p in plants.filter(stage="research")["place"]]
    customers = [
        row_of[p]
        for p in plants.filter(pl.col("stage").is_in(["cell", "cam", "pcam", "anode", "pack", "vehicle", "storage"]))[
            "place"
        ]
    ]
    rows, figures = [], {}
    ranks = {scope: np.argsort(np.argsort(values, kind="stable"), kind="stable") + 1 for scope, values in cost.items()}
    for i in order:
        place = asked[int(i)]
        here = row_of[place]
        km = great_circle(lat[here : here + 1], lon[here : here + 1], lat, lon)
        land, wage, vacancy = (site_fact(chain, place, fact) for fact in ("land", "wage", "vacancy"))
        engineer = site_fact(chain, place, "engineer_wage")
        region = (atlas.row("places", place) or {}).get("region")
        power = energy_price(chain, country[place], region, "electricity")
        rows.append(
            {
                "rank": int(ranks["all"][i]),
                "place": place,
                "detour_usd_per_t": float(cost["all"][i]),
                "korean_leg_usd_per_t": float(korean[i]),
                "american_leg_usd_per_t": float(onward[i]),
                "direct_usd_per_t": straight,
                "first_in_draws": float((places_of[:, i] == 1).mean()),
                "rank_p05": int(np.quantile(places_of[:, i], 0.05, method="lower")),
                "rank_p95": int(np.quantile(places_of[:, i], 0.95, method="higher")),
                "rank_canada": int(ranks["canada"][i]) if tonnes["canada"] else None,
                "detour_canada_usd_per_t": float(cost["canada"][i]) if tonnes["canada"] else None,
                "rank_united_states": int(ranks["united_states"][i]) if tonnes["united_states"] else None,
                "detour_united_states_usd_per_t": float(cost["united_states"][i]) if tonnes["united_states"] else None,
                "laboratories_near": int((km[research] <= near).sum()),
                "plants_near": int((km[customers] <= near).sum()),
                "electricity_usd_per_kwh": None
                if power is None
                else float(power["price"] * price_level(chain)[power["money_year"]]),
                "wage_cad_per_h": wage[0],
                "engineer_wage_cad_per_h": engineer[0],
                "wage_of": wage[1],
                "land_cad_per_acre": land[0] if land[1] == "place" else None,
                "vacancy": vacancy[0],
                "vacancy_of": vacancy[1],
            }
        )
        figures[f"{ROOM}.hub_detour:{place}"] = Node(
            said(ROOM, "hub_detour", place=names(atlas, "places", place)),
            float(cost["all"][i]),
            f"USD/t of {chain.case['money_year']}",
            "money",
            children=(
                Node(said(ROOM, "hub.korean_leg"), float(korean[i]), f"USD/t of {chain.case['money_year']}", "money"),
                Node(said(ROOM, "hub.american_leg"), float(onward[i]), f"USD/t of {chain.case['money_year']}", "money"),
                Node(said(ROOM, "hub.direct"), -straight, f"USD/t of {chain.case['money_year']}", "money"),
            ),
        )
        figures[f"{ROOM}.hub_scopes:{place}"] = Node(
            said(ROOM, "hub_detour", place=names(atlas, "places", place)),
            float(cost["all"][i]),
            f"USD/t of {chain.case['money_year']}",
            "money",
            children=tuple(
                Node(said(ROOM, f"hub.{scope}"), float(cost[scope][i]), f"USD/t of {chain.case['money_year']}", "money")
                for scope in ("canada", "united_states")
                if tonnes[scope]
            ),
        )
    return Answer(ROOM, figures, {"sites": pl.DataFrame(rows, infer_schema_length=None), "hub_flows": flows})


def shipments(chain: Chain, plan: Plan) -> pl.DataFrame:
    """What the plan ships between Korea and North America in its fifth year: from, to, item, freight_class, tonnes, american."""
    year = chain.years[min(4, len(chain.years) - 1)]
    country = dict(chain.atlas["places"].select("place", "country").iter_rows())
    items = {row["item"]: row for row in chain.atlas["items"].iter_rows(named=True)}
    lanes = chain.network["lanes"].select("lane", "from", "to", "item")
    ship = plan.table("ship").filter(pl.col("period") == str(year)).select("lane", "value")
    rows = []
    for _, origin, destination, item, value in (
        ship.join(lanes, on="lane").select("lane", "from", "to", "item", "value").iter_rows()
    ):
        plain = item.partition("@")[0]
        pair = (country.get(origin), country.get(destination))
        american = next((one for one in pair if one in ("CA", "US")), None)
        if "KR" not in pair or american is None or plain not in items:
            continue
        own = items[plain]
        rows.append(
            {
                "from": origin,
                "to": destination,
                "item": plain,
                "freight_class": own["freight_class"],
                "tonnes": value * own["mass_per_unit"],
                "american": american,
            }
        )
    schema: dict[str, Any] = dict.fromkeys(("from", "to", "item", "freight_class"), pl.String)
    schema |= {"tonnes": pl.Float64, "american": pl.String}
    return pl.DataFrame(rows, schema=schema)


__all__ = ["HUB", "PARTS", "carbon_of", "parts_of", "shipments", "site_fact", "sites"]
