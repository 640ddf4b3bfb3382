"""The answers of ``bongsu link`` as tables on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bongsu.answers.figure import names
from bongsu.brief.text import as_lang, fixed, percent
from bongsu.committee.link import Contract, Need, Offer, item_of, party_of
from bongsu.committee.link.qualify import check_rules
from bongsu.committee.link.rank import BARS
from bongsu.committee.link.stability import FREIGHTS
from bongsu.committee.words import said

if TYPE_CHECKING:
    from bongsu.chain import Chain
    from bongsu.committee import Answer


class Page:
    """Words and numbers of one language on a terminal."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        console = Console()
        self.console = console if console.is_terminal else Console(width=168)

    def __call__(self, key: str, **parts: Any) -> str:
        """A phrase of the command."""
        return said("link", f"cli.{key}", **parts)[self.lang]

    def number(self, value: float | None, places: int = 0) -> str:
        """A number with the marks of the language; what is not known is said."""
        if value is None:
            return self("unknown")
        return fixed(value, places, as_lang(self.lang))

    def money(self, value: float | None, places: int | None = None) -> str:
        """An amount, with cents where they matter: where it is below a hundred, or as many places as its table has."""
        return self.number(value, (2 if value is not None and abs(value) < 100 else 0) if places is None else places)

    def percent(self, share: float) -> str:
        """A change in per cent, with its sign."""
        return ("+" if share > 0 else "") + percent(share, as_lang(self.lang))

    def obstacles(self, text: str, state: str | None) -> list[str]:
        """What stands in the way, in words; whether an origin rule is kept has a column of its own."""
        shown = said("link", f"state.{state}")[self.lang] if state else self("unknown")
        return [said("link", f"obstacle.{one}", state=shown)[self.lang] for one in text.split() if one != "origin_open"]

    def print(self, *what: Any) -> None:
        """Print; text is shown as it is."""
        for one in what:
            self.console.print(escape(one) if isinstance(one, str) else one)

    def table(self, title: str, columns: Sequence[tuple[str, bool]]) -> Table:
        """An empty table with its columns: heading, and whether it holds numbers."""
        table = Table(title=escape(title))
        for heading, numeric in columns:
            table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
        return table


def _places(rows: Sequence[Mapping[str, Any]], *columns: str) -> int:
    """Decimals of all money of a table: cents only where the dearest of it is below a hundred, so that parts can be compared."""
    most = max((abs(row[column]) for row in rows for column in columns if row[column] is not None), default=0.0)
    return 2 if most < 100 else 0


