"""The answer of ``bongsu law explain`` in words and as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bongsu.answers.law_effect import Bill, Binding, Trace, Without
from bongsu.brief.text import GROUP, POINT, Lang, as_lang, decimals, figure, has, label, percent, scaled, t, unit_text
from bongsu.chain import Chain
from bongsu.cli.law_show import news_json
from bongsu.cli.shell import say
from bongsu.law.diff import diff, news, told
from bongsu.law.inforce import InForce
from bongsu.plan import Plan

#: Smallest bill of a year that is shown, and smallest cost of a point, USD.
_LEAST_BILL, _LEAST_POINT = 5e5, 1.0


@dataclass
class Answer:
    """A plan with what the law does to it.

    Attributes:
        chain, plan: what is explained.
        bills, rules: money by instrument, and the content rules under which something is made.
        year: year in which plans are compared.
        effects: the plan without an instrument each.
        earlier, trace: another law, and what changed between it and that of the plan.
    """

    chain: Chain
    plan: Plan
    bills: Sequence[Bill]
    rules: Sequence[Binding]
    year: int
    effects: Sequence[Without] = field(default=())
    earlier: InForce | None = None
    trace: Trace | None = None

    @property
    def law(self) -> InForce:
        """The law of the plan."""
        law = self.chain.choices.law
        assert isinstance(law, InForce)
        return law


def warn_changed(folder: str, lang: str) -> None:
    """Say that a plan in a folder is no longer that of its facts."""
    print(t("explain.changed", as_lang(lang), folder=folder), file=sys.stderr)


def print_json(answer: Answer, lang: str) -> None:
    """The answer as data; texts in the language."""
    now, trace, earlier = answer.law, answer.trace, answer.earlier
    said: dict[str, Any] = {
        "law": str(now.law.date),
        "known": str(now.law.known),
        "year": answer.year,
        "cost": answer.plan.objective,
        "notes": now.notes(lang),
        "money": [_bill(bill) for bill in answer.bills],
        "rules": [asdict(one) for one in answer.rules],
        "effects": [asdict(one) for one in (trace.effects if trace else answer.effects)],
        "versus": None,
    }
    if trace and earlier:
        said["versus"] = {
            "law": str(earlier.law.date),
            "known": str(earlier.law.known),
            "same_plan": trace.same,
            "whole": asdict(trace.whole),
            "foreseen": list(trace.foreseen),
            "foreseen_but_touch_nothing": list(trace.foreseen_idle),
            "learned": news_json(news(now.law.law, earlier.law.known, now.law.known), lang),
            "unused": list(trace.unused),
            "change_nothing": list(trace.unmoved),
            "touch_nothing": list(trace.idle),
            "past": list(trace.past),
        }
    print(json.dumps(said, indent=1, ensure_ascii=False, default=str))


def _bill(one: Bill) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in ("instrument", "title", "kind", "by_year", "flows")}
    return said | {"total": one.total}


def show(answer: Answer, top: int, language: str) -> None:
    """The answer in words."""
    lang, now = as_lang(language), answer.law
    cost = money_text(answer.plan.objective, lang)
    say(t("explain.head", lang, date=now.law.date, known=now.law.known, cost=cost))
    for note in now.notes(lang)[1:]:
        say(f"  · {note}")
    _money(answer, lang)
    _rules(answer, top, lang)
    if answer.trace and answer.earlier:
        _trace(answer, answer.trace, answer.earlier, top, lang)
    for effect in answer.effects:
        say("")
        name = now.law.law[effect.what].title[lang]
        say(
            t(
                "explain.without",
                lang,
                instrument=f"{name} [{effect.what}]",
                cost=signed(effect.cost / 1e6, lang),
                year=answer.year,
            )
        )
        _moves(answer.chain, effect, top, "  ", lang)


def _money(answer: Answer, lang: Lang) -> None:
    say("\n" + t("explain.money", lang, year=answer.year))
    for bill in answer.bills:
        money = bill.by_year.get(answer.year, 0.0)
        if abs(money) >= _LEAST_BILL:
            kind = label("law.bill_kind", bill.kind, lang)
            say(f"  {fixed(money / 1e6, lang):>10}  {bill.title[lang]} [{bill.instrument}] ({kind})")


def _rules(answer: Answer, top: int, lang: Lang) -> None:
    binds = [one for one in answer.rules if one.year == answer.year and one.point_cost > _LEAST_POINT]
    say("\n" + t("explain.rules", lang, year=answer.year))
    for one in binds[: 4 * top]:
        place = answer.chain.atlas.name("places", one.place, lang)
        key = f"law.rule.{one.rule}"
        rule = t(key, lang) if has(key) else one.rule
        said = t(
            "explain.rule", lang, rule=rule, place=place, kept=percent(one.kept, lang), least=percent(one.least, lang)
        )
        say(f"  {fixed(one.point_cost / 1e6, lang, 2):>10}  {said}")
    if not binds:
        say(f"  {t('explain.none', lang)}")


# Two laws ----------------------------------------------------------------------------------------------------------------


def _trace(answer: Answer, trace: Trace, earlier: InForce, top: int, lang: Lang) -> None:
    now, then = answer.law.law, earlier.law
    first, last = answer.chain.years[0], answer.chain.years[-1]
    said = {"date": str(then.date), "now": str(now.date), "first": first, "last": last, "year": answer.year}
    say("")
    if trace.same or not trace.whole.cost:
        say(t("explain.same" if trace.same else "explain.as_dear", lang, **said))
    else:
        cost = money_text(abs(trace.whole.cost), lang)
        say(t("explain.more" if trace.whole.cost > 0 else "explain.less", lang, cost=cost, **said))
    for effect in trace.effects:
        say(f"  {signed(effect.cost / 1e6, lang):>10}  {now.law[effect.what].title[lang]} [{effect.what}]")
        _moves(answer.chain, effect, top, "    ", lang)
    if trace.effects:
        rest = trace.whole.cost - sum(one.cost for one in trace.effects)
        say(f"  {signed(rest / 1e6, lang):>10}  {t('explain.together', lang)}")
    learned: dict[str, str] = {}
    for one in told(news(now.law, then.known, now.known)):
        learned.setdefault(one.instrument, t("explain.learned", lang, text=one.texts[lang], day=one.known[-1]))
    for question in now.questions():
        if then.known < question.known:
            text = t("explain.learned", lang, text=question.title[lang], day=question.known)
            learned.setdefault(question.instrument, text)
    ahead: dict[str, str] = {}
    for change in diff(now.law, then.date, now.date, then.known, now.known):
        if change.known is not None and change.known <= then.known:
            text = t("explain.known", lang, text=change.texts[lang], day=change.known)
            ahead.setdefault(change.instrument, text)
    for key, names, texts in (
        ("foreseen", trace.foreseen, ahead),
        ("foreseen_idle", trace.foreseen_idle, ahead),
        ("unused", trace.unused, learned),
        ("unmoved", trace.unmoved, learned),
        ("idle", trace.idle, learned),
        ("past", trace.past, learned),
    ):
        _named(f"explain.{key}", {name: texts.get(name, now.law[name].title[lang]) for name in names}, said, lang)


def _named(key: str, found: Mapping[str, str], said: Mapping[str, Any], lang: Lang) -> None:
    if found:
        say(t(key, lang, **said))
        for name, text in found.items():
            say(f"  {text} [{name}]")


# What moves --------------------------------------------------------------------------------------------------------------


def _moves(chain: Chain, one: Without, top: int, pad: str, lang: Lang) -> None:
    """The largest changes of what is made and of what crosses borders, by their worth at outside prices."""
    for key, rows in (("explain.made", one.moved), ("explain.shipped", one.trade)):
        for item, *places, amount in _ranked(chain, rows)[:top]:
            countries = [label("country", code, lang) for code in places]
            where = {"place": countries[0]} if len(countries) == 1 else {"from": countries[0], "to": countries[1]}
            unit = str((chain.atlas.row("items", item) or {}).get("unit", "1"))
            quantity = _signed_text(figure(amount, "number", unit, lang), amount)
            say(pad + t(key, lang, amount=quantity, item=chain.atlas.name("items", item, lang), **where))


def _ranked(chain: Chain, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    stage = dict(chain.atlas["items"].select("item", "stage").iter_rows())
    worth = {row["item"]: row["price"] for row in chain.atlas["outside_supply"].iter_rows(named=True)}
    told_ = [row for row in rows if stage.get(row[0]) not in ("byproduct", "reagent")]
    return sorted(told_, key=lambda row: -abs(row[-1]) * (worth.get(row[0]) or 100.0))


def money_text(usd: float, lang: Lang) -> str:
    """An amount in the large unit of the language, to a hundredth of it."""
    number, unit = scaled(usd / 1e6, "MUSD", lang, prose=True)
    return unit_text(decimals(number, 2, lang), unit, lang)


def fixed(value: float, lang: Lang, places: int = 0) -> str:
    """A number with as many decimals in every row of a column."""
    text = f"{abs(value):,.{places}f}".replace(",", " ").replace(".", POINT[lang]).replace(" ", GROUP[lang])
    return ("\u2212" if value < 0 and text.strip("0.,") else "") + text


def signed(value: float, lang: Lang) -> str:
    """A change, with its sign."""
    return _signed_text(fixed(value, lang), value)


def _signed_text(text: str, value: float) -> str:
    return text if value < 0 else f"+{text}"
