"""Reading a submission: the statements that matter, and what can be said before anything runs."""
