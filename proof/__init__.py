"""Proves the course from its solutions: what each file claims, and what each lesson's experiment shows. `python -m proof --help`."""
