"""An autograder for Classroom 50: put it into CLASSROOM/autograders/ASSIGNMENT/autograder.py and name the exercise."""

import subprocess
import sys

EXERCISE = "output-shapes"
SUBMISSION = "submission.py"
GRADER = "git+https://github.com/YOUR-ORGANISATION/cnn-grader@v1.0"

# -P: the working folder is the student's checkout, and a `pip.py` or `grader.py` in it must not be what runs.
python = [sys.executable, "-P", "-m"]
subprocess.run([*python, "pip", "install", "--quiet", GRADER], check=True)
grading = [*python, "grader", "ci", SUBMISSION, "--exercise", EXERCISE, "--classroom50"]
sys.exit(subprocess.run(grading, check=False).returncode)
