"""From file, fate and artifact to evidence: every status, and the facts of tables, folders and loops."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.contracts.artifacts import (
    Artifact,
    BuildOutcome,
    CallError,
    CallOutcome,
    FoldersPayload,
    Job,
    LoopPayload,
    ModelPayload,
    TablePayload,
    TableRow,
)
from grader.contracts.base import Place
from grader.contracts.data_facts import FoldersFacts, ScenarioFacts, TableFacts
from grader.contracts.evidence import LoopFacts
from grader.contracts.network_facts import ModelFacts
from grader.contracts.protocol import FoldersCall, FolderScenario, LoopCall, ModelCall, Protocol, TableCall
from grader.contracts.submission import FoundFunction, SourceLine, Submission
from grader.datasets import Handout
from grader.datasets.handout import ScenarioFiles
from grader.examine.readers.calls import call_evidence, read_call
from grader.examine.readers.files import Unreadable

MODEL = ModelCall(id="model", kind="model", function=("create_model", "make_model"))
SIZES = TableCall(id="sizes", kind="table", function=("output_size",), parameters=("size", "kernel"), cases=((150, 3), (150, 2)))
LOOP = LoopCall(id="loop", kind="loop", function=("train_model",), arguments={"model": "model"})
SPLIT = FoldersCall(
    id="split",
    kind="folders",
    function=("split_data",),
    arguments={"a": "source", "b": "training", "c": "validation", "d": "share"},
    images=10,
    empty=2,
    scenarios=(FolderScenario(id="half", share=0.5),),
)
PROTOCOL = Protocol(exercise="x", calls=(MODEL, SIZES, LOOP, SPLIT))


def submission(*missing: str, unattempted: bool = False) -> Submission:
    place = Place(file="s.py", line=1)
    functions = {
        call.id: FoundFunction(name=call.function[-1], parameters=(), place=place, unattempted=unattempted)
        for call in PROTOCOL.calls
        if call.id not in missing
    }
    return Submission(
        file="s.py", exercise="x", source="", digest="0", functions=functions, lines=(SourceLine(first=1, cell=3, offset=10),)
    )


FINISHED = CallOutcome(fate="finished", seconds=1.5)
RAISED = Artifact(call="model", error=CallError(type="ValueError", message="\nno \x1b[31mgood\nsecond", line=14, tail="Traceback"))
WITHIN = "Exception encountered when calling Sequential.call()."
NO_MODULE = CallError(type="ModuleNotFoundError", message="No module named 'cv2'", line=12)

STATUSES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "missing": ({"submission": submission("model")}, "missing", "missing-function", "no function `create_model`"),
    "unattempted": ({"submission": submission(unattempted=True)}, "unattempted", "unattempted", "as it was handed out"),
    "timeout": ({"outcome": CallOutcome(fate="timeout")}, "timeout", "timeout", "within 60 seconds"),
    "out of memory": ({"outcome": CallOutcome(fate="out-of-memory")}, "out-of-memory", "out-of-memory", "3,000 MB"),
    "disk full": ({"outcome": CallOutcome(fate="disk-full")}, "disk-full", "disk-full", "1,000 MB"),
    "died": ({"outcome": CallOutcome(fate="died", exit_status="exit code 0")}, "died", "died", "(exit code 0)"),
    "a result beside a death": (
        {"outcome": CallOutcome(fate="died"), "artifact": Artifact(call="model", payload=ModelPayload(model_class="M"))},
        "died",
        "died",
        "ended inside",
    ),
    "not run": ({"outcome": None}, "not-run", "not-run", "not called"),
    "import error": ({"outcome": CallOutcome(fate="raised-on-import"), "import_error": NO_MODULE}, "not-run", "ModuleNotFoundError", "cv2"),
    "no artifact": ({"artifact": None}, "died", "unreadable-result", "left no result"),
    "unreadable": ({"artifact": Unreadable("it is no plain file")}, "died", "unreadable-result", "no plain file"),
    "raised": ({"artifact": RAISED}, "raised", "ValueError", "`make_model` raised ValueError: no ?[31mgood."),
    "raised within a layer": (
        {"artifact": Artifact(call="model", error=CallError(type="ValueError", message=f"{WITHIN}\n\nno good\n\nArguments", line=14))},
        "raised",
        "ValueError",
        "ValueError: no good.",
    ),
    "returned None": ({"artifact": Artifact(call="model", returned="NoneType")}, "wrong-result", "wrong-result", "returned NoneType"),
    "another payload": (
        {"artifact": Artifact(call="model", payload=LoopPayload(is_history=True))},
        "wrong-result",
        "wrong-result",
        "a Keras model was expected",
    ),
}


@pytest.mark.parametrize("name", STATUSES)
def test_statuses(name: str) -> None:
    given, status, problem_type, text = STATUSES[name]
    arguments = {"call": MODEL, "submission": submission(), "outcome": FINISHED, "artifact": None} | given
    evidence = call_evidence(**arguments)
    assert (evidence.status, evidence.problem_type) == (status, problem_type)
    assert text in evidence.problem
    assert evidence.problem.isprintable()
    assert evidence.facts is None


def test_the_place_of_an_exception_is_the_students() -> None:
    evidence = call_evidence(MODEL, submission(), FINISHED, RAISED)
    assert evidence.place == Place(file="s.py", line=4, cell=3)
    assert evidence.detail == "Traceback"
    missing = call_evidence(MODEL, submission(), CallOutcome(fate="raised-on-import"), None, NO_MODULE)
    assert missing.subject == "cv2"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "artifacts").mkdir()
    return tmp_path


def reading(work: Path, call: Any, artifact: Artifact, handout: Handout | None = None) -> Any:
    folder = work / "artifacts"
    (folder / f"{call.id}.json").write_text(artifact.model_dump_json())
    job = Job(source="", functions={c.id: c.function[0] for c in PROTOCOL.calls}, protocol=PROTOCOL, work=str(work), artifacts=str(folder))
    return read_call(call, submission(), job, BuildOutcome(calls={call.id: FINISHED}), handout or Handout())


def test_a_model_is_read_to_facts_or_refused(work: Path) -> None:
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2}, "registered_name": None}
    start = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 3]}, "registered_name": None}
    config = {"module": "keras", "class_name": "Sequential", "config": {"layers": [start, dense]}, "registered_name": None}
    found = reading(work, MODEL, Artifact(call="model", payload=ModelPayload(model_class="Sequential", config=config)))
    assert found.evidence.status == "returned"
    assert isinstance(found.evidence.facts, ModelFacts)
    assert found.evidence.facts.parameters == 8
    assert found.model is not None
    config["config"]["layers"].append(dense | {"class_name": "Lambda"})  # type: ignore[index]
    refused = reading(work, MODEL, Artifact(call="model", payload=ModelPayload(model_class="Sequential", config=config)))
    assert (refused.evidence.status, refused.evidence.problem_type, refused.model) == ("refused", "lambda-layer", None)


def test_a_table_pairs_cases_with_answers(work: Path) -> None:
    rows = (TableRow(value=148, value_type="int"), TableRow(error=CallError(type="TypeError", message="bad")), TableRow(value="x" * 5000))
    handout = Handout(cases={"sizes": ((150, 3), (150, 2), (7, 7))})
    facts = reading(work, SIZES, Artifact(call="sizes", payload=TablePayload(rows=rows)), handout).evidence.facts
    assert isinstance(facts, TableFacts)
    assert facts.rows[0].arguments == {"size": 150, "kernel": 3}
    assert [(row.value if number != 2 else len(str(row.value)), row.error, row.drawn) for number, row in enumerate(facts.rows)] == [
        (148, "", False),
        (None, "TypeError: bad", False),
        (200, "", True),
    ]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_another_number_of_answers_is_none(work: Path, count: int) -> None:
    evidence = reading(work, SIZES, Artifact(call="sizes", payload=TablePayload(rows=(TableRow(value=1),) * count))).evidence
    assert (evidence.status, evidence.problem_type, evidence.facts) == ("wrong-result", "malformed-answers", None)


def test_a_history_is_described(work: Path) -> None:
    history = {"loss": (0.5, None), "val_\x1bloss": (0.4,)}
    facts = reading(work, LOOP, Artifact(call="loop", payload=LoopPayload(is_history=True, history=history))).evidence.facts
    assert facts == LoopFacts(is_history=True, epochs=1, keys=("loss", "val_?loss"))


class Split:
    """A scenario's folders, and the handed-out files."""

    def __init__(self, root: Path) -> None:
        import hashlib

        self.root = root
        for name in ("source", "training", "validation"):
            (root / name).mkdir(parents=True)
        self.names = [f"{number:02}.jpg" for number in range(10)]
        for name in self.names:
            (root / "source" / name).write_bytes(b"image " + name.encode())
        for name in ("e1.jpg", "e2.jpg"):
            (root / "source" / name).touch()
        good = {name: hashlib.sha256(b"image " + name.encode()).hexdigest() for name in self.names}
        self.files = ScenarioFiles(root, good, ("e1.jpg", "e2.jpg"))

    def copy(self, training: list[str], validation: list[str]) -> None:
        for split, names in (("training", training), ("validation", validation)):
            for name in names:
                shutil.copy(self.root / "source" / name, self.root / split / name)


