"""Proves the course."""
