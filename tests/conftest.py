"""What all tests share: a cache of their own, quiet single-threaded TensorFlow, and no silent skipping in CI."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as in a background job; what the tests start would inherit it and sleep through Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

MUST_RUN = ("confinement", "browser")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep the tests out of the user's cache; workers that run side by side share one, since drawing takes seconds."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    before = os.environ.get("GRADER_CACHE_DIR")
    os.environ["GRADER_CACHE_DIR"] = str(shared / "grader-cache")
    yield
    if before is None:
        del os.environ["GRADER_CACHE_DIR"]
    else:
        os.environ["GRADER_CACHE_DIR"] = before


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images; tests that use it skip where it is absent."""
    folder = Path(os.environ.get("GRADER_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no real images here; set GRADER_TEST_DATA to a folder that holds them")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """In CI a test that must run there fails when it is skipped."""
    report = yield
    if report.skipped and os.environ.get("GRADER_REQUIRE_MARKED") and any(item.get_closest_marker(name) for name in MUST_RUN):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but must run here: {report.longrepr}"
    return report