SHUFFLED = [f"{n:02}.jpg" for n in (3, 9, 1, 6, 4)], [f"{n:02}.jpg" for n in (0, 2, 5, 7, 8)]


def _renamed(split: Split) -> None:
    split.copy(*SHUFFLED)
    (split.root / "training" / "03.jpg").rename(split.root / "training" / "other.jpg")


def _linked(split: Split) -> None:
    for number, name in enumerate(split.names):
        (split.root / ("training" if number % 2 else "validation") / name).symlink_to(split.root / "source" / name)


def _outside(split: Split) -> None:
    shutil.rmtree(split.root / "training")
    (split.root / "training").symlink_to("/usr")


def _moved(split: Split) -> None:
    split.copy(*SHUFFLED)
    for name in split.names:
        (split.root / "source" / name).unlink()


def _joined(split: Split) -> None:
    for name in split.names:
        (split.root / f"training{name}").write_bytes(b"")


def _piped(split: Split) -> None:
    split.copy(*SHUFFLED)
    os.mkfifo(split.root / "training" / "pipe")
    (split.root / "training" / "extra.jpg").write_bytes(b"not handed out")


CORRECT = {"training": 5, "validation": 5, "in_both": 0, "empty_copied": 0, "foreign": 0, "source_changed": 0, "first_in_order": False}
SPLITS: dict[str, tuple[Callable[[Split], object], dict[str, Any]]] = {
    "correct": (lambda split: split.copy(*SHUFFLED), {"stray": ()}),
    "renamed": (_renamed, {}),
    "nothing copied": (lambda split: None, {"training": 0, "validation": 0}),
    "first by name": (lambda split: split.copy(split.names[:5], split.names[5:]), {"first_in_order": True}),
    "last by name": (lambda split: split.copy(split.names[5:], split.names[:5]), {"first_in_order": True}),
    "overlap": (lambda split: split.copy(SHUFFLED[0], SHUFFLED[0][:2] + SHUFFLED[1]), {"validation": 7, "in_both": 2}),
    "empty files": (lambda split: split.copy([*SHUFFLED[0], "e1.jpg"], [*SHUFFLED[1], "e2.jpg"]), {"empty_copied": 2}),
    "moved": (_moved, {"source_changed": 10}),
    "links are no copies": (_linked, {"training": 0, "validation": 0, "foreign": 10}),
    "a folder replaced by a link": (_outside, {"training": 0, "validation": 0}),
    "path without separator": (_joined, {"training": 0, "validation": 0, "stray": tuple(f"training{n:02}.jpg" for n in range(10))}),
    "a pipe and a foreign file": (_piped, {"foreign": 2}),
}


