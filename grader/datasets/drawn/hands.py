"""Hands for rock, paper, scissors: a fist, a flat hand, two fingers in a V; 100×100 RGB.

Skin, background, turn, place and size are drawn alike for the three, so that only the fingers tell them apart. All skin tones lie clearly
above the dark ground, whichever they are: a small network learns the shapes within 180 steps, a network without convolutions does not.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from .canvas import OVERSAMPLING, Colour, Pen, Placement, Point, grainy, shade

VERSION = 1
SIZE = 100

_CANVAS = SIZE * OVERSAMPLING
_SHIFT = 20  # pixels of the canvas
_SCALE = (0.72, 1.05)
_TURN = 40.0  # degrees to either side
_GRAIN = 5.0
_CREASE = 0.55  # brightness of a finger's edge, as a share of the skin's
_SKINS: tuple[Colour, ...] = (
    (250, 222, 200),
    (240, 200, 168),
    (226, 178, 140),
    (204, 150, 110),
    (176, 122, 84),
    (150, 100, 68),
    (128, 84, 58),
)
_KNUCKLES = (-25.5, -8.5, 8.5, 25.5)  # x of the four fingers' roots: index to little finger
_LENGTHS = (52.0, 60.0, 54.0, 42.0)
_WIDTH = 16.0


def draw(class_name: str, random: np.random.RandomState) -> Image.Image:
    """Return one picture of "rock", "paper" or "scissors"."""
    image = _background(random)
    turn = random.uniform(-_TURN, _TURN)
    placement = Placement(
        x=_CANVAS / 2 + random.uniform(-_SHIFT, _SHIFT),
        y=_CANVAS / 2 + random.uniform(-_SHIFT, _SHIFT) + 18,
        scale=random.uniform(*_SCALE),
        mirror=bool(random.randint(2)),
        turn=turn,
    )
    pen = Pen(image, placement)
    light = random.uniform(0.92, 1.05)
    skin = shade(_SKINS[random.randint(len(_SKINS))], light)
    _arm(pen, random, skin)
    {"rock": _rock, "paper": _paper, "scissors": _scissors}[class_name](pen, random, skin)
    return grainy(image.reduce(OVERSAMPLING), random, _GRAIN)


def _background(random: np.random.RandomState) -> Image.Image:
    red, green, blue = (int(c) for c in random.randint(8, 56, size=3))
    ground = (red, green, blue)
    image = Image.new("RGB", (_CANVAS, _CANVAS), ground)
    pencil = ImageDraw.Draw(image)
    if random.randint(2):  # the edge of a table
        edge = random.randint(round(_CANVAS * 0.2), round(_CANVAS * 0.9))
        pencil.rectangle([0, edge, _CANVAS, _CANVAS], fill=shade(ground, random.uniform(0.5, 1.6)))
    for _ in range(random.randint(2, 8)):  # things out of focus
        x, y = (int(v) for v in random.randint(0, _CANVAS, size=2))
        rx, ry = (int(v) for v in random.randint(6, 34, size=2))
        tint = tuple(int(np.clip(c + random.randint(-25, 26), 0, 72)) for c in ground)
        pencil.ellipse([x - rx, y - ry, x + rx, y + ry], fill=tint)
    return image


def _arm(pen: Pen, random: np.random.RandomState, skin: Colour) -> None:
    """Draw the forearm, and on most a sleeve; both end outside of the picture."""
    pen.line([(0, 20), (0, 230)], 44, shade(skin, 0.9))
    if random.randint(3):
        red, green, blue = (int(c) for c in random.randint(30, 180, size=3))
        pen.line([(0, 66 + random.uniform(-8, 14)), (0, 240)], 58, (red, green, blue))


def _rock(pen: Pen, random: np.random.RandomState, skin: Colour) -> None:
    _palm(pen, skin)
    for x in _KNUCKLES:
        _folded(pen, random, x, skin)
    _finger(pen, (-34, 18), (14 + random.uniform(-6, 6), 10 + random.uniform(-4, 4)), 17, skin)  # the thumb, across


def _paper(pen: Pen, random: np.random.RandomState, skin: Colour) -> None:
    _palm(pen, skin)
    spread = random.uniform(2, 11)
    for number, (x, length) in enumerate(zip(_KNUCKLES, _LENGTHS, strict=True)):
        _straight(pen, random, x, length, (number - 1.5) * spread + random.uniform(-3, 3), skin)
    angle = math.radians(random.uniform(28, 62))
    _finger(pen, (-30, 22), (-30 - 46 * math.sin(angle), 22 - 46 * math.cos(angle)), 17, skin)


def _scissors(pen: Pen, random: np.random.RandomState, skin: Colour) -> None:
    _palm(pen, skin)
    opening = random.uniform(9, 20)
    for x, length, side in ((_KNUCKLES[0], _LENGTHS[0], -1), (_KNUCKLES[1], _LENGTHS[1], 1)):
        _straight(pen, random, x, length, side * opening + random.uniform(-3, 3), skin)
    for x in _KNUCKLES[2:]:
        _folded(pen, random, x, skin)
    _finger(pen, (-32, 22), (16 + random.uniform(-6, 6), 8 + random.uniform(-4, 4)), 17, skin)


def _palm(pen: Pen, skin: Colour) -> None:
    outline = [(-35, -22), (-20, -30), (20, -30), (35, -22), (34, 20), (24, 42), (-24, 42), (-36, 18)]
    pen.polygon(outline, skin)


def _straight(pen: Pen, random: np.random.RandomState, x: float, length: float, angle: float, skin: Colour) -> None:
    """Draw a stretched finger; `angle` in degrees, positive away from the thumb."""
    turned = math.radians(angle)
    reach = length * random.uniform(0.92, 1.06)
    tip = (x + reach * math.sin(turned), -26 - reach * math.cos(turned))
    _finger(pen, (x, -22), tip, _WIDTH, skin)
    pen.ellipse(x + (reach - 2) * math.sin(turned), -26 - (reach - 2) * math.cos(turned), 4.5, 4.5, shade(skin, 1.12))


def _folded(pen: Pen, random: np.random.RandomState, x: float, skin: Colour) -> None:
    """Draw a finger that is closed over the palm."""
    _finger(pen, (x, -28 + random.uniform(-4, 4)), (x, 2 + random.uniform(-4, 4)), _WIDTH, skin)


def _finger(pen: Pen, root: Point, tip: Point, width: float, skin: Colour) -> None:
    pen.line([root, tip], width + 3, shade(skin, _CREASE))
    pen.line([root, tip], width - 1, skin)
