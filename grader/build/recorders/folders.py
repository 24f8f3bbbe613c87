"""Calls a function that copies files, once or several times per scenario. What it did, the parent sees in the folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ...contracts.artifacts import Artifact, CallError, FoldersPayload, Job
from ...contracts.protocol import FoldersCall, FolderScenario
from ..arguments import call_with
from ..errors import call_error
from .describe import describe


def record(call: FoldersCall, function: Callable[..., Any], job: Job) -> Artifact:
    """Call `function` for every scenario; an exception ends its scenario only."""
    errors: dict[str, CallError | None] = {}
    returned = ""
    for scenario in call.scenarios:
        folders = job.scenarios[call.id][scenario.id]
        arguments = {parameter: _argument(thing, scenario, folders) for parameter, thing in call.arguments.items()}
        try:
            for _ in range(scenario.calls):
                returned = describe(call_with(function, arguments))
            errors[scenario.id] = None
        except Exception as problem:  # whatever the student's function raises
            errors[scenario.id] = call_error(problem)
    return Artifact(call=call.id, returned=returned, payload=FoldersPayload(errors=errors))


def _argument(thing: str, scenario: FolderScenario, folders: dict[str, str]) -> str | float:
    if thing == "share":
        return scenario.share
    return folders[thing] + (os.sep if scenario.trailing_slash else "")