@pytest.mark.parametrize("name", SPLITS)
def test_folders_are_looked_into(work: Path, name: str) -> None:
    do, expected = SPLITS[name]
    split = Split(work / "folders")
    do(split)
    artifact = Artifact(call="split", payload=FoldersPayload(errors={"half": None}))
    facts = reading(work, SPLIT, artifact, Handout(scenario_files={"split": {"half": split.files}})).evidence.facts
    assert isinstance(facts, FoldersFacts)
    found = facts.scenarios[0]
    assert isinstance(found, ScenarioFacts)
    for key, value in (CORRECT | expected).items():
        assert getattr(found, key) == value, key
    assert (found.source_good, found.source_empty, found.share) == (10, 2, 0.5)


def test_an_exception_belongs_to_its_scenario(work: Path) -> None:
    split = Split(work / "folders")
    error = CallError(type="FileNotFoundError", message="x.jpg", line=13)
    handout = Handout(scenario_files={"split": {"half": split.files}})
    found = reading(work, SPLIT, Artifact(call="split", payload=FoldersPayload(errors={"half": error})), handout).evidence
    assert found.status == "returned"
    assert found.facts.scenarios[0].error == "FileNotFoundError: x.jpg"
    assert found.facts.scenarios[0].place == Place(file="s.py", line=3, cell=3)
    left_out = reading(work, SPLIT, Artifact(call="split", payload=FoldersPayload(errors={})), handout).evidence
    assert left_out.status == "wrong-result"
