"""The proof of a course: what is not as claimed is listed, and stands in the page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.proof.proving import prove
from grader import course
from grader.contracts.verdict import Cause, CriterionVerdict, Status
from grader.trials.claims import objections, trial_of
from grader.trials.measuring import close_warm_pipeline
from grader.trials.variants import Variant

RIGHT = "# exercise: output-shapes\n# wrong: m57: padded\n# fails: pool-75\n# cause: padding-same\n# says: padding\n"


@pytest.fixture
def solutions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a solution, a wrong variant, and one that is right but claims not to be."""
    monkeypatch.setenv("GRADER_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "solutions"
    own = Path(__file__).parents[2] / "solutions" / "output-shapes"
    reference = (own / "solution.py").read_text()
    (folder / "output-shapes" / "wrong").mkdir(parents=True)
    (folder / "experiments.yaml").write_text("experiments: []\n")
    (folder / "output-shapes" / "solution.py").write_text(reference)
    shutil.copy(own / "wrong" / "m15-summary-returned.py", folder / "output-shapes" / "wrong" / "m15-nothing.py")
    (folder / "output-shapes" / "wrong" / "m57-right.py").write_text(RIGHT + reference.split("\n", 1)[1])
    return folder


def test_what_is_not_as_claimed_is_listed(solutions: Path) -> None:
    try:
        problems, page = prove(solutions, ["output-shapes"], seeds=1, jobs=1)
    finally:
        close_warm_pipeline()
    assert problems == [
        "output-shapes, wrong/m57-right: pool-75 is not lost",
        "output-shapes, wrong/m57-right: the first line says 'nothing', without 'padding'",
    ]
    assert "3 of 4 files are as claimed" in page
    assert "| starter | unattempted |" in page
    assert "| solution | 10 / 10 |  |  |" in page
    assert "| wrong/m15-nothing | 8 / 10 | conv-148 | `conv_model` must return a Keras model" in page
    assert "**not as claimed**: pool-75 is not lost." in page


def verdict(name: str, status: Status) -> CriterionVerdict:
    return CriterionVerdict(id=name, title=name, status=status, points=0, max_points=1)


CATS = {"path": Path("x/m34-copied.py"), "exercise": "cats-vs-dogs"}
MISTAKE = Variant(kind="wrong", fails="split-share, learns", cause="share", says="share", **CATS)
SHARE = Cause(id="share", sentence="The share is ignored.")


@pytest.mark.parametrize(
    ("variant", "ends", "causes", "objected"),
    [
        (MISTAKE, {"split-share": Status.FAILED, "learns": Status.PARTIAL, "split-disjoint": Status.SKIPPED}, [SHARE], []),
        (MISTAKE, {"split-share": Status.FAILED, "learns": Status.PASSED}, [SHARE], ["learns is not lost"]),
        (MISTAKE, {"split-share": Status.FAILED, "learns": Status.FAILED, "x": Status.ERROR}, [SHARE], ["x was not judged"]),
        (Variant(kind="right", **CATS), {"split-share": Status.PASSED, "learns": Status.PENDING}, [], []),
        (Variant(kind="solution", **CATS), {"split-share": Status.PASSED, "learns": Status.PENDING}, [], ["learns is pending"]),
        (Variant(kind="right", **CATS), {"split-share": Status.PENDING}, [], ["split-share is pending"]),
        (Variant(kind="right", **CATS), {"learns": Status.PASSED}, [SHARE], ["a cause is named: The share is ignored."]),
    ],
)
def test_a_judgement_is_compared_with_the_header(
    variant: Variant, ends: dict[str, Status], causes: list[Cause], objected: list[str]
) -> None:
    assert objections(variant, [verdict(name, status) for name, status in ends.items()], causes) == objected


def test_a_mistake_is_trained_only_where_training_is_what_it_makes_impossible() -> None:
    assert course.load("cats-vs-dogs").protocol.trainings
    assert trial_of(MISTAKE).train
    assert not trial_of(MISTAKE.model_copy(update={"fails": "split-share"})).train
    assert trial_of(MISTAKE).conditions.brief
    assert not trial_of(Variant(kind="right", **CATS)).conditions.brief
