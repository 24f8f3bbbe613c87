"""The trusted side: turns artifacts into facts. Runs no student code."""
