"""One recorder per kind of call; runs inside the child."""
