"""`%grade` in a real kernel: the functions of the cells so far, by the way of a file."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient")

from nbformat import NotebookNode, v4  # noqa: E402

ROOT = Path(__file__).parents[2]
SHAPES = (ROOT / "solutions/output-shapes/solution.py").read_text(encoding="utf-8")
LOAD = "%load_ext grader"
Run = Callable[..., list[NotebookNode]]

pytestmark = pytest.mark.xdist_group("magic")


@pytest.fixture
def cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run cells in a fresh kernel, errors allowed, and return them."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))

    def run(*sources: str) -> list[NotebookNode]:
        notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
        nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
        return list(notebook.cells)

    return run


def texts(cell: NotebookNode, kind: str = "text/plain") -> str:
    """Return everything that a cell shows."""
    return "\n".join(output.get("text") or "".join(output.get("data", {}).get(kind, "")) for output in cell.outputs)


def test_the_functions_so_far_are_graded_again_and_again(cells: Run) -> None:
    broken = SHAPES.replace("Conv2D(16, (3, 3)", "Conv2D(16, (3, 3), padding='same'")
    assert broken != SHAPES
    done = cells(
        LOAD, broken, "%grade output-shapes", "def conv_model(:\n", SHAPES, "%grade output-shapes", "%grade output-shapes --language de"
    )
    assert "148×148" in texts(done[2])
    assert "Where:    your notebook.ipynb, cell 2" in texts(done[2])
    assert "10 of 10 points" in texts(done[5])
    assert "syntax" not in texts(done[5]).lower()  # the broken cell was mended by the next one
    shown = [output for output in done[5].outputs if "<iframe" in output.get("data", {}).get("text/html", "")]
    assert ["10 of 10 points" in output["data"]["text/plain"] for output in shown] == [True]
    beside = [output for output in done[5].outputs if output.output_type == "display_data" and output not in shown]
    assert len(beside) <= 1, "beside the report only the line that said what went on"
    assert "then run `%grade output-shapes` again" in texts(done[2])
    assert "!grader hint output-shapes" in texts(done[2])
    assert "10 von 10 Punkten" in texts(done[6])
    assert '<html lang="de">' in html.unescape(texts(done[6], "text/html"))
    assert [output for cell in done for output in cell.outputs if output.get("name") == "stderr"] == []  # TensorFlow starts in silence
    page = html.unescape(texts(done[5], "text/html"))
    assert "<iframe" in page
    assert "Content-Security-Policy" in page


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%grade no-such-exercise", "no-such-exercise"),
        ("%grade output-shapes --profile nonsense", "nonsense"),
        ("%grade output-shapes --data nonsense", "embedded"),
        ("%grade output-shapes --language tlh", "There is no translation into 'tlh'."),
        ("%grade --language de", "`%grade NAME`"),
        ("%grade a b", "%grade [EXERCISE]"),
        ("%grade", "exercise"),
    ],
)
def test_a_wrong_request_is_a_sentence(shell: Callable[[str], str], line: str, words: str) -> None:
    said = shell(line)
    assert "Error: " in said or "Fehler: " in said
    assert words in said
    assert "Traceback" not in said


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], str]]:
    """Run one line in a shell of this process and return what it printed."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.run_cell(LOAD)

    def run(line: str) -> str:
        shell.run_cell(line)
        return capsys.readouterr().out

    yield run
    InteractiveShell.clear_instance()
