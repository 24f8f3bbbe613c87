"""docs/report.md describes every key of the JSON report, in its order, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from grader.contracts.artifacts import Layer
from grader.contracts.base import Place
from grader.contracts.evidence import Versions
from grader.contracts.network_facts import LayerFacts
from grader.contracts.pictures import FeatureMaps, LayerMaps, MistakenImage, Picture
from grader.contracts.report import REPORT_VERSION, AugmentationReport, NetworkReport, Report, Timing, TrainingReport
from grader.contracts.submission import Finding, LeftOut
from grader.contracts.training_facts import Epoch, Try
from grader.contracts.verdict import Cause, CriterionVerdict, Status

TEXT = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^##+ (.+)\n((?:(?!##).*\n)*)", TEXT, re.MULTILINE))
MODELS: dict[str, type[BaseModel]] = {
    "The report": Report,
    "A criterion: `criteria[]`": CriterionVerdict,
    "A cause: `causes[]`": Cause,
    "A finding: `findings[]`": Finding,
    "What was not run: `left_out[]`": LeftOut,
    "A place": Place,
    "Training: `trainings[]`": TrainingReport,
    "A try: `trainings[].tries[]`": Try,
    "An epoch: `trainings[].tries[].epochs[]`": Epoch,
    "A mistaken image: `trainings[].mistaken[]`": MistakenImage,
    "Feature maps: `trainings[].maps`": FeatureMaps,
    "A layer's maps: `trainings[].maps.layers[]`": LayerMaps,
    "A network: `networks[]`": NetworkReport,
    "A layer: `networks[].layers[]`": LayerFacts,
    "Augmentation: `augmentations[]`": AugmentationReport,
    "A picture": Picture,
    "Versions: `versions`": Versions,
    "Isolation: `isolation[]`": Layer,
    "Timings: `timings[]`": Timing,
}


def described(section: str) -> dict[str, str]:
    """Return the first column of a section's table, and what stands in its second."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", SECTIONS[section], re.MULTILINE))


@pytest.mark.parametrize("section", MODELS)
def test_every_key_is_described(section: str) -> None:
    model = MODELS[section]
    assert list(described(section)) == list(model.model_fields)
    for name, field in model.model_fields.items():
        may_be_null = type(None) in get_args(field.annotation)
        assert ("or `null`" in described(section)[name]) == may_be_null, name


def test_every_status_is_described() -> None:
    assert list(described("Status")) == [status.value for status in Status]


def test_the_version_is_the_current_one() -> None:
    assert f'`"{REPORT_VERSION}"`' in SECTIONS["The report"]
