"""`grader rubric`: what an author sees, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from grader import course
from grader.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rubric", *arguments])


def test_all_rubrics_are_checked() -> None:
    result = run("check")
    assert result.exit_code == 0
    for name in course.names():
        assert f"{name}.yaml: " in result.stdout


@pytest.mark.parametrize("target", ["output-shapes", str(course.root() / "rubrics" / "output-shapes.yaml")])
def test_one_rubric_is_checked_by_name_or_file(target: str) -> None:
    result = run("check", target)
    assert result.exit_code == 0
    assert result.stdout == "output-shapes.yaml: 5 criteria, 10 points, no mistakes.\n"


def test_every_mistake_is_listed_and_the_exit_code_is_usage(tmp_path: Path) -> None:
    text = (course.root() / "rubrics" / "output-shapes.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        text.replace("kind: layer_output\n", "kind: layer_outptu\n", 1).replace("padding: same\n    points", "pading: same\n    points")
    )
    result = run("check", str(broken))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "did you mean 'layer_output'" in result.stderr
    assert "did you mean 'padding'" in result.stderr
    assert result.stderr.count("broken.yaml, line ") == 2


def test_a_protocol_that_cannot_be_read_is_an_authors_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("exercise: x\nweek: 1\ntitle: T\nprotocol: 3\ncriteria: [{}]\n")
    result = run("check", str(broken))
    assert result.exit_code == 2
    assert "broken.yaml, line 4: " in result.stderr


@pytest.mark.parametrize(("target", "says"), [("output-shape", "'output-shapes'"), ("nowhere.yaml", "no file nowhere.yaml")])
def test_what_is_not_there_is_said(target: str, says: str) -> None:
    result = run("check", target)
    assert result.exit_code == 2
    assert says in result.stderr


def test_the_schema_is_one_that_editors_can_use() -> None:
    result = run("schema")
    assert result.exit_code == 0
    schema = json.loads(result.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert {"Split", "HoldoutAccuracy", "ModelCall"} <= schema["$defs"].keys()
