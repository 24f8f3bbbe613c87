"""The zygote: imports TensorFlow once, then forks a confined child for each run and supervises it. Linux only.

Speaks JSON lines with the launcher on what were its standard input and output: `{"warm": seconds}` once, then per request (`child.Request`)
`{"call": id}` as calls begin and `{"ended": supervise.Ended}`. Ends when the launcher closes its end.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from .child import enter, import_everything
from .confinement import libc
from .processes import ForkedChild
from .request import Request
from .supervise import supervise

_START_SECONDS = 30.0
_PIPE_BYTES = 1 << 18


class _Channel:
    """The launcher's end of the line, moved away from the standard descriptors that children inherit."""

    def __init__(self) -> None:
        self.requests: BinaryIO = os.fdopen(os.dup(0), "rb", buffering=0)
        self._answers = os.dup(1)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.close(nothing)

    def say(self, message: dict[str, Any]) -> None:
        os.write(self._answers, json.dumps(message).encode() + b"\n")


def main() -> None:
    """Serve requests until the launcher closes the line."""
    channel = _Channel()
    begun = time.monotonic()
    libc.adopt_orphans()
    libc.set_inspectable(False)
    import_everything()
    gc.collect()
    gc.freeze()  # a collection in the child would copy every page it touches
    channel.say({"warm": round(time.monotonic() - begun, 3)})
    while line := _read_line(channel.requests):
        request = Request.model_validate_json(line)
        channel.say({"ended": _run(request, channel)})
    os._exit(0)  # TensorFlow would tidy up for seconds, and the launcher waits


def _read_line(stream: BinaryIO) -> bytes:
    parts = []
    while data := stream.read(1 << 20):
        parts.append(data)
        if data.endswith(b"\n"):  # one request at a time: the line's end is the end of what was sent
            return b"".join(parts)
    return b""


def _run(request: Request, channel: _Channel) -> dict[str, Any]:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)  # fewer wake-ups for a child that prints a gigabyte
    pid = os.fork()
    if pid == 0:
        _become_child(request, writing)
    os.close(writing)
    try:
        child = ForkedChild(pid, reading, lambda: os._exit(1), channel.requests.fileno())
        job = request.job
        ended = supervise(
            child,
            Path(job.work),
            Path(job.artifacts),
            request.calls,
            job.protocol.limits,
            _START_SECONDS,
            lambda call: channel.say({"call": call}),
        )
    finally:
        os.close(reading)
    return ended.model_dump(mode="json")


def _become_child(request: Request, output: int) -> None:
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        libc.die_with_parent()
        # Text layers made for the zygote: unbuffered enough that a killed child's words are not lost.
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        enter(request)
    except BaseException:  # a forked child must never return into the zygote's loop
        os.write(1, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(70)
