"""Content tests as linear shares over where goods come from.

Under law no place passes on what it received: what leaves a place was made there (or offered there). So the origin of every flow
is the place it left, which is its tag, and shares over tags are linear. For each content rule and each place where a product under
it is made:

    twin modes       the same process in the same plant, for what keeps the rule: x(m#rule)
    outsiders        u(i) >= Σ input(m, i) · x(m#rule) - what arrived or was made there by qualifying makers, u(i) >= 0
    the rule         Σ value(i) · u(i) <= (1 - least(t)) · Σ base(m) · x(m#rule)     divided by the largest base
    room             Σ x(m#rule) <= room(t) · Σ x(m)     where the rule lives for part of the year

The maker may use his qualifying inputs for the products that need them first. A product that keeps the rule earns its credit, or
travels on a twin lane at the preferential duty; twin lanes carry no more than twin modes make. Where it matters who made what a
maker bought, and not only the maker himself, goods carry tags: see :mod:`bongsu.chain.traced`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bongsu.chain.ground import LOT, Content, Ground, Row, Runs, Term, kept
from bongsu.chain.traced import Traced
from bongsu.law import ContentRule


def lay(rules: Sequence[ContentRule], ground: Ground, traced: Iterable[Traced] = ()) -> Content:
    """The rows that the rules add. Twin lanes are named by :func:`twin` and must exist for what they carry.

    Args:
        rules: content rules that look at the makers of inputs.
        ground: the network, with the twin lanes.
        traced: credits whose goods are followed through the chain.
    """
    return _Layer(rules, ground, list(traced)).lay()


class _Layer:
    def __init__(self, rules: Sequence[ContentRule], ground: Ground, traced: Sequence[Traced]) -> None:
        self.rules = rules
        self.g = ground
        self.traced = traced
        self.out = Content()
        self.counting: dict[tuple[str, str, str], bool] = {}
        self.qualifying: dict[tuple[str, str, str], tuple[list[Term], bool]] = {}
        self.paying: dict[str, list[int]] = {}
        self.runs = Runs({})

    def lay(self) -> Content:
        under = [
            (rule, place, own)
            for rule in self.rules
            for place, modes in self.g.modes_at.items()
            if self.g.country[place] in rule.countries
            and (own := [m for m in modes if self.g.product(m["process"]) in rule.items and self._may(rule, m)])
            and self._counted(place, own)
        ]
        # What a twin makes counts as its plant's wherever it goes, so all twins are known before any share is written.
        names: dict[str, list[str]] = {}
        for rule, _, own in under:
            for mode in own:
                names.setdefault(mode["mode"], []).append(rule.name)
        tags: dict[str, list[str]] = {}
        for one in self.traced:
            for name, own_tags in one.mode_tags.items():
                tags.setdefault(name, []).extend(own_tags)
        self.runs = Runs.of(self.g.modes, names, tags, self._joined)
        self._twins()
        for rule, place, own in under:
            self._rule_at(rule, place, own)
        for one in self.traced:
            one.lay(self.g, self.runs, self.out)
        self._no_passing_on()
        return self.out

    def _may(self, rule: ContentRule, mode: Row) -> bool:
        """Whether a maker may keep the rule at all."""
        return not rule.maker_too or rule.qualifies(self.g.at(mode), self.g.owners(mode))

    def _counted(self, place: str, modes: Sequence[Row]) -> dict[str, float]:
        """Inputs of modes that have a value, by which a content can be told."""
        g = self.g
        inputs = dict.fromkeys(i for m in modes for i, _ in g.takes(m["process"]))
        watched = {i: g.price(i) or self._blend_price(place, i) for i in inputs}
        return {i: value for i, value in watched.items() if value}

    # Twins ----------------------------------------------------------------------------------------------------------------

    def _joined(self, mode: Row, rule: str, tag: str) -> bool:
        """Whether a twin under a rule needs one with a tag beside it: what claims a preference only where a lane has both."""
        if not any(one.name == rule and one.preference for one in self.rules):
            return True
        leaving = self.g.out_of.get((self.g.place_of[mode["plant"]], self.g.product(mode["process"]) or ""), ())
        return any({rule, tag} <= set(kept(lane["lane"])) for lane in leaving)

    def _twins(self) -> None:
        """The twins of all modes, and what each earns in a year beside what the law pays its plant anyhow."""
        rules = {rule.name: rule for rule in self.rules}
        for mode in self.g.modes:
            for name, rule, tag in self.runs.by[mode["mode"]]:
                if rule is None and tag is None:
                    continue
                self.out.modes.append({**mode, "mode": name})
                gains = self._gains(rules[rule], mode) if rule else {}
                for year in self.g.years:
                    earned, basis = gains.get(year, (0.0, ""))
                    for one in self.traced:
                        more, said = one.earned(tag, self.g.product(mode["process"]), year)
                        earned, basis = earned + more, f"{basis} {said}"
                    own = self.g.paid.get((mode["mode"], str(year)))
                    if earned or own:
                        facts = f"{mode.get('facts', '')} {own['facts'] if own else ''} {basis if earned else ''}"
                        cost = (own["cost"] if own else mode["cost"]) - earned
                        row = {"mode": name, "period": str(year), "cost": cost, "facts": " ".join(facts.split())}
                        self.out.mode_periods.append(row)

    def _gains(self, rule: ContentRule, mode: Row) -> dict[int, tuple[float, str]]:
        """Money per unit of activity that a rule gains, by year, and the law behind it."""
        if rule.name not in self.paying:
            self.paying[rule.name] = [y for y in self.g.years if rule.per_unit.get(y) or rule.of_cost.get(y)]
        product = self.g.product(mode["process"]) or ""
        found = {}
        for year in self.paying[rule.name]:
            earned = rule.per_unit.get(year, 0.0) * self.g.recipe(mode["process"], year).get(product, 1.0)
            if rule.of_cost.get(year):
                earned += rule.of_cost[year] * self._cost_of(mode, year)
            found[year] = (earned, rule.basis.get(year, ""))
        return found

    def _cost_of(self, mode: Row, year: int) -> float:
        """Production cost of one unit: direct materials at outside prices, and processing."""
        inputs = self.g.recipe(mode["process"], year)
        return self.g.processing(mode) + sum(-a * (self.g.price(i) or 0.0) for i, a in inputs.items() if a < 0)

    # One rule at one place ------------------------------------------------------------------------------------------------

    def _rule_at(self, rule: ContentRule, place: str, modes: list[Row]) -> None:
        g = self.g
        counted = self._counted(place, modes)
        stand_in = self.out.count_outsiders(place, rule.name)
        basis = next(iter(rule.basis.values()), "")
        twins = [(m, name) for m in modes for name, _ in self.runs.under(m, rule.name)]
        dated = any(m["process"] in g.dated for m in modes)
        live: list[str] = []
        for item in counted:
            qualifying, complete = self._qualifying(rule, place, item)
            if complete:
                continue
            column = f"content:{rule.name}:{item}@{place}"
            live.append(item)
            self.out.outsiders(column, stand_in)
            lot = LOT / counted[item]

            def arriving(
                year: int,
                item: str = item,
                qualifying: Sequence[Term] = qualifying,
                counting: Term = ("mode", column, lot),
            ) -> list[Term]:
                needs = (("mode", name, g.recipe(m["process"], year).get(item, 0.0)) for m, name in twins)
                return [*qualifying, *needs, counting]

            # In years without the rule nothing asks what comes from outsiders.
            if dated:
                self.out.over(column, rule.least, lambda _: basis, arriving)
            elif len(rule.least) < len(g.years):
                always = dict.fromkeys(rule.least, arriving(g.years[0]))
                self.out.over(column, rule.least, lambda _: basis, always.__getitem__)
            else:
                self.out.share(column, None, basis, arriving(g.years[0]))
        base: dict[str, float] = {}

        def kept_share(year: int) -> list[Term]:
            nonlocal base
            if dated or not base:
                base = {m["mode"]: self._base(rule, m, year, counted) for m in modes}
            # In units of the product, so that the row is of the size of the flows it joins.
            one, most = max(base.values()), 1.0 - rule.least[year]
            terms: list[Term] = [("mode", name, most * base[m["mode"]] / one) for m, name in twins]
            return terms + [("mode", f"content:{rule.name}:{item}@{place}", -LOT / one) for item in live]

        self.out.over(f"{rule.name}@{place}", rule.least, lambda year: rule.basis.get(year, ""), kept_share)
        for year, room in rule.room.items():
            if room < 1.0:
                self._room(rule, modes, year, room)
        if rule.preference:
            self._claims(rule, place, modes, basis)

    def _room(self, rule: ContentRule, modes: Sequence[Row], year: int, room: float) -> None:
        """A plant makes evenly over the year; what it makes on the days of the rule may keep it."""
        for mode in modes:
            made: list[Term] = [("mode", name, room) for name in self.runs.all(mode)]
            keeps: list[Term] = [("mode", name, -1.0) for name, _ in self.runs.under(mode, rule.name)]
            self.out.share(f"room:{rule.name}:{mode['mode']}|{year}", year, rule.basis.get(year, ""), [*made, *keeps])

    def _base(self, rule: ContentRule, mode: Row, year: int, counted: Mapping[str, float]) -> float:
        inputs = self.g.recipe(mode["process"], year)
        materials = sum(-amount * counted.get(item, 0.0) for item, amount in inputs.items() if amount < 0)
        return materials if rule.base == "materials" else materials + self.g.processing(mode)

    def _blend_price(self, place: str, item: str) -> float | None:
        """Value of an input that is only blended on the spot: the mean of what its blends take."""
        prices = [
            sum(amount * (self.g.price(i) or 0.0) for i, amount in self.g.takes(mode["process"]))
            for mode, _ in self.g.made.get((place, item), [])
            if mode["process"] in self.g.free
        ]
        return sum(prices) / len(prices) if prices else None

    def _qualifying(self, rule: ContentRule, place: str, item: str) -> tuple[list[Term], bool]:
        """Terms of what qualifying makers bring or make at the place, and whether there are no others."""
        key = (rule.name, place, item)
        if key not in self.qualifying:
            self.qualifying[key] = self._arriving(rule, place, item)
        return self.qualifying[key]

    def _arriving(self, rule: ContentRule, place: str, item: str) -> tuple[list[Term], bool]:
        g = self.g
        terms: list[Term] = []
        complete = True
        for lane in g.into.get((place, item), []):
            if self._counts(rule, lane["from"], item):
                terms.append(("lane", lane["lane"], 1.0 - (lane.get("loss") or 0.0)))
            else:
                complete = False
        own = False
        for mode, amount in g.made.get((place, item), []):
            if mode["process"] in g.free:
                # A blend is worth what goes into it: count its inputs instead, by mass.
                for part in (i for i, _ in g.takes(mode["process"]) if g.price(i)):
                    more, all_ = self._qualifying(rule, place, part)
                    terms += more
                    complete &= all_
            elif rule.qualifies(g.country[place], g.owners(mode)):
                own = True
                terms += [("mode", name, amount) for name in self.runs.all(mode)]
            else:
                complete = False
        for name in g.offered.get((place, item), []):
            if rule.qualifies(g.country[place], ()):
                own = True
                terms.append(("supply", name, 1.0))
            else:
                complete = False
        if own:
            terms += [("lane", lane["lane"], -1.0) for lane in g.out_of.get((place, item), [])]
        # Two blends of the same inputs count them once.
        return list(dict.fromkeys(terms)), complete

    def _counts(self, rule: ContentRule, origin: str, item: str) -> bool:
        """Whether goods that left a place count: where makers differ, the place counts only if all of them do."""
        key = (rule.name, origin, item)
        if key not in self.counting:
            self.counting[key] = self._count(rule, origin, item)
        return self.counting[key]

    def _count(self, rule: ContentRule, origin: str, item: str) -> bool:
        g = self.g
        owners = [g.owners(mode) for mode, _ in g.made.get((origin, item), [])]
        if g.offered.get((origin, item)) or not owners:
            owners.append(())
        return all(rule.qualifies(g.country[origin], own) for own in owners)

    def _claims(self, rule: ContentRule, place: str, modes: list[Row], basis: str) -> None:
        """Twin lanes carry no more than twin modes make, each with the same tag or none."""
        g = self.g
        for item in dict.fromkeys(g.product(m["process"]) for m in modes):
            lanes: dict[str | None, list[Term]] = {}
            for lane in g.out_of.get((place, item or ""), []):
                own = kept(lane["lane"])
                if rule.name in own:
                    lanes.setdefault(next((one for one in own if one != rule.name), None), []).append(
                        ("lane", lane["lane"], -1.0)
                    )
            for tag, sent in lanes.items():
                makes: list[Term] = [
                    ("mode", name, g.first(m["process"])[item or ""])
                    for m in modes
                    if g.product(m["process"]) == item
                    for name, own_tag in self.runs.under(m, rule.name)
                    if own_tag == tag
                ]
                name = f"claimed:{rule.name}:{item}@{place}"
                self.out.share(f"{name}:{tag}" if tag else name, None, basis, [*makes, *sent])

    # Origin ---------------------------------------------------------------------------------------------------------------

    def _no_passing_on(self) -> None:
        """What leaves a place was made or offered there."""
        g = self.g
        for place, item in g.into:
            lanes = g.out_of.get((place, item), [])
            if not lanes:
                continue
            makers = g.made.get((place, item), [])
            dated = any(mode["process"] in g.dated for mode, _ in makers)
            sent: list[Term] = [("lane", lane["lane"], -1.0) for lane in lanes]
            sent += [("supply", name, 1.0) for name in g.offered.get((place, item), [])]
            runs = [(mode["process"], name) for mode, _ in makers for name in self.runs.all(mode)]

            def leaving(
                year: int, item: str = item, sent: list[Term] = sent, runs: list[tuple[str, str]] = runs
            ) -> list[Term]:
                return [*sent, *(("mode", name, g.recipe(process, year).get(item, 0.0)) for process, name in runs)]

            if dated:
                self.out.over(f"origin:{item}@{place}", g.years, lambda _: "", leaving)
            else:
                self.out.share(f"origin:{item}@{place}", None, "", leaving(g.years[0]))
