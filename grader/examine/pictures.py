"""Turns pixels into small PNG files: shrunk to what a page needs, the same bytes every time."""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from grader.contracts.pictures import Picture

PHOTO = 96  # longest side of a shown image
COLOURS = 80  # of a photo: no eye misses the others, and the file is a third
TILE = 48  # longest side of one shown channel; smaller ones are enlarged as often as fits
GAP = 3


def photo(pixels: npt.NDArray[np.generic]) -> Picture:
    """Return an image (h, w, 1, 3 or 4 channels; values 0..255) as a picture of at most `PHOTO` pixels a side."""
    values = np.clip(np.rint(np.nan_to_num(np.asarray(pixels, np.float32))), 0, 255).astype(np.uint8)
    if values.shape[2] not in (1, 3, 4):
        values = values[..., :1]
    image = Image.fromarray(values[..., 0] if values.shape[2] == 1 else values).convert("L" if values.shape[2] == 1 else "RGB")
    image.thumbnail((PHOTO, PHOTO), Image.Resampling.BOX)
    if image.mode == "RGB":
        image = image.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return _encoded(image)


def tiles(channels: npt.NDArray[np.float32]) -> Picture:
    """Return channels (n, h, w) side by side in grey, each from its least value to its greatest; what lies between them is transparent."""
    drawn = [_tile(channel) for channel in channels]
    height, width = drawn[0].shape
    strip = np.zeros((height, len(drawn) * (width + GAP) - GAP), np.uint8)
    for number, tile in enumerate(drawn):
        strip[:, number * (width + GAP) :][:, :width] = tile
    return _encoded(Image.fromarray(strip), transparency=0)


def _tile(channel: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return one channel in greys from 1 to 255, about as large as `TILE`; 0 is left for what is transparent."""
    low, high = float(channel.min()), float(channel.max())
    share = (channel - low) / (high - low) if high > low else np.zeros_like(channel)
    image = Image.fromarray((1 + np.rint(254 * share)).astype(np.uint8))
    image.thumbnail((TILE, TILE), Image.Resampling.BOX)
    times = max(1, TILE // max(image.size))
    return np.asarray(image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST))


def _encoded(image: Image.Image, transparency: int | None = None) -> Picture:
    stream = io.BytesIO()
    options = {} if transparency is None else {"transparency": transparency}
    image.save(stream, "PNG", optimize=True, **options)
    return Picture(png=base64.b64encode(stream.getvalue()).decode(), width=image.width, height=image.height)
