"""Answers drawn from a plan: what binds and what it is worth, who supplies whom, and why."""

from bongsu.answers.asked import check
from bongsu.answers.figure import Facts, Node
from bongsu.answers.footprint import Footprint, north_america
from bongsu.answers.share_range import ShareRange, share_range
from bongsu.answers.value import Bottleneck, NextStep, bottlenecks, next_steps, node_prices
from bongsu.answers.why import UnknownFigure, Why

__all__ = [
    "Bottleneck",
    "Facts",
    "Footprint",
    "NextStep",
    "Node",
    "ShareRange",
    "UnknownFigure",
    "Why",
    "bottlenecks",
    "check",
    "next_steps",
    "node_prices",
    "north_america",
    "share_range",
]
