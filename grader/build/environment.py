"""What the untrusted side inherits: an environment without secrets, and the places where packages are."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "WINDIR", "LD_LIBRARY_PATH")


def clean_environment(home: Path) -> dict[str, str]:
    """Return the environment of the zygote or of a fresh process; `home` is its home and temporary folder."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(home),
        "TEMP": str(home),
        "TMP": str(home),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",  # so that nothing but the main thread exists when the zygote forks
        # Given back to the kernel after each batch, memory costs more than what is computed on it. Bounded, so that limits mean the same.
        "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
        "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "2",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "CUDA_VISIBLE_DEVICES": "-1",
        "MPLBACKEND": "Agg",
        "KERAS_BACKEND": "tensorflow",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }


def package_paths() -> list[str]:
    """Return the folders of `sys.path` that hold the standard library and installed packages; no checkout, no current folder."""
    standard = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found = []
    for entry in sys.path:
        path = Path(entry)
        installed = path.name in {"site-packages", "dist-packages"}
        if entry and path.is_absolute() and (installed or path in standard or path.parent in standard):
            found.append(entry)
    return found
