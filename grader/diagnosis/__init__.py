"""Causes: why did it not learn, why does it not fit together."""
