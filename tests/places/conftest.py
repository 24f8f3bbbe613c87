"""Clean machines to try the grader in: images made from Debian's own packages, kept and run by buildah. No container engine, no registry.

    GRADER_TEST_INSTALL=1 pytest -m exhaustive tests/places

as root, with buildah and debootstrap installed. With GRADER_TEST_ROOTS=FOLDER the images stay there, and a second run is quicker.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

RELEASE = "bookworm"
# What a machine needs to reach its registries is no part of what is tried.
CERTIFICATES = Path("/etc/ssl/certs")
PASSED_ON = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


class Engine:
    """Images and containers in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._call = ["buildah", "--root", str(folder / "images"), "--runroot", str(folder / "state")]
        self._containers: list[str] = []

    def call(self, *arguments: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._call, *map(str, arguments)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **more
        )

    def done(self, *arguments: str | Path) -> str:
        done = self.call(*arguments)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout.strip()

    def has(self, image: str) -> bool:
        return self.call("inspect", "--type", "image", image).returncode == 0

    def settings(self, image: str) -> Any:
        """Return what an image says of how it is run: its user, variables, entry point."""
        return json.loads(self.done("inspect", "--type", "image", image))["OCIv1"]["config"]

    def build(self, folder: Path, name: str) -> None:
        """Build a folder's Dockerfile. The base image has to be there."""
        self.done(
            *("build", "--isolation", "chroot", "--pull-never", "--network", "host"),
            *("--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro", "--tag", name, folder),
        )

    def start(self, image: str) -> str:
        """Return the name of a new container, which `close` removes."""
        name = self.done("from", "--pull-never", image)
        self._containers.append(name)
        return name

    def run(
        self, container: str, *command: str, mounts: dict[Path, str] | None = None, user: str = "", variables: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command with the user, the variables and the folder that its image names."""
        variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | (variables or {})
        volumes = {f"{CERTIFICATES}:{CERTIFICATES}:ro", *(f"{source}:{target}" for source, target in (mounts or {}).items())}
        return self.call(
            *("run", "--isolation", "chroot", "--network", "host", *(["--user", user] if user else [])),
            *(part for volume in sorted(volumes) for part in ("--volume", volume)),
            *(part for name, value in variables.items() for part in ("--env", f"{name}={value}")),
            *(container, "--", *command),
        )

    def close(self) -> None:
        for name in self._containers:
            self.call("rm", name)


@pytest.fixture(scope="session")
def engine() -> Generator[Engine]:
    if not os.environ.get("GRADER_TEST_INSTALL"):
        pytest.skip("installs TensorFlow into clean machines; set GRADER_TEST_INSTALL to let it")
    missing = [name for name in ("buildah", "debootstrap") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root, and {' and '.join(missing) or 'nothing more'}")
    kept = os.environ.get("GRADER_TEST_ROOTS")
    # Not in pytest's folders, which stay for three runs: these are gigabytes.
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="grader-places-"))
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(folder)
    yield engine
    engine.close()
    if not kept:
        engine.call("rmi", "--all", "--force")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def debian(engine: Engine) -> str:
    """The image of a minimal Debian without Python."""
    if not engine.has(RELEASE):
        with tempfile.TemporaryDirectory(prefix="grader-debian-") as root:
            command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", RELEASE, root]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
            container = engine.done("from", "scratch")
            engine.done("add", "--quiet", container, root, "/")
            engine.done("config", "--cmd", "bash", container)
            engine.done("commit", "--quiet", "--rm", container, RELEASE)
    return RELEASE


@pytest.fixture(scope="session")
def python(engine: Engine, debian: str) -> str:
    """The image of that Debian with its Python and pip. It stands for the images that compile one of their own."""
    name = f"{RELEASE}-python"
    if not engine.has(name):
        container = engine.start(debian)
        script = """set -e
            apt-get update && apt-get install --yes --no-install-recommends python3 python3-pip python3-venv
            rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED
            ln -s /usr/bin/python3 /usr/local/bin/python"""
        done = engine.run(container, "sh", "-c", script)
        assert done.returncode == 0, done.stderr
        engine.done("commit", "--quiet", container, name)
    return name
