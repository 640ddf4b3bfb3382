"""The optimisation model, its solution and its shadow prices."""

from bongsu.plan.assemble import Model, compile_network
from bongsu.plan.plan import Plan, solve
from bongsu.plan.prices import Price, Prices
from bongsu.plan.solver import Options

__all__ = ["Model", "Options", "Plan", "Price", "Prices", "compile_network", "solve"]
