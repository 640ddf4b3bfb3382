"""All regimes by name, collected from the modules that define them."""

from __future__ import annotations

from bongsu.atlas.near import near
from bongsu.law.duty import REGIME as DUTY
from bongsu.law.regime import Regime
from bongsu.law.regimes import ca_production_support, canada, eu, fta, korea, us_30d, us_45x, us_macr, us_pfe, usmca

_COLLECTED: tuple[Regime, ...] = (
    *us_30d.REGIMES,
    us_45x.REGIME,
    us_pfe.REGIME,
    us_macr.REGIME,
    *usmca.REGIMES,
    *fta.REGIMES,
    *canada.REGIMES,
    ca_production_support.REGIME,
    *korea.REGIMES,
    *eu.REGIMES,
    DUTY,
)

#: Every regime by its name.
REGIMES: dict[str, Regime] = {one.name: one for one in _COLLECTED}


class UnknownRegime(LookupError):
    """There is no regime of that name; the sentence names those there are."""


def regime(name: str) -> Regime:
    """The regime of a name.

    Raises:
        UnknownRegime: there is none.
    """
    if name not in REGIMES:
        found = near(name, REGIMES)
        hint = f"did you mean {' or '.join(found)}? T" if found else "t"
        raise UnknownRegime(f"there is no regime {name!r}; {hint}here are {', '.join(sorted(REGIMES))}")
    return REGIMES[name]
