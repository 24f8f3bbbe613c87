"""The handed-out images as a pipeline might have loaded them: decoded, and resized in each of the usual ways."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from grader.datasets import ArrayImage

Floats = npt.NDArray[np.float32]
Original = Path | ArrayImage  # where an image lies
Size = tuple[int, int, int]  # height, width, channels
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
PILLOW = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}
TENSORFLOW = ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
RESIZES = (
    *(f"Pillow {name}" for name in PILLOW),
    *(f"TensorFlow {name}" for name in TENSORFLOW),
    *(f"TensorFlow {name} antialias" for name in TENSORFLOW if name not in ("nearest", "area")),
)


@lru_cache(maxsize=512)  # every image of a hand-out is asked for several times in turn; at most 300 MB of photos
def _decode(path: Original, channels: int, library: str) -> npt.NDArray[np.uint8]:
    """Return uint8 pixels (h, w, c). TensorFlow decodes a JPEG slightly otherwise than Pillow: up to a grey level on average."""
    if isinstance(path, ArrayImage):
        return with_channels(_array(path.file)[path.row][:, :, np.newaxis], channels)
    if library == "TensorFlow" and channels in (1, 3):
        import tensorflow as tf

        try:
            decoded: npt.NDArray[np.uint8] = tf.io.decode_image(path.read_bytes(), channels=channels, expand_animations=False).numpy()
        except tf.errors.InvalidArgumentError:  # a format that only Pillow knows
            return _decode(path, channels, "Pillow")
        return decoded
    with Image.open(path) as image:
        pixels = np.asarray(image.convert(MODES[channels]))
    return pixels.reshape(*pixels.shape[:2], channels)


@lru_cache(maxsize=128)
def _array(file: Path) -> npt.NDArray[np.uint8]:
    """Return the grey images (n, h, w) of one file of the cache."""
    images: npt.NDArray[np.uint8] = np.load(file, allow_pickle=False)
    return images


def natural_size(path: Original, channels: int) -> tuple[int, int]:
    """Return height and width of the image in the file."""
    height, width = _decode(path, channels, "Pillow").shape[:2]
    return height, width


def resized(pixels: npt.NDArray[np.uint8], size: Size, resize: str) -> Floats:
    """Return uint8 pixels (h, w, c) at `size`, values in 0..255, resized as one of `RESIZES` does it."""
    if pixels.shape[:2] == size[:2]:
        return pixels.astype(np.float32)
    library, method, *antialias = resize.split(" ")
    if library == "Pillow":
        squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
        image = Image.fromarray(squeezed).resize((size[1], size[0]), PILLOW[method])
        return np.asarray(image, np.float32).reshape(size)
    import tensorflow as tf

    result: Floats = tf.image.resize(pixels, size[:2], method=method, antialias=bool(antialias)).numpy().astype(np.float32)
    return result


def with_channels(pixels: npt.NDArray[np.uint8], channels: int) -> npt.NDArray[np.uint8]:
    """Return RGB or grey pixels (h, w, 3 or 1) with 1, 3 or 4 channels."""
    if channels == pixels.shape[2]:
        return pixels
    converted = np.asarray(Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).convert(MODES[channels]))
    return converted.reshape(*pixels.shape[:2], channels)


def load(path: Original, size: Size, resize: str) -> Floats:
    """Return the image in the file at `size`, values in 0..255, decoded and resized as the library does it."""
    return resized(_decode(path, size[2], resize.split(" ", maxsplit=1)[0]), size, resize)
