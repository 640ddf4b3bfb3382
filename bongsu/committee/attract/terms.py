"""What is assumed of a project's construction, running and finance, from the table ``project_terms`` of the data pack.

Each term has a central value and, where it is uncertain, a range that the tornado and the draws try. ``Terms.of(atlas, stage)``
gives those of a stage of the chain; ``terms.having(debt_share=0.6)`` changes some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bongsu.atlas import Atlas
from bongsu.committee.attract.cashflow import Loan

#: Terms whose range moves a case, in the order in which they are told.
DRIVERS = (
    "product_price",
    "feed_price",
    "operating_cost",
    "capital_cost",
    "load",
    "delay",
    "exchange",
    "building_share",
    "sustaining",
    "working_capital",
)
#: Policy that may turn out otherwise than the law as known; each has a chance in ``project_terms`` (``branch``).
BRANCHES = ("production_contract", "supply_chain_credit", "credit_withdrawn")


class UnknownTerm(LookupError):
    """There is no such term; the sentence names those there are."""


@dataclass(frozen=True)
class Term:
    """One assumption: its value, the range that is tried (None = not varied) and where it stands."""

    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Terms:
    """Assumptions of one case.

    Attributes:
        terms: by name, or ``name/of``.
        lenders: who lends, in this order, up to ``lender_share`` of the debt each; banks at the market's rate lend the rest.
        facility: the facility that the project is, where a contract of support names it; None = a new plant.
        branches: policy branches that are taken for certain.
        post_tax: False leaves tax law out.
    """

    terms: Mapping[str, Term]
    lenders: tuple[str, ...] = ()
    facility: str | None = None
    branches: frozenset[str] = frozenset()
    post_tax: bool = True

    @classmethod
    def of(cls, atlas: Atlas, stage: str) -> Terms:
        """The terms of a stage; those of every stage where it has none of its own.

        Raises:
            UnknownTerm: the pack knew no terms on the atlas's date of knowledge.
        """
        table = atlas["project_terms"]
        if table.is_empty():
            raise UnknownTerm(f"nothing of project_terms was known by {atlas.known}; choose a later date")
        found: dict[str, Term] = {}
        for general in ("*", stage):
            for row in table.filter(stage=general).iter_rows(named=True):
                name = f"{row['term']}/{row['of']}" if row["of"] else row["term"]
                found[name] = Term(row["value"], row["low"], row["high"], row["unit"], f"project_terms:{row['_line']}")
        return cls(found)

    def __getitem__(self, name: str) -> float:
        return self.term(name).value

    def term(self, name: str) -> Term:
        """A term by name.

        Raises:
            UnknownTerm: there is none.
        """
        if name not in self.terms:
            raise UnknownTerm(f"there is no term {name!r}; there are {', '.join(sorted(self.terms))}")
        return self.terms[name]

    def having(self, **values: float) -> Terms:
        """The same with other central values (``_`` alone stands in names; ranges are kept).

        Raises:
            UnknownTerm: there is no term of a name.
        """
        changed = {name: replace(self.term(name), value=value, reference="") for name, value in values.items()}
        return replace(self, terms={**self.terms, **changed})

    def built(self, years: int) -> list[float]:
        """Share of the capital cost spent in each of so many years of construction.

        Raises:
            UnknownTerm: no profile of that length is known.
        """
        if f"build_share/{years}:1" not in self.terms:
            known = sorted(
                {int(name.partition("/")[2].partition(":")[0]) for name in self.terms if "build_share/" in name}
            )
            raise UnknownTerm(f"no profile of spending over {years} years of construction is known; there are {known}")
        return [self[f"build_share/{years}:{year}"] for year in range(1, years + 1)]

    def ramp(self) -> list[float]:
        """Share of full load in each year from the first of use; the last holds on."""
        steps = sorted(int(name.partition("/")[2]) for name in self.terms if name.startswith("ramp/"))
        return [self[f"ramp/{step}"] for step in steps]

    def loans(self) -> tuple[Loan, ...]:
        """The debt: policy banks first, then banks at the market's rate.

        Raises:
            UnknownTerm: a lender is not known.
        """
        share, market = self["debt_share"], self["interest_market"]
        tenor, grace = int(self["tenor"]), int(self["grace"])
        left, loans = 1.0, []
        for lender in self.lenders:
            if f"interest/{lender}" not in self.terms:
                known = ", ".join(sorted(name.partition("/")[2] for name in self.terms if name.startswith("interest/")))
                raise UnknownTerm(f"there is no lender {lender!r}; there are {known}")
            part = min(left, self[f"lender_share/{lender}"])
            fee = self[f"fee/{lender}"] if f"fee/{lender}" in self.terms else 0.0
            loans.append(Loan(lender, share * part, self[f"interest/{lender}"], tenor, grace, fee, market))
            left -= part
        if share * left > 0:
            loans.append(Loan("banks", share * left, market, tenor, grace))
        return tuple(loan for loan in loans if loan.share > 0)
