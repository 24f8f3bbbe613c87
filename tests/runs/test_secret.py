"""The secret of the hidden images: made once, for its owner's eyes, or given."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from grader.contracts.errors import GraderError, UsageError
from grader.runs import secret
from grader.runs.secret import VARIABLE, holdout_secret


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(secret, "user_config_path", lambda _: tmp_path / "config")
    return tmp_path / "config"


def test_it_is_made_once_and_only_its_owner_reads_it(home: Path) -> None:
    first, second = holdout_secret(), holdout_secret()
    assert (first.new, second.new) == (True, False)
    assert first.value == second.value
    assert len(first.value) >= 32
    assert stat.S_IMODE((home / "holdout.secret").stat().st_mode) == 0o600


def test_a_given_one_comes_first(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv(VARIABLE, "a long enough secret\n")
    assert holdout_secret().value == b"a long enough secret"
    assert not home.exists()


@pytest.mark.parametrize("value", ["", "short"])
def test_one_that_could_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(UsageError, match="shorter than 16"):
        holdout_secret()


def test_where_it_cannot_be_kept_that_is_said(home: Path) -> None:
    home.write_text("a file")
    with pytest.raises(GraderError, match="cannot be kept") as raised:
        holdout_secret()
    assert VARIABLE in raised.value.hint
