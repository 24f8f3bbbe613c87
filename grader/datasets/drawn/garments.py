"""Ten kinds of garments, light on black, 28×28 grey, in the classes of Fashion MNIST.

Plain or striped, turned, scaled, moved and noisy enough that a network with convolutions knows clearly more of them than one without.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from .canvas import Point, grainy

VERSION = 1
SIZE = 28

_CANVAS = SIZE * 3
_MIDDLE = _CANVAS / 2
_TURN = 15.0  # degrees to either side
_SCALE = (0.6, 1.0)
_SHIFT = 0.1  # of the canvas
_GRAIN = 22.0
_STRIPED = 0.4  # share of the garments


class _Cloth:
    """Cuts shapes out of one cloth, in coordinates of the canvas as if the garment stood upright in its middle."""

    def __init__(self, image: Image.Image, random: np.random.RandomState) -> None:
        self._draw = ImageDraw.Draw(image)
        self.random = random
        self.tone = int(random.randint(90, 235))
        self._scale = random.uniform(*_SCALE)
        self._x, self._y = (_MIDDLE + random.uniform(-_SHIFT, _SHIFT) * _CANVAS for _ in range(2))
        angle = math.radians(random.uniform(-_TURN, _TURN))
        self._sine, self._cosine = math.sin(angle), math.cos(angle)

    def pick(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def shape(self, points: Sequence[Point], brightness: float = 1.0) -> None:
        self._draw.polygon([self._pixel(point) for point in points], fill=min(255, int(self.tone * brightness)))

    def box(self, left: float, top: float, right: float, bottom: float, brightness: float = 1.0) -> None:
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], brightness)

    def line(self, points: Sequence[Point], width: float) -> None:
        pixels = [self._pixel(point) for point in points]
        self._draw.line(pixels, fill=self.tone, width=max(2, round(width * self._scale)), joint="curve")

    def stripe(self, image: Image.Image) -> Image.Image:
        """Return the image with darker stripes, along or across."""
        period, depth = int(self.random.randint(4, 12)), int(self.random.randint(15, 40))
        dark = (np.arange(_CANVAS) // period % 2 * depth).astype(np.int32)
        shade = dark[np.newaxis, :] if self.random.randint(2) else dark[:, np.newaxis]
        return Image.fromarray((np.asarray(image).astype(np.int32) * (100 - shade) // 100).astype(np.uint8))

    def _pixel(self, point: Point) -> tuple[int, int]:
        x, y = (point[0] - _MIDDLE) * self._scale, (point[1] - _MIDDLE) * self._scale
        return round(self._x + x * self._cosine - y * self._sine), round(self._y + x * self._sine + y * self._cosine)


def draw(class_name: str, random: np.random.RandomState) -> Image.Image:
    """Return one picture of a garment."""
    image = Image.new("L", (_CANVAS, _CANVAS), 0)
    cloth = _Cloth(image, random)
    _CUTS[class_name](cloth)
    if random.uniform() < _STRIPED:
        image = cloth.stripe(image)
    return grainy(image.reduce(3), random, _GRAIN)


def _top(cloth: _Cloth, sleeve: float) -> float:
    """Cut a body with two sleeves of this length; return half its width."""
    width = cloth.pick(13, 19)
    cloth.box(42 - width, 14, 42 + width, 74)
    spread = cloth.pick(8, 16)
    for side in (-1, 1):
        end = 42 + side * (width + spread)
        cloth.shape([(42 + side * width, 14), (end, 14 + sleeve), (end - side * 9, 17 + sleeve), (42 + side * (width - 1), 32)])
    return width


def _neck(cloth: _Cloth) -> None:
    cloth.shape([(34, 13), (50, 13), (45, 19), (39, 19)], 0)


def _t_shirt(cloth: _Cloth) -> None:
    _top(cloth, cloth.pick(14, 24))
    _neck(cloth)


def _pullover(cloth: _Cloth) -> None:
    width = _top(cloth, cloth.pick(40, 58))
    cloth.box(42 - width, 68, 42 + width, 74, 0.75)
    _neck(cloth)


def _coat(cloth: _Cloth) -> None:
    width = _top(cloth, cloth.pick(40, 58))
    cloth.box(41, 14, 43, 74, 0.4)
    cloth.shape([(42 - width, 14), (42, 30), (42 + width, 14)], 0.6)


def _shirt(cloth: _Cloth) -> None:
    _top(cloth, cloth.pick(14, 24) if cloth.pick(0, 1) < 0.25 else cloth.pick(36, 58))
    cloth.shape([(36, 14), (42, 22), (48, 14)], 0.4)
    for y in range(26, 72, 9):  # buttons
        cloth.box(41, y, 43.5, y + 3, 0.3)


def _trouser(cloth: _Cloth) -> None:
    width, gap = cloth.pick(13, 19), cloth.pick(2, 9)
    cloth.shape([(42 - width, 8), (42 + width, 8), (44 + width, 78), (42 + gap, 78), (42, 30), (42 - gap, 78), (40 - width, 78)])


def _dress(cloth: _Cloth) -> None:
    w = cloth.pick(13, 19)
    cloth.shape([(42 - w * 0.6, 8), (42 + w * 0.6, 8), (42 + w * 0.5, 34), (42 + w * 1.2, 78), (42 - w * 1.2, 78), (42 - w * 0.5, 34)])


def _sandal(cloth: _Cloth) -> None:
    cloth.box(10, 56, 74, 62)
    cloth.shape([(20, 56), (34, 38), (40, 40), (28, 56)])
    cloth.shape([(56, 56), (66, cloth.pick(34, 46)), (70, 56)])


def _sneaker(cloth: _Cloth) -> None:
    cloth.shape([(8, 60), (10, 50), (34, 42), (50, cloth.pick(32, 40)), (70, 36), (76, 60)])
    cloth.box(8, 60, 76, 66, 1.3)


def _bag(cloth: _Cloth) -> None:
    cloth.shape([(14, 36), (70, 36), (72, 74), (12, 74)])
    height = cloth.pick(12, 26)
    arc = [(42 - 18 * math.cos(math.pi * i / 12), 37 - height * math.sin(math.pi * i / 12)) for i in range(13)]
    cloth.line(arc, 4)


def _ankle_boot(cloth: _Cloth) -> None:
    cloth.shape([(40, cloth.pick(8, 24)), (66, cloth.pick(8, 24)), (70, 74), (10, 74), (12, 60), (40, 50)])


_CUTS: dict[str, Callable[[_Cloth], None]] = {
    "T-shirt/top": _t_shirt,
    "Trouser": _trouser,
    "Pullover": _pullover,
    "Dress": _dress,
    "Coat": _coat,
    "Sandal": _sandal,
    "Shirt": _shirt,
    "Sneaker": _sneaker,
    "Bag": _bag,
    "Ankle boot": _ankle_boot,
}
