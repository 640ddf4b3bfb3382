"""Bongsu: the open control tower for the Canada-Korea battery supply chain."""
