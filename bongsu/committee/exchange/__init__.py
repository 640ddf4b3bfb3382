"""Exchange: who can do what and who looks for what, by organisation, with evidence, readiness and flags of law.

:class:`Register` joins what is typed in the data pack with what plants show; :func:`find` ranks partners for a need, with reasons
and with how stable the ranking is; :func:`gaps` says what nobody covers.
"""

from bongsu.committee.exchange.find import Found, Unmatched, find, gaps, listed, named, show, understood
from bongsu.committee.exchange.flags import Flag, flags
from bongsu.committee.exchange.rank import WEIGHTS, Partner, Stability
from bongsu.committee.exchange.register import Capability, Evidence, Need, Organisation, Register, Topic

__all__ = [
    "WEIGHTS",
    "Capability",
    "Evidence",
    "Flag",
    "Found",
    "Need",
    "Organisation",
    "Partner",
    "Register",
    "Stability",
    "Topic",
    "Unmatched",
    "find",
    "flags",
    "gaps",
    "listed",
    "named",
    "show",
    "understood",
]
