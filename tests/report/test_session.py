"""docs/students.md shows a session as it is printed today."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "docs" / "pictures" / "session.py"


def test_the_first_session_is_printed_so() -> None:
    spec = importlib.util.spec_from_file_location("session", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    session = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(session)
    assert session.session() in session.PAGE.read_text(encoding="utf-8"), "run `python docs/pictures/session.py`"
