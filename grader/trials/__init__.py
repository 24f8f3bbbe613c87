"""Measures the files of `solutions/` again and again, each time with another secret: what thresholds and experiments rest on."""