class Notes:
    """What stands in the way, as letters in a table and words below it."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def __call__(self, texts: Sequence[str]) -> str:
        """The letters of some texts."""
        return " ".join(self._letters.setdefault(one, chr(ord("a") + len(self._letters))) for one in texts)

    def legend(self) -> list[str]:
        """What the letters mean."""
        return [f"{letter}  {text}" for text, letter in self._letters.items()]


def check_origin(chain: Chain, rules: Sequence[str]) -> None:
    """Refuse origin rules that are not known, before anything is planned."""
    check_rules(chain, rules)


def _span(low: Any, high: Any, page: Page) -> str:
    if high is None:
        return page("no_limit")
    if low is None or abs(high - low) < 0.5:
        return page.number(high)
    return f"{page.number(low)}–{page.number(high)}"


def sellers(answer: Answer, chain: Chain, need: Need, lang: str, top: int) -> None:
    """The ranked sellers of a need."""
    page = Page(lang)
    rows = answer.tables["sellers"].to_dicts()
    unit = _unit(chain, need.item)
    title = page(
        "sellers", item=names(chain.atlas, "items", need.item), buyer=need.buyer.title, years=_years(need.years)
    )
    if not rows:
        page.print(title, page("none"))
        return
    table = page.table(
        f"{title} ({page('money', year=str(chain.case['money_year']), unit=unit)})",
        [
            (page("rank"), True),
            (page("seller"), False),
            *(
                (page(name), True)
                for name in ("price", "freight", "duty", "credit", "delivered", "premium", "own_cost")
            ),
            (page("free_col"), True),
            (page("award"), True),
            *([(page("origin"), False)] if need.origin else []),
            (page("ranks"), True),
            (page("hinders"), False),
        ],
    )
    notes, places = Notes(), _places(rows, "price", "delivered")
    for row in [row for row in rows if row["feasible"]][:top]:
        parts = ("price", "freight", "duty", "credit", "delivered", "premium", "own_cost")
        table.add_row(
            str(row["rank"]),
            row[f"seller_{lang}"],
            *(page.money(row[name], places) for name in parts),
            _span(row["free_low"], row["free"], page),
            page.number(row["award"]) if row["award"] else "",
            *([page(row["qualification"])] if need.origin else []),
            f"{row['rank_best']}–{row['rank_worst']}" if row["rank_best"] != row["rank_worst"] else str(row["rank"]),
            notes(page.obstacles(row["obstacles"], row["state"])),
        )
    page.print(table, *notes.legend())
    value = rows[0]["value"]
    how = page("asked") if need.quantity is not None else page("planned")
    page.print(
        page("need", quantity=page.number(rows[0]["needed"]), unit=unit, how=how, value=page.money(value, places))
    )
    if rows[0]["needed"] is not None:
        short = rows[0]["needed"] - sum(row["award"] or 0.0 for row in rows)
        if short > 0.5:
            page.print(page("short", quantity=page.number(short), unit=unit))
    _barred(page, rows, "seller")
    _stability(page, answer.tables["sellers_stability"], chain)


def buyers(answer: Answer, chain: Chain, offer: Offer, lang: str, top: int) -> None:
    """The ranked buyers of an offer."""
    page = Page(lang)
    rows = answer.tables["buyers"].to_dicts()
    unit = _unit(chain, offer.item)
    title = page(
        "buyers", item=names(chain.atlas, "items", offer.item), seller=offer.seller.title, years=_years(offer.years)
    )
    if not rows:
        page.print(title, page("none"))
        return
    table = page.table(
        f"{title} ({page('money', year=str(chain.case['money_year']), unit=unit)})",
        [
            (page("rank"), True),
            (page("buyer"), False),
            *(
                (page(name), True)
                for name in ("value", "freight", "duty", "credit", "netback", "uses", "open", "award")
            ),
            (page("ranks"), True),
            (page("hinders"), False),
        ],
    )
    notes, places = Notes(), _places(rows, "value", "netback")
    for row in [row for row in rows if row["feasible"]][:top]:
        table.add_row(
            str(row["rank"]),
            row[f"buyer_{lang}"],
            *(page.money(row[name], places) for name in ("value", "freight", "duty", "credit", "netback")),
            page.number(row["uses"]),
            page.number(row["open"]),
            page.number(row["award"]) if row["award"] else "",
            f"{row['rank_best']}–{row['rank_worst']}" if row["rank_best"] != row["rank_worst"] else str(row["rank"]),
            notes(page.obstacles(row["obstacles"], row["buyer_state"])),
        )
    page.print(table, *notes.legend())
    how = page("asked") if offer.quantity is not None else page("free")
    page.print(page("offer", quantity=page.number(rows[0]["offered"]), unit=unit, how=how))
    _barred(page, rows, "buyer")
    _stability(page, answer.tables["buyers_stability"], chain)


def match(answer: Answer, chain: Chain, item: str, year: int, lang: str, top: int) -> None:
    """Trades of everybody at once."""
    page = Page(lang)
    unit = _unit(chain, item)
    rows = answer.tables["match"].to_dicts()
    title = page("match", item=names(chain.atlas, "items", item), year=str(year))
    if not rows:
        page.print(title, page("none"))
        return
    table = page.table(
        f"{title} ({page('money', year=str(chain.case['money_year']), unit=unit)})",
        [
            (page("seller"), False),
            (page("buyer"), False),
            *((page(name), True) for name in ("stable", "least_cost", "delivered", "netback", "gain")),
            (page("mutual"), True),
            (page("blocks"), False),
        ],
    )
    shown = sorted(rows, key=lambda row: -max(row["stable"], row["least_cost"]))
    places = _places(rows, "delivered", "netback")
    for row in shown[:top]:
        table.add_row(
            row[f"seller_{lang}"],
            row[f"buyer_{lang}"],
            page.number(row["stable"]),
            page.number(row["least_cost"]),
            *(page.money(row[name], places) for name in ("delivered", "netback", "gain")),
            f"{row['buyer_rank']}/{row['seller_rank']}",
            page("yes") if row["blocks"] else "",
        )
    page.print(table)
    gains = {name: answer.figures[f"link.match.{name}:{item}:{year}"].value or 0.0 for name in ("stable", "gain")}
    page.print(
        page("match_gains", least=page.number(gains["gain"] / 1e6, 1), stable=page.number(gains["stable"] / 1e6, 1)),
        page("match_blocks", count=str(sum(row["blocks"] for row in rows))),
    )


def alarms(answer: Answer, chain: Chain, year: int, lang: str, top: int) -> None:
    """Dependencies, the greatest first."""
    page = Page(lang)
    rows = answer.tables["alarms"].to_dicts()
    title = page("alarms", year=str(year))
    if not rows:
        page.print(title, page("none"))
        return
    table = page.table(
        title,
        [
            (page("kind"), False),
            (page("who"), False),
            (page("item"), False),
            (page("partner"), False),
            *((page(name), True) for name in ("share", "at_risk", "worth", "others", "spare")),
            (page("next_best"), False),
            (page("dearer"), True),
        ],
    )
    for row in rows[:top]:
        unit = _unit(chain, row["item"])
        partner = page("users", count=str(row["users"])) if row["users"] else _place(chain, row["partner"], lang)
        if row["partner_is_market"] and not row["users"]:
            partner = f"{partner} ({page('market')})"
        table.add_row(
            said("link", f"alarm.{row['kind']}")[lang],
            _place(chain, row["who"], lang),
            names(chain.atlas, "items", row["item"])[lang],
            partner,
            percent(row["share"], as_lang(lang)),
            page.number(None if row["at_risk"] is None else row["at_risk"] / 1e6, 1),
            page.number(None if row["worth"] is None else row["worth"] / 1e6, 1),
            str(row["others"]),
            f"{page.number(row['spare'])} {unit}" if row["spare"] is not None else page("no_limit"),
            _place(chain, row["next_best"], lang) if row["next_best"] else "–",
            "–" if row["next_dearer"] is None else page.money(row["next_dearer"]),
        )
    page.print(table)
    kinds = {kind: sum(row["kind"] == kind for row in rows) for kind in dict.fromkeys(row["kind"] for row in rows)}
    page.print("; ".join(f"{said('link', f'alarm.{kind}')[lang]}: {count}" for kind, count in sorted(kinds.items())))


def check_contract(chain: Chain, asked: Contract) -> None:
    """Refuse names in a contract that the facts do not know, before anything is planned."""
    item_of(chain, asked.item)
    for party in (asked.seller, asked.buyer):
        party_of(chain.atlas, party)


def contract(answer: Answer, chain: Chain, asked: Contract, lang: str) -> None:
    """A contract on the prices of each case."""
    page = Page(lang)
    unit = _unit(chain, item_of(chain, asked.item))
    table = page.table(
        page(
            "contract",
            contract=asked.name,
            item=names(chain.atlas, "items", item_of(chain, asked.item)),
            seller=party_of(chain.atlas, asked.seller).title,
            buyer=party_of(chain.atlas, asked.buyer).title,
        ),
        [
            (page("case"), False),
            (page("to_seller"), True),
            (page("to_buyer"), True),
            *((said("link", f"clause.{name}")[lang], True) for name in ("floor", "ceiling", "upside", "take_or_pay")),
            (page("fair"), True),
            (page("margin"), True),
        ],
    )
    for row in answer.tables["contract"].to_dicts():
        millions = [row[name] for name in ("seller", "buyer", "floor", "ceiling", "upside", "take_or_pay")]
        table.add_row(
            row["case"],
            *("–" if one is None else page.number(one / 1e6, 1) for one in millions),
            page.money(row["fair_price"]),
            page.number(None if row["seller_margin"] is None else row["seller_margin"] / 1e6, 1),
        )
    page.print(table, page("contract_units", year=str(chain.case["money_year"]), unit=unit))
    expected = answer.figures.get(f"link.contract.expected:{asked.name}")
    if expected is not None:
        page.print(page("contract_expected", value=page.number((expected.value or 0.0) / 1e6, 1)))
    years = page.table(
        "", [(page(name), True) for name in ("case", "year", "market_price", "paid", "taken", "gain_seller")]
    )
    for row in answer.tables["contract_years"].to_dicts():
        years.add_row(
            row["case"],
            str(row["year"]),
            page.money(row["market"]),
            page.money(row["paid"]),
            page.number(row["taken"]),
            page.number(row["gain"] / 1e6, 2),
        )
    page.print(years)


def _place(chain: Chain, place: str, lang: str) -> str:
    return names(chain.atlas, "places", place)[lang]


def _barred(page: Page, rows: Sequence[Mapping[str, Any]], who: str) -> None:
    barred = [row for row in rows if not row["feasible"]]
    if not barred:
        return
    texts = []
    for row in barred:
        why = " ".join(one for one in row["obstacles"].split() if one in BARS)
        state = row["state"] if who == "seller" else row["buyer_state"]
        texts.append(f"{row[f'{who}_{page.lang}']} ({', '.join(page.obstacles(why, state))})")
    page.print(page("barred", count=str(len(barred)), list="; ".join(texts[:8]) + (" …" if len(texts) > 8 else "")))


def _stability(page: Page, table: Any, chain: Chain) -> None:
    if table.is_empty():
        return
    page.print(page("stability"))
    seen: dict[str, tuple[Any, Any]] = {}
    for row in table.iter_rows(named=True):
        seen.setdefault(row["variation"], (row["kendall"], row["first_holds"]))
    for name, (tau, holds) in seen.items():
        colon = "\u00a0:" if page.lang == "fr" else ":"
        held = page("holds" if holds else "changes")
        page.print(f"  {_variation(page, name, chain)}{colon} {page.number(tau, 2)}, {held}")


def _variation(page: Page, name: str, chain: Chain) -> str:
    """A variation in words: freight by how much, the open question of law and how it is settled, another case."""
    kind, _, what = name.partition(":")
    if kind == "plan":
        return page("variation.plan", name=what)
    if kind == "law":
        return page("variation.law", what=_question(page, what, chain))
    return page("variation.freight", by=page.percent(FREIGHTS[name] - 1))


def _question(page: Page, name: str, chain: Chain) -> str:
    """An open question of law and a branch of it, by their titles."""
    asked, _, chosen = name.partition("=")
    law = getattr(chain.choices.law, "law", None)
    for question in law.questions() if law is not None else ():
        if question.name == asked:
            branch = next((one for one in question.branches if one.name == chosen), None)
            return f"{question.title[page.lang]} ({branch.title[page.lang] if branch else chosen})"
    return name


def _years(years: Sequence[int]) -> str:
    run = list(years) == list(range(years[0], years[-1] + 1))
    return str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}" if run else ", ".join(map(str, years))


def _unit(chain: Chain, item: str) -> str:
    return str((chain.atlas.row("items", item) or {}).get("unit", ""))


def listing(answer: Answer, lang: str, top: int, detail: bool) -> None:
    """What can be asked: the items with how many buy and sell each; with ``detail`` who they are."""
    page = Page(lang)
    table = page.table(page("list"), [(page("item"), False), ("--item", False), (page("unit"), False),
                                      (page("list.buyers"), True), (page("list.sellers"), True)])  # fmt: skip
    for row in answer.tables["items"].iter_rows(named=True):
        counts = (page.number(row["buyers"]), page.number(row["sellers"]))
        table.add_row(*map(escape, (row[f"item_{lang}"], row["item"], row["unit"], *counts)))
    page.print(table)
    parties = answer.tables["parties"]
    if not detail:
        page.print(page("list.more"))
        return
    columns = (page("list.who"), "--buyer / --seller", page("list.kind"), page("list.side"), page("item"))
    table = page.table(page("list.parties"), [(one, False) for one in columns])
    for row in parties.head(top).iter_rows(named=True):
        kind = page(f"list.{row['kind']}")
        if row["state"]:
            kind += f" ({said('link', 'state.' + row['state'])[lang]})"
        who = f"{row[f'party_{lang}']} ({row['country']})"
        table.add_row(*map(escape, (who, row["party"], kind, page(f"list.{row['side']}"), row[f"item_{lang}"])))
    page.print(table)
    if parties.height > top:
        page.print(page("list.left", n=page.number(parties.height - top)))
