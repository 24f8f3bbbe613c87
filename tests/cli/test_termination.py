"""A signal that ends the command lets it end its children; those that only hold TensorFlow do not tidy up for seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cli.termination import ENDING, tidy_termination

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.mark.parametrize("number", ENDING)
def test_everything_is_left_in_order_and_a_second_signal_ends_it_at_once(number: int) -> None:
    left = []

    def command() -> None:
        try:
            os.kill(os.getpid(), number)
            signal.pause()
        finally:
            left.extend(signal.getsignal(each) for each in ENDING)

    with pytest.raises(SystemExit) as ended, tidy_termination():
        command()
    assert ended.value.code == 128 + number
    assert left == [signal.SIG_DFL] * len(ENDING)


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        with tidy_termination():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_process_that_workers_are_forked_from_just_ends() -> None:
    code = "import atexit; atexit.register(print, 'tidied up'); import grader.examine.warm; print('ready', flush=True)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == ["ready"]
