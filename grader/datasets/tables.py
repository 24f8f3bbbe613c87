"""Reads the two formats that small images come in, and checks every number: CSV tables of pixels, and idx files (gzipped or not)."""

from __future__ import annotations

import io
import re
import zlib

import numpy as np
from numpy.typing import NDArray

from .archives import MAX_TABLE
from .array_files import SIDE

PIXELS = SIDE * SIDE
HEADER = ["label", *(f"pixel{number}" for number in range(1, PIXELS + 1))]
IDX_IMAGES, IDX_LABELS = b"\x00\x00\x08\x03", b"\x00\x00\x08\x01"  # unsigned bytes, three axes or one
_GZIP = b"\x1f\x8b"


class UnusableTableError(Exception):
    """The file cannot be used; its text says what was found where, as the end of a sentence."""


def read_csv(data: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images (n, 28, 28) and labels of a table with the header `label,pixel1,…,pixel784`. Raises `UnusableTableError`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableTableError("is no text") from error
    first, _, rest = text.partition("\n")
    header = [name.strip().strip('"') for name in first.split(",")]
    if header != HEADER:
        where = next((i for i, (found, wanted) in enumerate(zip(header, HEADER, strict=False)) if found != wanted), None)
        found = f"{len(header)} columns" if where is None else f"{header[where][:20]!r} as column {where + 1}"
        raise UnusableTableError(f"has {found}; its header must be label,pixel1,…,pixel{PIXELS}")
    if not rest.strip():
        raise UnusableTableError("has a header and no rows")
    try:
        numbers = np.loadtxt(io.StringIO(rest), dtype=np.int32, delimiter=",", quotechar='"', ndmin=2, comments=None)
    except ValueError as error:
        raise UnusableTableError(_shorter(str(error))) from error
    if numbers.shape[1] != len(HEADER):
        raise UnusableTableError(f"has rows of {numbers.shape[1]} numbers under a header of {len(HEADER)}")
    outside = np.argwhere((numbers[:, 1:] < 0) | (numbers[:, 1:] > 255))
    if len(outside):
        row, column = (int(index) for index in outside[0])
        raise UnusableTableError(f"has the pixel {numbers[row, column + 1]} in line {row + 2}; pixels are 0 to 255")
    return numbers[:, 1:].astype(np.uint8).reshape(-1, SIDE, SIDE), numbers[:, 0].astype(np.int64)


def _shorter(text: str) -> str:
    """Return NumPy's complaint as the end of our sentence, with the line of the file: it counts rows from 0 and without the header."""
    bad = re.search(r"could not convert string (.+) to int32 at row (\d+), column (\d+)", text)
    if bad:
        return f"has {bad[1][:30]} in line {int(bad[2]) + 2}, column {bad[3]}; whole numbers are expected"
    uneven = re.search(r"changed from (\d+) to (\d+) at row (\d+)", text)
    if uneven:
        return f"has {uneven[2]} numbers in line {int(uneven[3]) + 1} where other lines have {uneven[1]}"
    return f"is no table of whole numbers ({text[:80]})"


def is_idx(data: bytes) -> bool:
    """Return whether the file is an idx file of images or labels, gzipped or not."""
    try:
        return _unpacked(data, 4)[:4] in {IDX_IMAGES, IDX_LABELS}
    except UnusableTableError:
        return False


def read_idx(data: bytes) -> NDArray[np.uint8]:
    """Return images (n, 28, 28) or labels (n,) of an idx file (http://yann.lecun.com/exdb/mnist). Raises `UnusableTableError`."""
    plain = _unpacked(data, MAX_TABLE)
    magic = plain[:4]
    axes = 3 if magic == IDX_IMAGES else 1
    if magic not in {IDX_IMAGES, IDX_LABELS} or len(plain) < 4 + 4 * axes:
        raise UnusableTableError("is no idx file of images or labels")
    shape = tuple(int.from_bytes(plain[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes))
    body = plain[4 + 4 * axes :]
    if axes == 3 and shape[1:] != (SIDE, SIDE):
        raise UnusableTableError(f"holds images of {shape[1]}×{shape[2]}; {SIDE}×{SIDE} are expected")
    wanted = shape[0] * (PIXELS if axes == 3 else 1)
    if len(body) != wanted:
        raise UnusableTableError(f"announces {shape[0]:,} items, which are {wanted:,} bytes, and holds {len(body):,}")
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)


def _unpacked(data: bytes, most: int) -> bytes:
    """Return at most that many bytes of what a gzip file holds; other files as they are."""
    if not data.startswith(_GZIP):
        return data[:most]
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, most)
    except zlib.error as error:
        raise UnusableTableError("is damaged (gzip)") from error
    if most > 4 and not unpacker.eof:
        raise UnusableTableError("is cut off, or unpacks to more than any file of this course")
    return plain
