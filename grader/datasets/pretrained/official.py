"""A publisher's own weights: imported from a file or fetched, and taken only if they are exactly the publisher's."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from grader.contracts.errors import UsageError
from grader.contracts.progress import Progress, silent
from grader.datasets.archives import printable
from grader.datasets.cache import Manifest, looks_intact, read_manifest, replace
from grader.datasets.fetching import download_folder, fetch_files
from grader.datasets.registry import OfficialFile

from . import architecture, official_entry, weights_manifest

_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"
OFFICIAL = {
    "inception-v3": OfficialFile(
        f"{_KERAS}/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5", 87910968, md5="bcbd6486424b2319ff4ef7d526e38f63"
    )
}


@dataclass(frozen=True)
class WeightsReport:
    """What an import of weights did."""

    name: str
    digest: str
    changed: bool


def import_weights(name: str, path: Path) -> WeightsReport:
    """Put a publisher's weights into the cache. Raises `UsageError` for a file that is not the publisher's, byte by byte."""
    known, published = architecture(name), _published(name)
    if not path.is_file():
        raise UsageError(f"There is no file {printable(str(path))}.", hint=f"Give the file {published.name}.")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != published.md5:
        raise UsageError(
            f"{printable(path.name)} is not {known.title} without top as published: its md5 is {found}, not {published.md5}.",
            hint=f"Get {published.url}",
        )

    def fill(folder: Path) -> Manifest:
        shutil.copyfile(path, folder / known.file)
        return weights_manifest(name, "official", "import 1", folder / known.file)

    manifest, changed = replace(official_entry(name), fill)
    return WeightsReport(name, manifest.digest, changed)


def fetch_weights(name: str, progress: Progress = silent) -> WeightsReport:
    """Fetch a publisher's weights and import them; raises what `fetch_files` and `import_weights` raise."""
    folder = download_folder(name)
    (file,) = fetch_files(name, [_published(name)], folder, progress)
    report = import_weights(name, file)
    shutil.rmtree(folder, ignore_errors=True)
    return report


def has_official(name: str) -> bool:
    """Return whether the publisher's weights are in the cache."""
    manifest = read_manifest(official_entry(name))
    return manifest is not None and looks_intact(official_entry(name), manifest)


def _published(name: str) -> OfficialFile:
    if name not in OFFICIAL:
        raise UsageError(f"The weights of {name} come with the grader.", hint="Nothing needs to be fetched or imported.")
    return OFFICIAL[name]
