"""`grader start` and `grader exercises`: what a student gets, and that nothing of theirs is ever touched."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import nbformat
import pytest

from grader import course
from grader.cli.notebook import make_notebook, pieces, sections
from grader.cli.start import marked, place
from grader.contracts.errors import UsageError

EXERCISES = course.names()


def test_exercises_are_listed_with_week_title_and_points(run) -> None:
    result = run("exercises")
    assert result.exit_code == 0
    for exercise in map(course.load, EXERCISES):
        (line,) = [line for line in result.stdout.splitlines() if f" {exercise.name} " in line]
        assert line.split()[0] == str(exercise.week)
        assert exercise.title in line
        assert line.split()[-1] == f"{sum(criterion['points'] for criterion in exercise.criteria):g}"


@pytest.mark.parametrize("name", EXERCISES)
def test_start_copies_instructions_and_starter(listing, run, tmp_path: Path, name: str) -> None:
    result = run("start", name)
    assert result.exit_code == 0
    given = course.load(name).folder
    made = tmp_path / name
    assert listing(made) == ["README.md", "submission.py"]
    assert (made / "README.md").read_bytes() == (given / "README.md").read_bytes()
    assert f"# exercise: {name}\n" in (made / "submission.py").read_text(encoding="utf-8")
    for said in (f"cd {name}", "submission.py", "grader check"):
        assert said in result.stdout


def test_start_into_the_current_folder_needs_no_cd(listing, run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = run("start", "output-shapes", ".")
    assert listing(tmp_path) == ["README.md", "notes.txt", "submission.py"]
    assert "cd " not in result.stdout


def test_start_makes_the_folders_on_the_way(run, tmp_path: Path) -> None:
    assert run("start", "output-shapes", "a/b/c").exit_code == 0
    assert (tmp_path / "a/b/c/submission.py").is_file()


@pytest.mark.parametrize("there", ["README.md", "submission.py"])
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_start_overwrites_nothing(listing, run, tmp_path: Path, there: str, kind: str) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    if kind == "file":
        (folder / there).write_text("mine")
    elif kind == "folder":
        (folder / there).mkdir()
    else:
        (folder / there).symlink_to("nowhere")
    result = run("start", "output-shapes", "work")
    assert result.exit_code == 2
    assert f"{there} exists already" in result.stderr
    assert "Try another folder" in result.stderr
    assert listing(folder) == [there]
    if kind == "file":
        assert (folder / there).read_text() == "mine"


def test_starting_twice_is_refused(run) -> None:
    assert run("start", "output-shapes").exit_code == 0
    assert run("start", "output-shapes").exit_code == 2
    assert run("start", "output-shapes", "--notebook").exit_code == 0  # another file: nothing is lost
    assert run("start", "output-shapes", "--notebook").exit_code == 2


def test_a_file_in_the_way_of_the_folder(run, tmp_path: Path) -> None:
    (tmp_path / "output-shapes").write_text("mine")
    assert run("start", "output-shapes").exit_code == 2
    assert run("start", "output-shapes", "output-shapes/deeper").exit_code == 2
    assert (tmp_path / "output-shapes").read_text() == "mine"


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("existing", [True, False])
def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: BaseException, existing: bool) -> None:
    folder = tmp_path / "a" / "b"
    if existing:
        folder.mkdir(parents=True)
    opened = Path.open

    def failing(self: Path, *args: object, **kwargs: object) -> object:
        if self.name == "second.py":
            opened(self, "x").close()  # it exists by the time the writing fails
            self.unlink()
            raise trouble
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(UsageError if isinstance(trouble, OSError) else KeyboardInterrupt):
        place({"first.md": "text", "second.py": "code"}, folder)
    monkeypatch.undo()
    assert list(folder.iterdir()) == [] if existing else list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1\n", "# exercise: a\nx = 1\n"),
        ("# exercise: a\nx = 1\n", "# exercise: a\nx = 1\n"),
        ('"""Doc."""\n# exercise: a\n', '"""Doc."""\n# exercise: a\n'),
        ("# exercise: ab\n", "# exercise: a\n# exercise: ab\n"),
    ],
)
def test_the_starter_says_which_exercise_it_is(source: str, expected: str) -> None:
    assert marked(source, "a") == expected


@pytest.mark.parametrize("name", EXERCISES)
def test_notebook_says_the_same_as_the_starter(listing, run, tmp_path: Path, name: str) -> None:
    assert run("start", name, "--notebook").exit_code == 0
    assert listing(tmp_path / name) == ["submission.ipynb"]
    text = (tmp_path / name / "submission.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.grader == {"exercise": name}
    exercise = course.load(name)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(exercise.starter))
    assert f"# exercise: {name}" in code
    readme = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert readme.split() == (exercise.folder / "README.md").read_text(encoding="utf-8").split()
    functions = [node for node in ast.parse(exercise.starter).body if isinstance(node, ast.FunctionDef)]
    assert sum(cell.cell_type == "code" for cell in notebook.cells) >= len(functions)


def test_notebook_is_the_same_every_time() -> None:
    arguments = ("a", "# Title\n\nText\n\n## Part\n\nMore\n", "import os\n\n\ndef f():\n    return 1\n")
    first = make_notebook(*arguments)
    assert first == make_notebook(*arguments)
    assert [cell["id"] for cell in json.loads(first)["cells"]] == ["text-1", "text-2", "code-1", "code-2"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ("x = 1\n", ["x = 1"]),
        ("import a\n\n\ndef f():\n    pass\n", ["import a", "def f():\n    pass"]),
        ("def f():\n    pass\n\n\ndef g():\n    pass\n", ["def f():\n    pass", "def g():\n    pass"]),
        ("@a\n@b(\n    1,\n)\ndef f():\n    pass\n", ["@a\n@b(\n    1,\n)\ndef f():\n    pass"]),
        ("import a\n\n# about f\ndef f():\n    pass\nx = f()\n", ["import a", "# about f\ndef f():\n    pass", "x = f()"]),
        ("class A:\n    x = 1\n\n\n# the end\n", ["class A:\n    x = 1", "# the end"]),
        (
            'def f():\n    """a\n\n# not a comment\n    """\n\n\ndef g(): ...\n',
            ['def f():\n    """a\n\n# not a comment\n    """', "def g(): ..."],
        ),
    ],
)
def test_code_is_cut_at_functions_and_classes(source: str, expected: list[str]) -> None:
    assert pieces(source) == expected


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        ("", []),
        ("only text", ["only text"]),
        ("# A\ntext\n## B\nmore\n", ["# A\ntext", "## B\nmore"]),
        ("# A\n```python\n# a comment\n```\n", ["# A\n```python\n# a comment\n```"]),
        ("before\n# A\n", ["before", "# A"]),
        ("#hashtag\n", ["#hashtag"]),
    ],
)
def test_instructions_are_cut_at_headings(readme: str, expected: list[str]) -> None:
    assert sections(readme) == expected
