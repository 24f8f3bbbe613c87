"""The images: what is known, cached, drawn, imported, handed out and held back."""

from .dataset import Dataset, Image, Variant, prepare
from .handout import HandedImage, Handout, ScenarioFiles, hand_out
from .holdout import PRACTICE_SECRET, Holdout, make_holdout
from .registry import DATASETS, DatasetInfo, lookup

__all__ = [
    "DATASETS",
    "PRACTICE_SECRET",
    "Dataset",
    "DatasetInfo",
    "HandedImage",
    "Handout",
    "Holdout",
    "Image",
    "ScenarioFiles",
    "Variant",
    "hand_out",
    "lookup",
    "make_holdout",
    "prepare",
]
