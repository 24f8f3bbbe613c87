"""Proves the course from its solutions: what each file claims, and what each experiment shows. `python -m benchmarks.proof --help`."""
