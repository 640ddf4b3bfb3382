"""Capital cost allowance on a declining balance, for many scenarios at once.

The pool of a class begins with the cost of what is put in use. In the first year a share ``f`` of the cost may be written off, in
every later year a share ``d`` of what is left:

    allowance(0) = f · C,    allowance(n) = d · (1 - f) · C · (1 - d)^(n-1)

``f = d/2`` is the half-year rule, ``f = 3d/2`` the accelerated first year, ``f = 1`` immediate expensing. The present value of the
tax saved at a rate ``t``, discounted at ``k`` from the end of each year, is

    PV = t · C · [ f / (1+k)  +  (1-f) · d / ((1+k) · (k+d)) ]

which for ``f = d/2`` is the formula of the textbooks, ``C·d·t/(k+d) · (1 + k/2)/(1 + k)``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def shield_value(cost: float, rate: float, first: float, tax: float, discount: float) -> float:
    """Present value of the tax that the allowances on an asset save for ever, one period before the first of them.

    Args:
        cost: capital cost.
        rate: yearly rate of the class, as a share of one.
        first: share of the cost written off in the first year.
        tax: rate of tax, as a share of one.
        discount: rate per period, in the same terms (nominal) as the allowances.
    """
    later = (1.0 - first) * rate / ((1.0 + discount) * (discount + rate))
    return tax * cost * (first / (1.0 + discount) + later)


def schedule(added: Floats, rate: Floats, first: Floats, received: Floats | None = None) -> Floats:
    """Allowances of each year on what is added to a class.

    Args:
        added: (S, T) cost of what is put in use.
        rate: (T,) share of the balance in later years.
        first: (T,) share of the cost in the year of addition.
        received: (S, T) credits that reduce the balance in the year in which they come. A balance below zero is taken into income
            at once (recapture), as a negative allowance.

    Returns:
        (S, T); what is left at the end stays unclaimed.
    """
    allowed = np.zeros_like(added)
    pool = np.zeros(added.shape[0])
    for t in range(added.shape[1]):
        if received is not None:
            pool = pool - received[:, t]
        over = np.minimum(pool, 0.0)
        old = rate[t] * (pool - over)
        now = first[t] * added[:, t]
        allowed[:, t] = old + now + over
        pool = pool + added[:, t] - allowed[:, t]
    return allowed
