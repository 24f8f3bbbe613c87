"""The images: what is known, cached, drawn, imported, handed out and held back."""

from .array_files import ArrayImage, Arrays
from .dataset import ArrayDataset, Dataset, Image, Variant, prepare, prepare_any, prepare_arrays
from .handout import HandedImage, Handout, ScenarioFiles, hand_out
from .holdout import PRACTICE_SECRET, Holdout, holdout_digest, make_holdout, withheld_rows
from .importing import ImportReport, Skipped, import_dataset
from .registry import DATASETS, DatasetInfo, lookup
from .states import DatasetState, holdout_states, repair, state_of

__all__ = [
    "DATASETS",
    "PRACTICE_SECRET",
    "ArrayDataset",
    "ArrayImage",
    "Arrays",
    "Dataset",
    "DatasetInfo",
    "DatasetState",
    "HandedImage",
    "Handout",
    "Holdout",
    "Image",
    "ImportReport",
    "ScenarioFiles",
    "Skipped",
    "Variant",
    "hand_out",
    "holdout_digest",
    "holdout_states",
    "import_dataset",
    "lookup",
    "make_holdout",
    "prepare",
    "prepare_any",
    "prepare_arrays",
    "repair",
    "state_of",
    "withheld_rows",
]
