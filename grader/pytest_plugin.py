"""A pytest plugin: `pytest --grader-exercise cats-vs-dogs` reports each criterion as a test beside those that pytest finds itself.

Without that option it does nothing, and imports nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.contracts.report import Report
    from grader.contracts.verdict import CriterionVerdict

_REPORT = pytest.StashKey["Report | Exception"]()
_SHARED = "grader_shared"  # the folder in which the workers of pytest-xdist find what one of them graded
_FOLDER = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; `--grader-exercise` is what turns the plugin on."""
    group = parser.getgroup("grader", "exercises of a course on convolutional neural networks")
    group.addoption("--grader-exercise", metavar="NAME", help="report each criterion of this exercise as a test")
    group.addoption("--grader-submission", metavar="FILE", help="what to grade, as `grader check` takes it (default: the current folder)")
    group.addoption("--grader-profile", metavar="NAME", default="native", help="which generation of the assignment it answers")
    group.addoption("--grader-language", metavar="CODE", help="language of what a student reads, such as `de`; also GRADER_LANGUAGE")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give each worker of pytest-xdist the same folder, which lasts as long as the session."""
    config: pytest.Config = node.config
    if config.getoption("--grader-exercise"):
        folder = config.stash.get(_FOLDER, None)
        if folder is None:
            folder = config.stash[_FOLDER] = tempfile.TemporaryDirectory(prefix="grader-pytest-")
            config.add_cleanup(folder.cleanup)
        node.workerinput[_SHARED] = folder.name


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a test for each criterion before -k and -m choose among them."""
    exercise = config.getoption("--grader-exercise")
    if exercise:
        submission = Path(config.getoption("--grader-submission") or config.invocation_params.dir)
        items += Exercise.from_parent(session, exercise=exercise, submission=submission).collect()


class Exercise(pytest.Collector):
    """The criteria of one exercise, which one grading answers."""

    def __init__(self, exercise: str, submission: Path, **more: Any) -> None:
        super().__init__(name=f"grader[{exercise}]", nodeid=f"grader[{exercise}]", **more)
        self.exercise = exercise
        self.submission = submission
        self.profile = str(self.config.getoption("--grader-profile"))
        self.language: str | None = self.config.getoption("--grader-language")

    def collect(self) -> list[pytest.Item]:
        """Return a test for each criterion of the rubric; nothing is graded yet."""
        from grader import course, words  # noqa: PLC0415
        from grader.contracts.errors import GraderError  # noqa: PLC0415
        from grader.judge import load_rubric  # noqa: PLC0415

        try:
            words.asked(self.language)
            rubric = load_rubric(course.load(self.exercise, self.profile))
        except GraderError as error:
            raise pytest.UsageError(f"{error.message} {error.hint}".strip()) from error
        return [Criterion.from_parent(self, name=criterion.id) for criterion in rubric.criteria]

    def report(self) -> Report:
        """Grade the submission, once for all its criteria; what went wrong then goes wrong for each of them."""
        known = self.session.stash.get(_REPORT, None)
        if known is None:
            try:
                known = self._graded()
            except Exception as error:  # kept, and raised again for every criterion
                known = error
            self.session.stash[_REPORT] = known
        if isinstance(known, Exception):
            raise known
        return known

    def _graded(self) -> Report:
        """Grade, or take what another worker has graded. A worker on another machine has no such folder, and grades itself."""
        from filelock import FileLock  # noqa: PLC0415

        from grader import grade  # noqa: PLC0415
        from grader.contracts.report import Report  # noqa: PLC0415

        folder = getattr(self.config, "workerinput", {}).get(_SHARED)
        if folder is None or not Path(folder).is_dir():
            return grade(self.submission, self.exercise, profile=self.profile, language=self.language)
        file = Path(folder, "report.json")
        with FileLock(file.with_suffix(".lock")):
            if not file.exists():
                report = grade(self.submission, self.exercise, profile=self.profile, language=self.language)
                file.write_text(report.model_dump_json(), encoding="utf-8")
            return Report.model_validate_json(file.read_text(encoding="utf-8"))


class Criterion(pytest.Item):
    """One criterion as a test: passed, failed with its cause, skipped where it was not judged, an error where the grader failed."""

    parent: Exercise
    _lines: Iterable[str] = ()

    def setup(self) -> None:
        """Grade, if that was not done yet, and skip what was not judged. Whatever fails here is no failure of the student's."""
        from grader.contracts.errors import GraderError, SubmissionError  # noqa: PLC0415
        from grader.contracts.verdict import Status  # noqa: PLC0415
        from grader.report.plain import criterion_lines, explained  # noqa: PLC0415
        from grader.report.wording import STATES, number  # noqa: PLC0415
        from grader.words import speaking  # noqa: PLC0415

        try:
            report = self.parent.report()
        except SubmissionError as error:
            self._lines = [error.message, error.hint]
            return
        except GraderError as error:
            pytest.fail(f"{error.message} {error.hint}".strip(), pytrace=False)
        verdict: CriterionVerdict = next(one for one in report.criteria if one.id == self.name)
        self.user_properties.append(("points", f"{number(verdict.points)}/{number(verdict.max_points)}"))
        with speaking(report.language):
            lines = criterion_lines(verdict, explained(report).get(verdict.id))
            state = STATES[verdict.status]
        if verdict.status is Status.ERROR:
            pytest.fail(" ".join(lines), pytrace=False)
        if verdict.status in {Status.SKIPPED, Status.UNATTEMPTED, Status.PENDING}:
            pytest.skip(f"{state}: {lines[0]}")
        if verdict.status is not Status.PASSED:
            self._lines = [verdict.title, *lines]

    def runtest(self) -> None:
        """Fail where the criterion did."""
        if self._lines:
            pytest.fail("\n".join(line for line in self._lines if line), pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where it is listed: under the submission."""
        return self.parent.submission, None, f"{self.parent.exercise}: {self.name}"


def pytest_report_header(config: pytest.Config) -> Generator[str]:
    """Say what is graded."""
    if config.getoption("--grader-exercise"):
        yield f"grader: {config.getoption('--grader-exercise')}, {config.getoption('--grader-submission') or 'the current folder'}"
