"""The catalogue: exercises, their protocols, and names old and new, as data."""
