"""A submission runs in parts, and only what an edit can affect is run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import course
from grader.contracts.artifacts import BuildOutcome, Job
from grader.contracts.evidence import FileFacts
from grader.examine.built import Built, Known
from grader.parts import MOST_KEPT, Shelf, parts_of
from grader.pipeline import Pipeline
from grader.submission import read_submission

SOLUTIONS = Path(__file__).parents[1] / "solutions"


def _keys(exercise: str, folder: Path, old: str = "", new: str = "", *, apart: bool = True) -> dict[str, str]:
    source = (SOLUTIONS / exercise / "solution.py").read_text(encoding="utf-8")
    assert old in source
    file = folder / "submission.py"
    file.write_text(source.replace(old, new), encoding="utf-8")
    parts = parts_of(read_submission(file), course.load(exercise).protocol, ("data",), apart=apart)
    return {call: part.key for part in parts for call in part.functions}


@pytest.mark.parametrize(
    ("exercise", "old", "new", "changed"),
    [
        ("cats-vs-dogs", "def split_data", "# mine\n\ndef split_data", set()),
        ("cats-vs-dogs", "Dense(512", "Dense(256", {"model"}),
        ("cats-vs-dogs", 'class_mode="binary"', 'class_mode="sparse"', {"batches"}),
        ("cats-vs-dogs", "epochs=15", "epochs=3", {"training"}),
        ("cats-vs-dogs", "ImageDataGenerator", "Other", {"split", "batches", "model", "training"}),  # what `fit` is given follows from it
        ("output-shapes", 'padding="valid"', "padding=None", {"sizes"}),
    ],
)
def test_an_edit_changes_only_its_own_part(tmp_path: Path, exercise: str, old: str, new: str, changed: set[str]) -> None:
    before, after = _keys(exercise, tmp_path), _keys(exercise, tmp_path, old, new)
    assert {call for call in before if before[call] != after[call]} == changed


def test_calls_that_take_results_stay_together(tmp_path: Path) -> None:
    parts: dict[str, set[str]] = {}
    for call, key in _keys("transfer-learning", tmp_path).items():
        parts.setdefault(key, set()).add(call)
    takes = {call.id: set(getattr(call, "takes", {}).values()) for call in course.load("transfer-learning").protocol.calls}
    assert any(takes.values())
    for together in parts.values():
        assert all(takes[call] <= together for call in together)
    assert len(set(_keys("cats-vs-dogs", tmp_path, apart=False).values())) == 1


def test_a_function_that_is_mapped_over_the_batches_comes_along() -> None:
    file = SOLUTIONS / "transfer-learning/right/official-2024.py"
    submission = read_submission(file, profile="official-2024")
    parts = parts_of(submission, course.load("transfer-learning", "official-2024").protocol, (), apart=True)
    assert [part for part in parts if "def preprocess" in part.source] == [part for part in parts if "batches" in part.functions]


def test_the_oldest_parts_go_first_and_nothing_else_stays(tmp_path: Path) -> None:
    protocol = course.load("output-shapes").protocol
    shelf = Shelf()

    def built(number: int) -> Built:
        artifacts = tmp_path / f"{number}"
        artifacts.mkdir()
        job = Job(source="", functions={}, protocol=protocol, work=str(tmp_path), artifacts=str(artifacts))
        return shelf.take(Built(str(number), job, BuildOutcome(calls={})))

    with shelf:
        parts = [built(number) for number in range(MOST_KEPT + 2)]
        shelf.keep(parts, {part.key: Known({}, {}, FileFacts()) for part in parts if part.key != "5"})
        assert shelf.get("0") is not None
    kept = [part.key for part in parts if shelf.get(part.key) is not None]
    assert kept == ["0", *(str(number) for number in range(2, MOST_KEPT + 2) if number != 5)]
    assert sum(Path(part.job.artifacts).exists() for part in parts) == MOST_KEPT
    shelf.close()
    assert not any(Path(part.job.artifacts).exists() for part in parts)


def test_only_the_edited_function_runs_again_and_the_evidence_is_whole(tmp_path: Path) -> None:
    source = (SOLUTIONS / "output-shapes/solution.py").read_text(encoding="utf-8")
    file = tmp_path / "submission.py"
    edits = [source, "# later\n" + source, source.replace("def pool_model():", "def pool_model():\n    return None\n")]
    called: list[list[str]] = []
    with Pipeline() as pipeline:
        reports = []
        for text in edits:
            called.append([])
            file.write_text(text, encoding="utf-8")
            reports.append(pipeline.check(file, progress=lambda step: called[-1].append(step.text) if step.doing == "calling" else None))
    assert [len(each) for each in called] == [4, 0, 1]
    assert called[2] == ["pool_model"]
    first, moved, _ = reports
    assert {c.id: c.status for c in first.criteria} == {c.id: c.status for c in moved.criteria}
    assert 0 < reports[2].points < first.points
