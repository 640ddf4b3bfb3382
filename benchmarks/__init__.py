"""Benchmarks: models x phases, each measured against what does the same without Bongsu. `make bench` writes RESULTS.md."""
