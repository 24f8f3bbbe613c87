"""Decides whether a file is an image that every reader decodes alike, and converts what is not stored as RGB."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 24_000_000  # a 24-megapixel photo; the largest official one has 0.8
MIN_SIDE = 8  # pixels
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
_CONVERTED = {"L", "LA", "P", "PA", "RGBA", "1"}  # modes that turn into RGB without guessing


class UnusableImageError(Exception):
    """The file cannot be used; its text says why, in a few words."""


@dataclass(frozen=True)
class CheckedImage:
    """An RGB image as JPEG or PNG: the original bytes wherever they already were that."""

    data: bytes
    suffix: str
    converted: bool


def check_image(data: bytes) -> CheckedImage:
    """Decode an image completely and return it ready for the cache; alpha is dropped, as Keras' own loaders do.

    Raises `UnusableImageError`.
    """
    if not data:
        raise UnusableImageError("zero-length")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on EXIF and palettes; sizes are checked below
            return _check(data)
    except UnusableImageError:
        raise
    except Image.DecompressionBombError as error:
        raise UnusableImageError("too many pixels") from error
    except UnidentifiedImageError as error:
        raise UnusableImageError("not an image") from error
    except Exception as error:  # a decoder meets hostile bytes: whatever it raises, this file is not usable
        raise UnusableImageError("truncated or damaged") from error


def _check(data: bytes) -> CheckedImage:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise UnusableImageError(f"too many pixels ({width}×{height})")
        if min(width, height) < MIN_SIDE:
            raise UnusableImageError(f"too small ({width}×{height})")
        if getattr(image, "n_frames", 1) > 1:
            raise UnusableImageError("an animation")
        image.load()
        if image.mode == "RGB" and image.format in {"JPEG", "PNG"}:
            return CheckedImage(data, ".jpg" if image.format == "JPEG" else ".png", converted=False)
        if image.mode != "RGB" and image.mode not in _CONVERTED:
            raise UnusableImageError(f"colours are {image.mode}, not RGB")
        stream = io.BytesIO()
        image.convert("RGB").save(stream, "PNG", compress_level=2)  # four times as fast as the usual 6, and hardly larger
        return CheckedImage(stream.getvalue(), ".png", converted=True)
