"""One submission, from file to report: read, build, examine, judge."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from grader import __version__, course
from grader.assembling import conclude
from grader.build import STDOUT_CHARACTERS, Builder, remove_tree
from grader.clock import Clock
from grader.contracts.artifacts import HandedBase, Job
from grader.contracts.base import digest
from grader.contracts.evidence import Evidence, Versions
from grader.contracts.progress import Progress, silent
from grader.contracts.report import Report
from grader.contracts.submission import Finding, Submission
from grader.contracts.training_facts import TrainingFacts
from grader.datasets import PRACTICE_SECRET, ArrayDataset, Dataset, Handout, Holdout, hand_out, holdout_digest, make_holdout, prepare_any
from grader.datasets.dataset import Variant
from grader.datasets.pretrained import PretrainedBase
from grader.examine import Built, Examiner
from grader.judge import Rubric, load_rubric, needs_training
from grader.parts import Part, Shelf, base_of, parts_of
from grader.submission import read_submission
from grader.unmeasured import callable_at_all, empty_evidence, unmeasured

if TYPE_CHECKING:  # what examines is loaded once there is something to examine
    from grader.examine.tasks import TrainingTask
    from grader.examine.work import Examined

Memo = Callable[[str, Callable[[], TrainingFacts]], TrainingFacts]  # what the training of this digest showed, or shows now


class _Memo:
    """Remembers trainings for as long as the pipeline lasts."""

    def __init__(self) -> None:
        self._known: dict[str, TrainingFacts] = {}

    def __call__(self, digest: str, train: Callable[[], TrainingFacts]) -> TrainingFacts:
        if digest not in self._known:
            self._known[digest] = train()
        return self._known[digest]


class Pipeline(AbstractContextManager["Pipeline"]):
    """Grades submissions one after the other, keeping the zygote and the examiner's workers warm between them.

    `secret` draws the holdout: the public practice one for `grader check`, the instructor's for a mark that counts.
    `memo` remembers trainings, here only while the pipeline lasts. `rubrics`: a folder whose rubrics go before the packaged ones.
    `keep`: one process examines all structures, for whoever waits for the next answer; else each is examined in a process of its own.
    """

    def __init__(
        self,
        *,
        data: Variant = "embedded",
        secret: bytes = PRACTICE_SECRET,
        workers: int = 2,
        wall: Literal["none", "bubblewrap"] = "none",
        memo: Memo | None = None,
        rubrics: Path | None = None,
        keep: bool = False,
    ) -> None:
        self._memo = memo or _Memo()
        self.data: Variant = data
        self._secret = secret
        self._rubrics = rubrics
        self._builder = Builder(wall=wall)
        self._examiner = Examiner(workers=workers, keep=keep)
        self._datasets: dict[str, Dataset | ArrayDataset] = {}
        self._holdouts: dict[str, Holdout] = {}
        self._handouts: dict[tuple[str, bytes], Handout] = {}  # by exercise's protocol and secret
        self._shelf = Shelf()

    def __enter__(self) -> Self:
        """Start nothing yet: a static problem is answered without TensorFlow."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End every process that was started."""
        try:
            self._builder.close()
        finally:
            self._examiner.close()
            self._shelf.close()

    def use(self, secret: bytes) -> None:
        """Draw the holdout and the seeds from another secret from now on."""
        self._secret = secret
        self._holdouts.clear()

    def asked(self, exercise: str, profile: str) -> course.Exercise:
        """Return the exercise as it is measured here."""
        return course.load_from(self._rubrics, exercise, profile)

    def check(
        self,
        path: Path,
        *,
        exercise: str | None = None,
        profile: str = "native",
        train: bool = True,
        progress: Progress = silent,
        on_finding: Callable[[Finding], None] | None = None,
        on_structure: Callable[[Report], None] | None = None,
    ) -> Report:
        """Grade the submission at `path`; without `train`, what only training can show stays pending.

        `on_structure` gets the report as it stands before probes and training, as soon as what was built is known. What equal
        networks learned from equal batches is measured once.
        Raises `SubmissionError` for a file that cannot be read, `UsageError` for a wrong request, `GraderError` for a fault of ours.
        """
        clock = Clock(progress)
        with clock("reading", text=path.resolve().name):
            submission = read_submission(path, exercise=exercise, profile=profile)
            asked = self.asked(submission.exercise, profile)
            rubric = load_rubric(asked)
        if on_finding is not None:
            for finding in submission.findings:
                on_finding(finding)

        def judged(evidence: Evidence) -> Report:
            with clock("judging", "criteria"):
                report = conclude(submission, asked, rubric, evidence, data=self.data, official=self._secret != PRACTICE_SECRET)
            return report.model_copy(update={"timings": clock.timings, "trainings": clock.compared(asked, report.trainings)})

        def structured(evidence: Evidence) -> None:
            if on_structure is not None:
                on_structure(judged(evidence))

        return judged(self.measure(submission, asked, rubric, train=train, progress=progress, clock=clock, on_structure=structured))

    def measure(
        self,
        submission: Submission,
        asked: course.Exercise,
        rubric: Rubric,
        *,
        train: bool = True,
        progress: Progress = silent,
        clock: Clock | None = None,
        on_structure: Callable[[Evidence], None] | None = None,
    ) -> Evidence:
        """Return the evidence of one submission; it is trained on only if some criterion is still open."""
        clock = clock or Clock(progress)
        if not callable_at_all(submission):
            return unmeasured(submission, asked)
        evidence = empty_evidence(submission, asked)
        self._builder.start()
        self._examiner.start()
        with clock("building", "data"):
            dataset = self._dataset(asked.protocol.data, progress)
            holdout = self._holdout(dataset)
            base = base_of(submission, asked)
            whole = self._handout(asked, dataset, base)
        with _work_folder(self._builder.jobs) as work, self._shelf:
            with clock("building", "functions"):
                terms = (dataset.digest if dataset else "", holdout_digest(dataset, self._secret), base.digest if base else "")
                built = []
                for part in parts_of(submission, asked.protocol, terms, apart=self._builder.forks):
                    kept = self._shelf.get(part.key)
                    built.append(kept or self._shelf.take(self._build(part, asked, dataset, base, whole, work, progress)))
            bare = evidence.model_copy(
                update={
                    "holdout": holdout_digest(dataset, self._secret),
                    "data": dataset.digest if dataset else "",
                    "versions": _versions(),
                    "isolation": built[0].outcome.isolation,
                    "stdout": "".join(part.outcome.stdout for part in built)[:STDOUT_CHARACTERS],
                }
            )

            def measured(found: Examined) -> Evidence:
                facts = {"calls": found.calls, "probes": found.probes, "files": found.files, "given": found.given}
                return _without_paths(bare.model_copy(update=facts), [Path(part.job.work) for part in built])

            def so_far(found: Examined) -> None:
                if on_structure is not None and holdout is not None:  # else nothing follows
                    on_structure(measured(found))

            with clock("structure", "structure"):
                examined = self._examiner.structure(submission, asked.protocol, built, whole, holdout, progress, so_far)
                self._shelf.keep(built, examined.lasting)
            evidence = measured(examined)
            if train and holdout is not None and (wanted := needs_training(rubric, evidence)):
                trainings = {}
                with clock("training", "training"):
                    for name in wanted:
                        shown = progress if len(asked.protocol.trainings) == 1 else clock.watching(name)
                        trainings[name] = self._trained(examined.tasks[name], holdout, shown)
                evidence = evidence.model_copy(update={"trainings": trainings})
        return evidence

    def _build(
        self,
        part: Part,
        asked: course.Exercise,
        dataset: Dataset | ArrayDataset | None,
        base: PretrainedBase | None,
        whole: Handout,
        work: Path,
        progress: Progress,
    ) -> Built:
        """Run one part in a folder of its own: nothing that another part did can reach it."""
        own = Path(tempfile.mkdtemp(prefix="part-", dir=work))
        data, given = (dataset if part.needs_data else None), (base if part.protocol.pretrained else None)
        handout = hand_out(part.protocol, data, into=own, secret=self._secret, base=given)
        job = _job(part, asked, handout, own, whole.training_images)
        return Built(part.key, job, self._builder.build(job, progress), handout)

    def _handout(self, asked: course.Exercise, dataset: Dataset | ArrayDataset | None, base: PretrainedBase | None) -> Handout:
        """Return what the exercise hands out, as the trusted side knows it: which images, from where."""
        key = digest(asked.protocol), self._secret
        if key not in self._handouts:
            with tempfile.TemporaryDirectory(prefix="grader-handout-") as folder:
                self._handouts[key] = hand_out(asked.protocol, dataset, into=Path(folder), secret=self._secret)
        return replace(self._handouts[key], base=base)

    def _trained(self, task: TrainingTask | TrainingFacts, holdout: Holdout, progress: Progress) -> TrainingFacts:
        """Return what a training shows; an equal one is not repeated: its digest holds the secret's seed, too."""
        if isinstance(task, TrainingFacts):
            return task
        return self._memo(task.digest, lambda: self._examiner.train(task, holdout, progress))

    def _dataset(self, name: str | None, progress: Progress) -> Dataset | ArrayDataset | None:
        if name is None:
            return None
        if name not in self._datasets:
            self._datasets[name] = prepare_any(name, self.data, progress)
        return self._datasets[name]

    def _holdout(self, dataset: Dataset | ArrayDataset | None) -> Holdout | None:
        if dataset is None:
            return None
        if dataset.name not in self._holdouts:
            self._holdouts[dataset.name] = make_holdout(dataset, self._secret)
        return self._holdouts[dataset.name]


