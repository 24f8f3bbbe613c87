"""What the grader needs, in the versions that are installed here: a bundle grades with the software that its author tried it with."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.contracts.errors import GraderError

_THERE = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"}


def pinned(package: str = "cnn-grader") -> list[str]:
    """Return everything that the package needs on Linux, directly or not, as lines of a requirements file.

    What is only needed there and is not installed here keeps the range of versions that is asked for.
    Raises `GraderError` where the package itself is not installed.
    """
    try:
        todo = [("", Requirement(line)) for line in distribution(package).requires or ()]
    except PackageNotFoundError as error:
        raise GraderError(f"{package} is not installed, so nothing tells what it needs.", hint="Install it with pip.") from error
    found: dict[str, str] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while todo:
        extra, needed = todo.pop()
        name = canonicalize_name(needed.name)
        key = (name, tuple(sorted(needed.extras)))
        if key in seen or not _holds(needed, extra):
            continue
        seen.add(key)
        try:
            there = distribution(name)
        except PackageNotFoundError:
            found[name] = f"{name}{needed.specifier}"
            continue
        found[name] = f"{name}=={there.version}"
        todo += [(one, Requirement(line)) for line in there.requires or () for one in ("", *needed.extras)]
    return [found[name] for name in sorted(found)]


def _holds(needed: Requirement, extra: str) -> bool:
    return needed.marker is None or needed.marker.evaluate({**_THERE, "extra": extra})
