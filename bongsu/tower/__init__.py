"""The service: runs that can be stopped and taken up again, on one machine or many."""

from bongsu.tower.runs import Run, Stopped

__all__ = ["Run", "Stopped"]
