"""Discover: joint projects that the network wants, with what they are worth and what must hold first.

Ask :func:`discover` with a chain and its plan.
"""

from bongsu.committee.discover.candidates import Candidate, NoCandidates
from bongsu.committee.discover.discover import Discovery, discover

__all__ = ["Candidate", "Discovery", "NoCandidates", "discover"]
