"""The four functions of the Industrial Cooperation Committee, each a question asked of the plan: discover, attract, link, exchange.

What they say is carried into the docket. Each function is a room of its own; they meet only in :class:`Project` (what may be built
jointly), :class:`Gate` (what must hold first) and :class:`Answer` (figures with reasons, and tables).
"""

from bongsu.committee.answer import Answer
from bongsu.committee.project import Gate, Partner, Project

__all__ = ["Answer", "Gate", "Partner", "Project"]
