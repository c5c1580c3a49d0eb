"""Benchmarks: how fast and how big, beside the peers, on one machine in one run. Results are kept with their date."""
