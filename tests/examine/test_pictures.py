"""Small PNG files: capped in size, the same bytes every time, transparent where nothing is."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from grader.contracts.pictures import Picture
from grader.examine.pictures import GAP, PHOTO, TILE, photo, tiles

RANDOM = np.random.default_rng(4)


def decoded(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(picture.png)))
    assert image.format == "PNG"
    assert image.size == (picture.width, picture.height)
    return image


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((150, 150, 3), (96, 96)),
        ((300, 150, 3), (48, 96)),
        ((28, 28, 1), (28, 28)),
        ((60, 96, 4), (96, 60)),
        ((20, 20, 2), (20, 20)),
        ((2000, 3, 3), (1, 96)),
    ],
)
def test_photos_are_shrunk_to_their_cap(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    noise = RANDOM.integers(0, 256, shape)
    picture = photo(noise)
    assert decoded(picture).size == size
    assert max(size) <= PHOTO
    assert picture == photo(noise.astype(np.float32))


def test_values_beyond_pixels_are_cut_off() -> None:
    values = np.full((8, 8, 1), 90.4, np.float32)
    values[0, 0], values[0, 1], values[0, 2] = -50, 900, np.nan
    assert np.asarray(decoded(photo(values)))[0, :4].tolist() == [0, 255, 0, 90]


def test_tiles_stand_side_by_side_each_in_its_own_greys() -> None:
    channels = RANDOM.normal(size=(3, 10, 12)).astype(np.float32) * np.float32(7)
    channels[2] = 5  # constant
    strip = decoded(tiles(channels))
    width, height = 4 * 12, 4 * 10  # enlarged as often as fits
    assert strip.size == (3 * width + 2 * GAP, height)
    assert strip.info["transparency"] == 0
    pixels = np.asarray(strip)
    for number in range(3):
        tile = pixels[:, number * (width + GAP) :][:, :width]
        assert (tile.min(), tile.max()) == ((1, 1) if number == 2 else (1, 255))
    assert not pixels[:, width : width + GAP].any()


def test_large_channels_are_shrunk() -> None:
    assert decoded(tiles(RANDOM.random((8, 222, 111)).astype(np.float32))).size == (8 * TILE // 2 + 7 * GAP, TILE)
