"""Shares the hand-made evidence of the judge's tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_PATH = Path(__file__).parents[1] / "judge" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("evidence_by_hand", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
by_hand = importlib.util.module_from_spec(_SPEC)
sys.modules["evidence_by_hand"] = by_hand
_SPEC.loader.exec_module(by_hand)

rubrics = by_hand.rubrics