@contextmanager
def _work_folder(jobs: Path) -> Iterator[Path]:
    """A private folder for one submission, removed afterwards whatever its permissions became."""
    work = Path(tempfile.mkdtemp(prefix="job-", dir=jobs))
    try:
        yield work
    finally:
        remove_tree(work)


def _without_paths(evidence: Evidence, works: list[Path]) -> Evidence:
    """Shorten the children's folders in every text: their paths are others each time, and mean nothing to a reader."""
    written = evidence.model_dump_json()
    for path in {name for work in works for name in (str(work.resolve()), str(work))}:
        written = written.replace(json.dumps(path)[1:-1], "work")
    return Evidence.model_validate_json(written)


def _job(part: Part, asked: course.Exercise, handout: Handout, work: Path, training_images: int) -> Job:
    return Job(
        source=part.source,
        generators=part.generators,
        functions=dict(part.functions),
        protocol=part.protocol,
        work=str(work),
        artifacts=str(work / "artifacts"),
        folders=handout.folders,
        files=handout.files,
        scenarios=handout.scenarios,
        cases=handout.cases,
        test_images=handout.test_images,
        base=_handed_base(handout, asked),
        training_images=training_images,
    )


def _handed_base(handout: Handout, asked: course.Exercise) -> HandedBase | None:
    base = handout.base
    if base is None:
        return None
    known, shape = base.architecture, asked.protocol.image_size or (150, 150, 3)
    return HandedBase(
        name=base.name, function=known.function, arguments=known.arguments, input_shape=shape, cut=base.cut, weights=handout.weights
    )


def _versions() -> Versions:
    return Versions(
        grader=__version__,
        python=platform.python_version(),
        tensorflow=importlib.metadata.version("tensorflow"),
        keras=importlib.metadata.version("keras"),
    )


def check(
    path: Path,
    *,
    exercise: str | None = None,
    profile: str = "native",
    data: Variant = "embedded",
    secret: bytes = PRACTICE_SECRET,
    train: bool = True,
    rubrics: Path | None = None,
    progress: Progress = silent,
    on_finding: Callable[[Finding], None] | None = None,
    on_structure: Callable[[Report], None] | None = None,
    workers: int = 2,
) -> Report:
    """Grade one submission and end every process that was started for it; see `Pipeline.check`."""
    with Pipeline(data=data, secret=secret, workers=workers, rubrics=rubrics) as pipeline:
        return pipeline.check(
            path,
            exercise=exercise,
            profile=profile,
            train=train,
            progress=progress,
            on_finding=on_finding,
            on_structure=on_structure,
        )
