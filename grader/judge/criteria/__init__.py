"""The kinds of criterion, one family per module."""
