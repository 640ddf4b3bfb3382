"""Investment attraction: what a project earns in its place for its owners, and what it costs and returns to the public.

Three questions of the plan::

    case = investor_case(chain, plan, project_of(chain, plan, "make_cell_lfp@ca-on-windsor"))
    case.figure("npv_post_tax_real_usd").value      # US dollars of the money year of the case

and one that needs no plan, from plain numbers (``bongsu attract case FILE.yaml``)::

    flow = CashFlow.of(Inputs.of(years, "CAD", 2022, output=..., price=..., costs=..., capital={"mine": ...}), tax)
    flow.irr_real("post_tax")                       # Return(rate, signs, others, modified)
"""

from bongsu.committee.attract.allowance import shield_value
from bongsu.committee.attract.case import Case, investor_case, project_of
from bongsu.committee.attract.cashflow import CashFlow, Inputs, Loan
from bongsu.committee.attract.ground import BadProject
from bongsu.committee.attract.measures import (
    Return,
    Signs,
    dated_rate,
    dated_value,
    equal_payment,
    internal_rate,
    internal_rates,
    levelised,
    modified_rate,
    payback,
    present_value,
)
from bongsu.committee.attract.prices import Market
from bongsu.committee.attract.public import PublicCase, public_case
from bongsu.committee.attract.sites import sites
from bongsu.committee.attract.tax import IncomeTax, NoTaxLaw
from bongsu.committee.attract.terms import Terms, UnknownTerm

__all__ = [
    "BadProject",
    "Case",
    "CashFlow",
    "IncomeTax",
    "Inputs",
    "Loan",
    "Market",
    "NoTaxLaw",
    "PublicCase",
    "Return",
    "Signs",
    "Terms",
    "UnknownTerm",
    "dated_rate",
    "dated_value",
    "equal_payment",
    "internal_rate",
    "internal_rates",
    "investor_case",
    "levelised",
    "modified_rate",
    "payback",
    "present_value",
    "project_of",
    "public_case",
    "shield_value",
    "sites",
]
