"""The terminal report: which lines stand there, in which order, at any width, with any text."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from grader.contracts.report import Report
from grader.report import to_html, to_terminal

RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]|::[A-Za-z]|##\w*\[")


def shown(report: Report, *, width: int = 80, verbose: bool = False, encoding: str = "utf-8", **options: object) -> str:
    """Render into what a pipe would get, unless `options` say otherwise."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    console = Console(**{"file": file, "width": width, "_environ": {}, **options})
    to_terminal(report, console, verbose=verbose)
    file.flush()
    return file.buffer.getvalue().decode(encoding)


def flat(text: str) -> str:
    return " ".join(text.split())


FIRST_CAUSE = "✗ A softmax over one unit is always 1.0; use `Dense(1, activation='sigmoid')` for two classes."


@pytest.mark.parametrize(
    ("name", "verbose", "there", "absent"),
    [
        (
            "compared",
            False,
            [
                "dnn: `dnn_model`, 101,770 parameters, time per epoch 1 x",
                "cnn: `cnn_model`, 225,034 parameters, time per epoch 7.25 x",
                "91.0%",
            ],
            [],
        ),
        (
            "passed",
            False,
            [
                "✓ Passed: 7 of 7 points",
                "Everything is right",
                "✓ passed At least three convolution layers 2 / 2",
                "Try 1: 93.0%",
                "epoch 3 of 3",
            ],
            ["Hint", "Expected", "✗", "left out", "Noticed"],
        ),
        (
            "failed",
            False,
            [
                FIRST_CAUSE,
                "Expected: one sigmoid unit, or one softmax unit per class",
                "Found: Dense(1), softmax",
                "Where: submission.py, line 31",
                "✗ Pixels are still 0-255.",
                "✗ failed Pixels reach the network scaled 0 / 1",
                "– skipped The network learns to tell cats from dogs 0 / 4",
                "(as the submission itself reports)",
                "Hint: `ImageDataGenerator(rescale=1./255)`",
                "More: grader hint cats-vs-dogs pixels-scaled",
                "✗ a.ipynb, cell 3, line 2: This cell has a syntax error.",
                "- The learning rate 0.1 is outside the usual range.",
                "1 statement was not run: no asked function needs it (-v lists what).",
                "✗ Not passed yet: 2 of 9 points (to pass: 5.4)",
                "the official mark may differ",
                "grader check --html report.html",
            ],
            ["Only one of them.", "!pip install", "Found 1000 images", "Keras: received", "submission.py, line 20"],
        ),
        (
            "failed",
            True,
            [
                "Only one of them.",
                "!pip install tensorflow (a shell command)",
                "| Found 1000 images",
                "| Keras: received a loss that",
                "submission.py, line 20",
            ],
            ["grader hint", "-v lists what"],
        ),
        (
            "partial",
            False,
            ["◐ partial Title of learns 2.4 / 4", "Expected: 85.0%", "Found: 79.0%", "The submission as a whole 2.4 / 4", "Try 2: 79.0%"],
            ["✗"],
        ),
        (
            "unattempted",
            False,
            ["○ unattempted Title of conv-148 0 / 2", "○ Not started yet: 0 of 4 points", "README.md says what is asked"],
            ["✗", "failed", "official mark"],
        ),
        (
            "pending",
            False,
            ["… pending Title of learns", "The official weights are not on this machine.", "4 points are not part of this total"],
            ["✗", "failed"],
        ),
        (
            "error",
            False,
            ["! error Title of learns", "! The grader failed: 1 of 1 points", "grader doctor", "nothing of this is counted against you"],
            ["✗", "failed Title"],
        ),
    ],
)
def test_what_is_said(make_report, name: str, verbose: bool, there: list[str], absent: list[str]) -> None:
    text = flat(shown(make_report(name), width=120, verbose=verbose))
    for sentence in there:
        assert sentence in text
    for sentence in absent:
        assert sentence not in text


def test_a_cause_is_not_said_twice(make_report) -> None:
    report = make_report("failed")
    cause = report.causes[0].model_copy(update={"sentence": "The last layer has one softmax unit."})
    repeated = report.model_copy(update={"causes": (cause,)})
    assert shown(repeated).count("The last layer has one softmax unit.") == 1
    assert to_html(repeated).count("The last layer has one softmax unit.") == 1


def test_the_cause_is_the_first_line_of_feedback(make_report) -> None:
    lines = shown(make_report("failed"), width=120).splitlines()
    assert lines[0] == "Cats vs dogs from scratch"
    assert lines[2] == ""
    assert lines[3].strip() == FIRST_CAUSE


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_longer_than_the_terminal_or_ends_in_blanks(any_report: Report, width: int, verbose: bool) -> None:
    lines = shown(any_report, width=width, verbose=verbose).splitlines()
    assert max(map(len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("width", [60, 80, 120])
def test_points_stand_in_one_column_at_the_right(make_report, width: int) -> None:
    lines = [line for line in shown(make_report("failed"), width=width).splitlines() if re.search(r"\d / \d$", line)]
    assert len(lines) == 9  # four functions, five criteria
    assert {len(line) for line in lines} == {width}


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("terminal", [False, True])
def test_hostile_text_never_reaches_the_terminal_raw(make_report, width: int, terminal: bool) -> None:
    text = shown(make_report("hostile"), width=width, verbose=True, force_terminal=terminal, no_color=True)
    ours = re.sub(r"\x1b\[[0-9;]*m", "", text) if terminal else text  # rich's own bold and dim
    assert RAW.findall(ours) == []
    assert "[bold]x[/bold]" in ours
    assert ":smile:" in ours
    assert "<script>" in ours


def test_colour_only_where_it_is_wanted(make_report) -> None:
    report = make_report("failed")
    assert "\x1b[" not in shown(report)
    assert "\x1b[1;31m" in shown(report, force_terminal=True, color_system="standard")
    without = shown(report, force_terminal=True, color_system="standard", no_color=True)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", without)


def test_a_console_without_the_symbols_gets_letters(any_report: Report) -> None:
    ascii_report = any_report.model_copy(update={"title": "plain"})
    text = shown(ascii_report, encoding="ascii", verbose=True)
    assert text.isascii()


def test_long_foreign_text_is_cut_in_its_middle(make_report) -> None:
    report = make_report("passed").model_copy(update={"stdout": "\n".join(f"line {i}" for i in range(1000))})
    text = shown(report, verbose=True)
    for line in ("| line 0\n", "| [980 lines left out]\n", "| line 999\n"):
        assert line in text
    assert "| line 500\n" not in text
