"""Makes `python -m grader` the same as `grader`."""

from grader.cli import main

main()
