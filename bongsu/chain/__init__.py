"""From facts and law to the network of a case, period by period, every number traceable to its facts."""

from bongsu.chain.build import Chain, Choices, LaterKnowledge, TooLittleKnown, UnknownCase, build
from bongsu.chain.network import Network, Settings

__all__ = ["Chain", "Choices", "LaterKnowledge", "Network", "Settings", "TooLittleKnown", "UnknownCase", "build"]
