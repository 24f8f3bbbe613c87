"""Fetches publishers' files over the network: resumed where a connection was cut, checked, and in place only when whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from grader.contracts.errors import GraderError, UsageError
from grader.contracts.progress import Progress, Step, silent

from .archives import printable
from .cache import cache_root, explained, hash_file
from .importing import ImportReport, import_dataset
from .registry import OfficialFile, lookup

CHUNK = 2**16  # bytes: as much may be lost where a connection is cut
TIMEOUT = 30  # seconds without a byte
_SEEN = "checksums.json"  # of files whose publisher states none: as they were when they first arrived


def fetch_dataset(name: str, progress: Progress = silent) -> ImportReport:
    """Fetch the official files of a dataset and import them; what was fetched is removed once it is imported.

    Raises `UsageError` for an unknown name and a dataset that no publisher offers for fetching, `GraderError` where the network, the file
    or the disk fails.
    """
    info = lookup(name)
    wanted = [file for file in info.official if not file.other_packing]
    if not wanted:
        raise UsageError(f"{info.title} cannot be fetched: its publisher asks for an account.", hint=_instead(name))
    folder = download_folder(name)
    fetch_files(name, wanted, folder, progress)
    report = import_dataset(name, folder, progress)
    shutil.rmtree(folder, ignore_errors=True)
    return report


def download_folder(name: str) -> Path:
    """Return where the files of a dataset or base arrive."""
    return cache_root() / "downloads" / name


def fetch_files(name: str, wanted: Sequence[OfficialFile], folder: Path, progress: Progress = silent) -> list[Path]:
    """Fetch files into `folder` and return their paths; what is there already is checked and kept, what is there in part is continued."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        missing = sum(file.bytes or 0 for file in wanted if not (folder / file.name).exists())
        free = shutil.disk_usage(folder).free
    if missing > free:
        raise GraderError(
            f"{name} needs {_megabytes(missing)} to be fetched, and as much again once imported; {_megabytes(free)} are free in {folder}.",
            hint="Make room there, or let GRADER_CACHE_DIR name a folder on another disk.",
        )
    return [_fetch(name, file, folder, progress) for file in wanted]


def _fetch(name: str, file: OfficialFile, folder: Path, progress: Progress) -> Path:
    import pooch  # noqa: PLC0415
    import requests  # noqa: PLC0415

    pooch.get_logger().setLevel("ERROR")
    known = _known_hash(file)
    host = urlsplit(file.url).hostname
    downloader = _Resuming(folder / f"{file.name}.part", file, progress)
    with explained(folder):
        try:
            path = Path(pooch.retrieve(file.url, known, file.name, folder, downloader=downloader))
        except requests.HTTPError as error:
            raise GraderError(f"{host} refuses {file.name}: {printable(str(error), 200)}.", hint=_instead(name, file)) from error
        except requests.RequestException as error:
            reason = "it does not answer" if isinstance(error, requests.Timeout) else "there is no connection, or it was cut"
            raise GraderError(
                f"{file.name} cannot be fetched from {host}: {reason}.",
                hint=f"Try again: it goes on where it stopped. {_instead(name, file)}",
            ) from error
        except ValueError as error:  # pooch's word for a checksum that differs
            expected = known.rpartition(":")[2][:12] if known else ""
            raise GraderError(
                f"What {host} sent is not {file.name} as its publisher made it: its checksum is not {expected}…; it was thrown away.",
                hint=f"Is there a proxy or a log-in page in between? Try again. {_instead(name, file)}",
            ) from error
    if known is None:
        _remember(file, hash_file(path))
    return path


@dataclass
class _Resuming:
    """Pooch's downloader: keeps what arrived in `part`, asks for the rest, and gives up when nothing more arrives."""

    part: Path
    file: OfficialFile
    progress: Progress

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        import requests  # noqa: PLC0415

        while (before := self._arrived()) != self.file.bytes:
            try:
                self._continue(url, before)
                break
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                if self._arrived() <= before:
                    raise
        self.part.replace(output_file)

    def _arrived(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def _continue(self, url: str, start: int) -> None:
        import requests  # noqa: PLC0415

        asked = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with requests.get(url, stream=True, timeout=TIMEOUT, headers=asked) as response:
            if start and response.status_code == requests.codes.requested_range_not_satisfiable:
                self.part.unlink()  # more than the file has: not a part of it
                return self._continue(url, 0)
            response.raise_for_status()
            resumed = response.status_code == requests.codes.partial_content
            done = start if resumed else 0
            total = self.file.bytes or done + int(response.headers.get("Content-Length", 0))
            with self.part.open("ab" if resumed else "wb") as stream:
                for chunk in response.iter_content(CHUNK):
                    stream.write(chunk)
                    done += len(chunk)
                    counted = {"done": done // 1_000_000, "total": total // 1_000_000}
                    self.progress(Step(stage="reading", doing="fetching", text=self.file.name, **counted))
        return None


def _known_hash(file: OfficialFile) -> str | None:
    if file.sha256:
        return f"sha256:{file.sha256}"
    if file.md5:
        return f"md5:{file.md5}"
    seen = _seen().get(file.url)
    return f"sha256:{seen}" if seen else None


def _seen() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((cache_root() / "downloads" / _SEEN).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _remember(file: OfficialFile, sha256: str) -> None:
    path = cache_root() / "downloads" / _SEEN
    partial = path.with_suffix(".partial")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(_seen() | {file.url: sha256}, indent=1), encoding="utf-8")
        partial.replace(path)


def _instead(name: str, file: OfficialFile | None = None) -> str:
    where = f" ({file.url})" if file else ""
    return f"Or get it on another machine{where}, then run: grader data import {name} PATH"


def _megabytes(number: int) -> str:
    return f"{number / 1e6:,.0f} MB"
