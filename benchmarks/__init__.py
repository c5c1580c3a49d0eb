"""Benchmarks: figures that take too long for every run of the tests; README.md keeps them, dated."""
