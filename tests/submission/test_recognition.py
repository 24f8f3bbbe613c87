"""Which exercise a file is for."""

from __future__ import annotations

from typing import Any

import pytest

from grader import course
from grader.contracts.errors import UsageError
from grader.submission import recognition

MODEL = "def create_model():\n    return 1\n"


def test_the_header_decides(read: Any) -> None:
    assert read("# exercise: output-shapes\n" + MODEL, None).exercise == "output-shapes"
    assert read("\n" * 19 + "#Exercise:output-shapes\n" + MODEL, None).exercise == "output-shapes"
    with pytest.raises(UsageError, match="fit several"):  # too far down to be a header, and the function alone does not say
        read("\n" * 20 + "# exercise: output-shapes\n" + MODEL, None)


def test_the_argument_overrides(read: Any) -> None:
    assert read("# exercise: output-shapes\n" + MODEL, "cats-vs-dogs").exercise == "cats-vs-dogs"


def test_a_notebook_says_it_in_any_cell_or_its_metadata(read_cells: Any) -> None:
    assert read_cells(MODEL, "# exercise: output-shapes", exercise=None).exercise == "output-shapes"
    assert read_cells(MODEL, exercise=None, grader={"exercise": "output-shapes"}).exercise == "output-shapes"


def test_an_unknown_name_gets_place_and_suggestion(read: Any) -> None:
    with pytest.raises(UsageError, match=r"submission.py, line 1: .*'cat-vs-dogs'.*Did you mean 'cats-vs-dogs'"):
        read("# exercise: cat-vs-dogs\n" + MODEL, None)


def test_functions_suggest_where_they_leave_one_choice(read: Any) -> None:
    submission = read("def conv_model():\n    return 1\n", None)
    assert submission.exercise == "output-shapes"
    (note,) = [f for f in submission.findings if f.id == "exercise-guessed"]
    assert note.severity == "note"
    assert "output-shapes" in note.message


def test_functions_of_several_exercises_decide_nothing(read: Any) -> None:
    with pytest.raises(UsageError, match=r"cats-vs-dogs, output-shapes|output-shapes, cats-vs-dogs") as caught:
        read("def conv_model():\n    return 1\n" + MODEL, None)
    assert "--exercise" in caught.value.hint
    with pytest.raises(UsageError, match="none of the asked functions"):
        read("A = 1\n", None)


def test_more_of_the_same_functions_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"small": ["create_model"], "large": ["create_model", "split_data"]}

    def load(name: str, profile: str = "native") -> Any:
        assert profile == "native"
        exercise = course.load("cats-vs-dogs")
        calls = tuple(call for call in exercise.protocol.calls if call.function[0] in asked[name])
        return type(exercise)(**{**vars(exercise), "name": name, "protocol": exercise.protocol.model_copy(update={"calls": calls})})

    monkeypatch.setattr(recognition, "names", lambda: list(asked))
    monkeypatch.setattr(recognition, "load", load)
    assert recognition.suggest({"create_model", "split_data"}, "a.py", "native")[0].name == "large"
    with pytest.raises(UsageError, match="fit several: small, large"):
        recognition.suggest({"create_model"}, "a.py", "native")
