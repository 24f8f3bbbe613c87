"""`%grade` in Jupyter and Colab: the cells run so far go the way of a submitted notebook, and the report appears below the cell."""

from __future__ import annotations

import atexit
import html
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.contracts.errors import ExitCode, GraderError
from grader.contracts.progress import Step
from grader.contracts.submission import Finding
from grader.words import Table as Words
from grader.words import asked, speaking
from grader.words.troubles import WORDS as TROUBLES

if TYPE_CHECKING:
    from grader.contracts.report import Report
    from grader.datasets.dataset import Variant
    from grader.pipeline import Pipeline
    from grader.report.surroundings import Surroundings

USAGE = "%grade [EXERCISE] [--profile NAME] [--data embedded|official] [--language CODE]"
WORDS = Words(
    "notebook",
    {
        "name": "your notebook",
        "grades": "Grades what this notebook defines.",
        "not-counted": "This is not your fault, and nothing is counted against you.",
        "report": "Report",
    },
)
_HEIGHT = 760  # pixels of the report; it scrolls
_SECONDS = 0.5  # between two updates of the line that says what goes on


def register(shell: Any) -> None:
    """Give an IPython shell the `%grade` magic."""
    shell.register_magic_function(_Magic(shell).grade, "line", "grade")


class _Magic:
    """Keeps what is costly to start between two gradings: TensorFlow in the processes that build and examine."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._pipelines: dict[str, Pipeline] = {}
        atexit.register(self._close)

    def grade(self, line: str) -> None:
        """Grade the functions defined so far: `%grade cats-vs-dogs`."""
        from IPython.display import DisplayHandle  # noqa: PLC0415

        from grader.report.surroundings import in_a_notebook  # noqa: PLC0415

        try:
            wish = _wish(line)
            language = asked(wish.language)
        except GraderError as error:
            _say(error)
            return
        with speaking(language), tempfile.TemporaryDirectory(prefix="grader-") as folder:
            file = Path(folder) / f"{WORDS['name']}.ipynb"
            file.write_text(_notebook(self._cells()), encoding="utf-8")
            display = _Line(DisplayHandle())
            try:
                report = self._pipeline(wish.data).check(
                    file, exercise=wish.exercise, profile=wish.profile, progress=display.step, on_finding=display.finding
                )
            except KeyboardInterrupt:
                display.clear()
                print(TROUBLES["interrupted"])
            except GraderError as error:
                display.clear()
                _say(error)
            else:
                display.clear()
                _show(report, in_a_notebook(line.strip() or report.exercise))

    def _cells(self) -> dict[int, str]:
        """Return the code that was run, by execution count; cells that are no Python never defined anything."""
        cells = {}
        for number, raw in enumerate(self._shell.history_manager.input_hist_raw):
            if raw.strip() and not raw.lstrip().startswith(("%grade", "%load_ext grader", "%reload_ext grader")):
                try:
                    compile(self._shell.transform_cell(raw), "cell", "exec")
                except (SyntaxError, ValueError):
                    continue  # a later cell is its mended version, or nothing that is asked for stands in it
                cells[number] = raw
        return cells

    def _pipeline(self, data: Variant) -> Pipeline:
        from grader.pipeline import Pipeline  # noqa: PLC0415

        if data not in self._pipelines:
            self._pipelines[data] = Pipeline(data=data, keep=True)
        return self._pipelines[data]

    def _close(self) -> None:
        for pipeline in self._pipelines.values():
            pipeline.__exit__(None, None, None)


@dataclass(frozen=True)
class _Wish:
    """What stands behind `%grade`."""

    exercise: str | None
    profile: str
    data: Variant
    language: str | None


def _wish(line: str) -> _Wish:
    from click import Argument, Choice, Command, Option  # noqa: PLC0415
    from click.exceptions import ClickException, Exit  # noqa: PLC0415

    from grader.contracts.errors import UsageError  # noqa: PLC0415

    command = Command(
        "%grade",
        params=[
            Argument(["exercise"], required=False),
            Option(["--profile"], default="native"),
            Option(["--data"], type=Choice(["embedded", "official"]), default="embedded"),
            Option(["--language"]),
        ],
    )
    try:
        values = command.make_context("%grade", line.split()).params
    except (ClickException, Exit) as error:
        raise UsageError(error.format_message() if isinstance(error, ClickException) else WORDS["grades"], hint=USAGE) from None
    return _Wish(**values)


def _notebook(cells: dict[int, str]) -> str:
    """Return the cells as a notebook in which the n-th code cell is `In [n]`, so that places read as they do on the screen."""
    from nbformat import v4, writes  # noqa: PLC0415

    last = max(cells, default=0)
    code = [v4.new_code_cell(cells.get(number, ""), id=f"in-{number}") for number in range(1, last + 1)]
    return str(writes(v4.new_notebook(cells=code)))


class _Line:
    """One line of output that says what goes on; findings stay."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._shown = False
        self._said = 0.0

    def step(self, step: Step) -> None:
        """Show a step, at most twice a second."""
        from .progress import described  # noqa: PLC0415

        now = time.monotonic()
        if now - self._said >= _SECONDS:
            self._said = now
            self._update(described(step))

    def finding(self, finding: Finding) -> None:
        """Print a finding at once."""
        from .progress import describe  # noqa: PLC0415

        print(describe(finding))

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._update("")

    def _update(self, text: str) -> None:
        bundle = {"text/plain": text, "text/html": f"<em>{html.escape(text)}</em>"}
        if self._shown:
            self._handle.update(bundle, raw=True)
        else:
            self._handle.display(bundle, raw=True)
            self._shown = True


def _say(error: GraderError) -> None:
    from grader.report.surroundings import in_a_notebook  # noqa: PLC0415
    from grader.report.text import many_lines  # noqa: PLC0415

    told = in_a_notebook("NAME")
    print(f"{TROUBLES['error']} {many_lines(told.fit(error.message))}")
    if error.hint:
        # Which exercise it is, a command is told by an option, and the magic by its first word.
        print(many_lines(told.fit(error.hint.replace("`--exercise NAME`", "`grader check`"))))
    if error.exit_code is ExitCode.GRADER_FAULT:
        print(WORDS["not-counted"])


def _show(report: Report, within: Surroundings) -> None:
    """Show the page in a frame of its own, where its styles stay; the same as text where no HTML is shown."""
    from io import StringIO  # noqa: PLC0415

    from IPython.display import display  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    from grader.report import to_html, to_terminal  # noqa: PLC0415

    text = StringIO()
    # Left to itself, a console in a kernel shows every line as an output of its own, and writes none to the file.
    to_terminal(report, Console(file=text, width=100, force_jupyter=False, force_terminal=False), page=True, within=within)
    page = html.escape(to_html(report, within=within), quote=True)
    frame = f'<iframe title="{WORDS["report"]}" sandbox="" srcdoc="{page}" style="width:100%;height:{_HEIGHT}px;border:0"></iframe>'
    display({"text/plain": text.getvalue(), "text/html": frame}, raw=True)
