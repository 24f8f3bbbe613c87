"""Judges evidence under a rubric: rubric, criteria, scoring. Pure functions, no TensorFlow."""

from .criteria import Calibration, HoldoutAccuracy
from .rubric import Rubric, check_rubric, load_rubric
from .scoring import judge, needs_training

__all__ = ["Calibration", "HoldoutAccuracy", "Rubric", "check_rubric", "judge", "load_rubric", "needs_training"]
