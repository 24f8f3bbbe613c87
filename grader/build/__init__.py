"""The untrusted side: runs a student's functions in a confined child and brings back data."""
