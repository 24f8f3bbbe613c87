"""One reader per kind of call: from a file that may be lying to validated data."""
