"""A builder with a warm zygote for each module of tests, and a bench that turns a source into what a build makes of it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from pydantic import ValidationError

from grader.build import Builder, probe, remove_tree
from grader.contracts.artifacts import Artifact, BuildOutcome, Job
from grader.contracts.protocol import Protocol

QUICK = {"seconds": 20, "memory_mb": 3000, "disk_mb": 60, "recorded_mb": 20}


@dataclass(frozen=True)
class Built:
    """One build: what the launcher says, and what the child wrote."""

    outcome: BuildOutcome
    artifacts: dict[str, Artifact]
    folder: Path  # of the artifacts
    work: Path

    def fate(self, call: str = "attack") -> str:
        return self.outcome.calls[call].fate


class Bench:
    """Builds sources with one builder, each in a folder of its own."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder

    def build(
        self, source: str, calls: list[Mapping[str, Any]], limits: Mapping[str, Any] | None = None, pictures: bool = False, **job: Any
    ) -> Built:
        work = self.builder.jobs / f"job-{len(list(self.builder.jobs.iterdir()))}"
        work.mkdir()
        protocol = {"exercise": "bench", "calls": calls, "limits": {**QUICK, **(limits or {})}, **job.pop("protocol", {})}
        made = Job(
            source=source,
            generators="ImageDataGenerator" in source,
            functions={call["id"]: call["function"] for call in calls},
            protocol=Protocol.model_validate(protocol),
            work=str(work),
            artifacts=str(work / "artifacts"),
            folders=make_pictures(work / "pictures") if pictures else {},
            **job,
        )
        outcome = self.builder.build(made)
        folder = work / "artifacts"
        finished = [call for call, outcome in outcome.calls.items() if outcome.fate == "finished"]
        artifacts = {}
        for call in finished:
            with contextlib.suppress(ValidationError):  # whoever patches the runner may write anything
                artifacts[call] = Artifact.model_validate_json((folder / f"{call}.json").read_bytes())
        return Built(outcome, artifacts, folder, work)

    def attack(self, source: str, limits: Mapping[str, Any] | None = None) -> Built:
        """Build a source whose only function is `attack()`, called once; its answer is a table's first row."""
        return self.build(source, [{"id": "attack", "kind": "table", "function": "attack", "parameters": [], "cases": [[]]}], limits)

    def processes(self) -> list[psutil.Process]:
        """Return what this test process has started, the builder's zygote included."""
        return psutil.Process().children(recursive=True)


def require_confinement() -> None:
    """Skip where the kernel offers less than these tests are about."""
    missing = [layer for layer in probe() if layer.name in {"landlock", "seccomp"} and not layer.in_force]
    if sys.platform != "linux" or missing:
        pytest.skip("; ".join(f"{layer.name}: {layer.why}" for layer in missing) or "not Linux")


@pytest.fixture(autouse=True)
def _confinement(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("confinement"):
        require_confinement()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """One builder for the module, so that TensorFlow's import is paid once."""
    os.environ["GRADER_TEST_TOKEN"] = "a secret of the grader's environment"
    with Builder() as builder:
        yield Bench(builder)
    del os.environ["GRADER_TEST_TOKEN"]


@pytest.fixture
def nothing_left(bench: Bench, tmp_path: Path) -> Iterator[Path]:
    """A folder outside the box with a file in it; checks that no process, no shared memory and no change is left behind."""
    secret = tmp_path / "outside" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("the grader's")
    before = secret.stat()
    yield secret
    zygotes = {process.pid for process in bench.processes() if process.ppid() == os.getpid()}
    assert {process.pid for process in bench.processes()} == zygotes
    assert not list(Path("/dev/shm").glob("*grader-attack*"))
    after = secret.stat()
    assert [path.name for path in secret.parent.iterdir()] == ["secret.txt"]
    assert (after.st_mode, after.st_mtime_ns, secret.read_text()) == (before.st_mode, before.st_mtime_ns, "the grader's")
    for work in bench.builder.jobs.iterdir():
        remove_tree(work)
    good = bench.attack("def attack():\n    return 'well'\n")
    assert good.fate() == "finished"
    assert row(good) == "well"


def make_pictures(root: Path) -> dict[str, str]:
    """Make small folders of images: 10 + 10 for training, 4 + 4 for validation, 12×12 pixels whose red tells which picture it is."""
    for kind, count in (("training", 10), ("validation", 4)):
        for label in ("cats", "dogs"):
            folder = root / kind / label
            folder.mkdir(parents=True)
            for number in range(count):
                shade = 10 * number + (100 if label == "dogs" else 0) + (5 if kind == "validation" else 0)
                pixels = np.full((12, 12, 3), shade, np.uint8)
                pixels[..., 1] = np.arange(12) * 20  # something that a rotation changes
                Image.fromarray(pixels).save(folder / f"{label}.{number}.png")
    return {kind: str(root / kind) for kind in ("training", "validation")}


def row(built: Built) -> object:
    """Return the answer of `attack()`: its value, or the type of what it raised."""
    artifact = built.artifacts["attack"]
    if artifact.error is not None:
        return artifact.error.type
    assert artifact.payload is not None
    assert artifact.payload.kind == "table"
    first = artifact.payload.rows[0]
    return first.error.type if first.error else first.value


@pytest.fixture(scope="session")
def answer() -> Callable[[Built], object]:
    """Return `row`."""
    return row
