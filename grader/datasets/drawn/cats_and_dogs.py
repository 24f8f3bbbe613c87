"""Cats and dogs by night: striped cats with pointed ears, spotted dogs with floppy ears, 150×150 RGB.

Background, fur, pose, place and size are drawn alike for both, so that no colour and no place tells them apart, only shapes. Light animals
on a dark ground are what a small network learns from within 180 steps, and what a network without convolutions does not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from .canvas import OVERSAMPLING, Colour, Pen, Placement, curve, grainy, shade

VERSION = 1
SIZE = 150

_CANVAS = SIZE * OVERSAMPLING
_SHIFT = 32  # pixels of the canvas
_SCALE = (0.78, 1.1)
_GRAIN = 5.0
_MARKING = 0.3  # brightness of ears, paws and coat pattern, as a share of the fur's
_FURS: tuple[Colour, ...] = (
    (236, 222, 198),  # cream
    (232, 182, 124),  # ginger
    (214, 170, 136),  # tan
    (202, 204, 212),  # grey
    (240, 236, 230),  # white
    (178, 190, 212),  # blue-grey
    (228, 160, 148),  # apricot
    (214, 206, 150),  # sand
)
_PINK: Colour = (235, 130, 140)
_NIGHT: Colour = (18, 16, 20)


def draw(class_name: str, random: np.random.RandomState) -> Image.Image:
    """Return one picture of a cat ("cats") or a dog ("dogs")."""
    return animal(class_name, random)


def animal(
    class_name: str,
    random: np.random.RandomState,
    *,
    shift: float = _SHIFT,
    scale: tuple[float, float] = _SCALE,
    faces_right: bool | None = None,
    coat: bool = True,
) -> Image.Image:
    """Return one picture; `shift` in canvas pixels, `faces_right`: None = by chance, `coat`: with stripes or spots on the body."""
    image = _background(random)
    placement = Placement(
        x=_CANVAS / 2 + random.uniform(-shift, shift),
        y=_CANVAS / 2 + random.uniform(-shift, shift) + 6,
        scale=random.uniform(*scale),
        mirror=bool(random.randint(2)) if faces_right is None else faces_right,
    )
    pen = Pen(image, placement)
    fur = _FURS[random.randint(len(_FURS))]
    red, green, blue = (int(np.clip(c + random.randint(-18, 19), 140, 242)) for c in fur)
    (_cat if class_name == "cats" else _dog)(pen, random, (red, green, blue), coat=coat)
    return grainy(image.reduce(OVERSAMPLING), random, _GRAIN)


def _background(random: np.random.RandomState) -> Image.Image:
    red, green, blue = (int(c) for c in random.randint(5, 51, size=3))
    sky = (red, green, blue)
    image = Image.new("RGB", (_CANVAS, _CANVAS), sky)
    pencil = ImageDraw.Draw(image)
    for _ in range(random.randint(4, 12)):  # stars
        x, y = (int(v) for v in random.randint(0, _CANVAS, size=2))
        pencil.rectangle([x, y, x + 2, y + 2], fill=shade(sky, 2.6))
    horizon = random.randint(round(_CANVAS * 0.5), round(_CANVAS * 0.9))
    pencil.rectangle([0, horizon, _CANVAS, _CANVAS], fill=shade(sky, random.uniform(0.4, 1.7)))
    for _ in range(random.randint(3, 9)):  # bushes and stones
        x, y = (int(v) for v in random.randint(0, _CANVAS, size=2))
        rx, ry = (int(v) for v in random.randint(8, 40, size=2))
        tint = tuple(int(np.clip(c + random.randint(-25, 26), 0, 75)) for c in sky)
        pencil.ellipse([x - rx, y - ry, x + rx, y + ry], fill=tint)
    return image


def _cat(pen: Pen, random: np.random.RandomState, fur: Colour, *, coat: bool) -> None:
    dark = shade(fur, _MARKING)
    sway = random.uniform(-14, 14)
    tail = curve((56, -8), (104 + sway, -4), (84 + sway, -74 + random.uniform(-12, 12)))
    pen.line(tail, 11, fur)
    for i in (5, 8, 11):
        pen.line(tail[i : i + 2], 11, dark)
    pen.line(tail[-2:], 11, dark)
    _legs(pen, random, fur, dark)
    _body(pen, fur, (lambda side: _stripes(side, random, dark)) if coat else None)
    hx, hy = -64 + random.uniform(-6, 6), -38 + random.uniform(-8, 8)
    for side in (-1, 1):
        base, tip = hx + side * 18, hx + side * (26 + random.uniform(-3, 3))
        pen.polygon([(base - 14, hy - 18), (tip, hy - 62), (base + 14, hy - 18)], dark)
        pen.polygon([(base - 6, hy - 22), (tip, hy - 46), (base + 6, hy - 22)], shade(_PINK, 0.75))
    pen.ellipse(hx, hy, 33, 30, fur)
    for dx in (-9, 0, 9):
        pen.line([(hx + dx, hy - 28), (hx + dx * 0.6, hy - 17)], 4, dark)
    _eyes(pen, hx, hy - 4, 13)
    pen.polygon([(hx - 5, hy + 7), (hx + 5, hy + 7), (hx, hy + 13)], _PINK)
    pen.line(curve((hx - 9, hy + 17), (hx - 4, hy + 22), (hx, hy + 13)), 2, _NIGHT)
    pen.line(curve((hx + 9, hy + 17), (hx + 4, hy + 22), (hx, hy + 13)), 2, _NIGHT)
    for side in (-1, 1):
        for dy in (-5, 1, 7):
            pen.line([(hx + side * 12, hy + 12 + dy * 0.4), (hx + side * 42, hy + 10 + dy * 1.6)], 2, shade(fur, 0.55))


def _dog(pen: Pen, random: np.random.RandomState, fur: Colour, *, coat: bool) -> None:
    dark = shade(fur, _MARKING)
    wag = random.uniform(-14, 14)
    pen.line(curve((54, -12), (74, -22), (90 + wag * 0.4, -44 + wag)), 12, fur)
    _legs(pen, random, fur, dark)
    _body(pen, fur, (lambda side: _spots(side, random, dark)) if coat else None)
    hx, hy = -64 + random.uniform(-6, 6), -38 + random.uniform(-8, 8)
    pen.ellipse(hx, hy, 32, 31, fur)
    if random.randint(2):
        pen.ellipse(hx + 13 * random.choice((-1, 1)), hy - 6, 12, 13, dark)
    for side in (-1, 1):
        droop = random.uniform(-4, 4)
        pen.ellipse(hx + side * 31, hy + 4 + droop, 11, 27, dark)
    _eyes(pen, hx, hy - 6, 13)
    if random.randint(2):
        pen.ellipse(hx, hy + 27, 6, 11, _PINK)  # tongue
    pen.ellipse(hx, hy + 13, 17, 13, shade(fur, 0.8))
    pen.ellipse(hx, hy + 8, 8, 6, _NIGHT)
    pen.line([(hx, hy + 12), (hx, hy + 20)], 2, _NIGHT)


def _legs(pen: Pen, random: np.random.RandomState, fur: Colour, dark: Colour) -> None:
    for x, far in ((-26, True), (40, True), (-42, False), (26, False)):
        swing = random.uniform(-9, 9)
        colour = shade(fur, 0.62 if far else 0.88)
        foot = (x + swing, 74)
        pen.line([(x, 14), foot], 13, colour)
        pen.ellipse(foot[0] - 3, foot[1] + 3, 10, 6, dark)


def _body(pen: Pen, fur: Colour, pattern: Callable[[Pen], None] | None) -> None:
    """Paint the body, then its coat pattern, if any, where the body is."""
    pen.ellipse(0, 0, 64, 37, fur)
    if pattern is None:
        return
    coat, shape = pen.image.copy(), Image.new("L", pen.image.size)
    pattern(pen.on(coat))
    pen.on(shape).ellipse(0, 0, 64, 37, 255)
    pen.image.paste(coat, mask=shape)


def _stripes(coat: Pen, random: np.random.RandomState, dark: Colour) -> None:
    slant, gap = random.uniform(-8, 8), random.uniform(15, 20)
    x = -44 + random.uniform(-4, 4)
    while x < 62:
        coat.line(curve((x + slant, -42), (x + 8, -8), (x - slant, 16 + random.uniform(-6, 12))), random.uniform(5, 8), dark)
        x += gap


def _spots(coat: Pen, random: np.random.RandomState, dark: Colour) -> None:
    for x in (-40, -14, 12, 38):
        for y in (-20, 8):
            r = random.uniform(7, 13)
            coat.ellipse(x + random.uniform(-9, 9), y + random.uniform(-9, 9), r, r * random.uniform(0.75, 1.1), dark)


def _eyes(pen: Pen, x: float, y: float, apart: float) -> None:
    for side in (-1, 1):
        pen.ellipse(x + side * apart, y, 5.5, 6.5, (250, 250, 240))
        pen.ellipse(x + side * apart, y + 0.5, 4, 5.5, _NIGHT)
        pen.ellipse(x + side * apart - 1.5, y - 2, 1.6, 1.6, (255, 255, 255))
