"""Bongsu: the open control tower for the Canada-Korea battery supply chain."""

__version__ = "0.1.0"
