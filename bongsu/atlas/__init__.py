"""Facts, sources, the two clocks and units: reading and checking the data pack."""

from bongsu.atlas.pack import Atlas, NotYetKnown
from bongsu.atlas.problems import PackError, Problem

__all__ = ["Atlas", "NotYetKnown", "PackError", "Problem"]
