"""Scenes for transfer learning: one object, in its own colours, somewhere on a cluttered background."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]
CANVAS = 192  # drawn at this size, then resized


class Pen:
    """Draws in units of a hundredth of the canvas, with three colours that contrast with the background and each other."""

    def __init__(self, image: Image.Image, rng: np.random.Generator, colours: Sequence[Colour]) -> None:
        self._draw = ImageDraw.Draw(image)
        self.rng = rng
        self.main, self.second, self.third = colours

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        self.oval(x, y, radius, radius, colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Fill an ellipse around (x, y)."""
        self._draw.ellipse(self._scaled([(x - rx, y - ry), (x + rx, y + ry)]), fill=colour)

    def ring(self, x: float, y: float, radius: float, width: float, colour: Colour) -> None:
        """Draw a circle's outline."""
        box = self._scaled([(x - radius, y - radius), (x + radius, y + radius)])
        self._draw.ellipse(box, outline=colour, width=self._width(width))

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, corner: float = 0.0) -> None:
        """Fill a rectangle, with rounded corners if wanted."""
        self._draw.rounded_rectangle(self._scaled([(left, top), (right, bottom)]), radius=self._width(corner) if corner else 0, fill=colour)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon(self._scaled(points), fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line with rounded joints."""
        self._draw.line(self._scaled(points), fill=colour, width=self._width(width), joint="curve")

    def arc(self, x: float, y: float, radius: float, start: float, end: float, width: float, colour: Colour) -> None:
        """Draw a part of a circle; angles in degrees, clockwise from three o'clock."""
        box = self._scaled([(x - radius, y - radius), (x + radius, y + radius)])
        self._draw.arc(box, start, end, fill=colour, width=self._width(width))

    def slice(self, x: float, y: float, radius: float, start: float, end: float, colour: Colour) -> None:
        """Fill a sector."""
        box = self._scaled([(x - radius, y - radius), (x + radius, y + radius)])
        self._draw.pieslice(box, start, end, fill=colour)

    def star(self, x: float, y: float, points: int, outer: float, inner: float, colour: Colour) -> None:
        """Fill a star, a gear or (with equal radii) a regular polygon."""
        turns = [(outer if i % 2 == 0 else inner, math.pi * i / points) for i in range(2 * points)]
        self.shape([(x + r * math.sin(a), y - r * math.cos(a)) for r, a in turns], colour)

    def pick(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        return float(self.rng.uniform(low, high))

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * CANVAS / 100, y * CANVAS / 100) for x, y in points]

    def _width(self, width: float) -> int:
        return max(1, round(width * CANVAS / 100))


Sketch = Callable[[Pen], None]


def shade(colour: Colour, factor: float) -> Colour:
    """Return the colour made darker (factor < 1) or lighter."""
    red, green, blue = (int(min(255, max(0, value * factor))) for value in colour)
    return red, green, blue


def scene(
    rng: np.random.Generator,
    sketch: Sketch,
    *,
    size: int,
    rotation: float = 25.0,
    scale: tuple[float, float] = (0.55, 1.15),
    shift: float = 0.13,
    clutter: int = 10,
    noise: float = 10.0,
    flip: bool = True,
) -> Image.Image:
    """Return a `size`×`size` RGB image of what `sketch` draws.

    `rotation` is in degrees, `shift` a share of the side, `noise` the largest standard deviation of the pixels.
    """
    background = _colour(rng, 30, 240)
    image = _background(rng, background, clutter)
    main = _contrasting(rng, background, 110)
    colours = (main, _contrasting(rng, main, 90), _contrasting(rng, main, 90))
    layer = Image.new("RGBA", (CANVAS, CANVAS), (0, 0, 0, 0))
    sketch(Pen(layer, rng, colours))
    if flip and rng.random() < 0.5:
        layer = layer.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    side = int(CANVAS * rng.uniform(*scale))
    layer = layer.rotate(float(rng.uniform(-rotation, rotation)), Image.Resampling.BILINEAR).resize((side, side), Image.Resampling.BILINEAR)
    corner = [int((CANVAS - side) / 2 + rng.uniform(-shift, shift) * CANVAS) for _ in range(2)]
    image.paste(layer, (corner[0], corner[1]), layer)
    pixels = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR), dtype=np.float32)
    pixels = pixels + rng.normal(0.0, 1.0, pixels.shape).astype(np.float32) * rng.uniform(0.0, noise * 1.5)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue


def _contrasting(rng: np.random.Generator, reference: Colour, distance: int) -> Colour:
    for _ in range(20):
        colour = _colour(rng)
        if sum(abs(a - b) for a, b in zip(colour, reference, strict=True)) > distance:
            return colour
    return (255 - reference[0], 255 - reference[1], 255 - reference[2])


def _near(rng: np.random.Generator, colour: Colour, spread: int) -> Colour:
    red, green, blue = (int(np.clip(value + rng.integers(-spread, spread + 1), 0, 255)) for value in colour)
    return red, green, blue


def _background(rng: np.random.Generator, colour: Colour, clutter: int) -> Image.Image:
    kind = rng.integers(4)
    if kind == 1:  # a gradient
        ramp = np.linspace(0.0, 1.0, CANVAS)[:, None, None]
        blend = np.array(colour) * (1 - ramp) + np.array(_near(rng, colour, 80)) * ramp
        pixels = np.broadcast_to(blend, (CANVAS, CANVAS, 3))
        if rng.random() < 0.5:
            pixels = pixels.transpose(1, 0, 2)
        image = Image.fromarray(np.ascontiguousarray(pixels).astype(np.uint8))
    else:
        image = Image.new("RGB", (CANVAS, CANVAS), colour)
    draw = ImageDraw.Draw(image)
    if kind == 2:  # a ground
        draw.rectangle([0, int(rng.uniform(0.4, 0.8) * CANVAS), CANVAS, CANVAS], fill=_near(rng, colour, 70))
    for _ in range(int(rng.integers(2, clutter + 1))):
        x, y = (int(value) for value in rng.integers(0, CANVAS, 2))
        width, height = (int(value) for value in rng.integers(4, CANVAS // 7, 2))
        box = [x - width, y - height, x + width, y + height]
        tint = _near(rng, colour, 55)
        shape = rng.integers(3)
        if shape == 0:
            draw.ellipse(box, fill=tint)
        elif shape == 1:
            draw.rectangle(box, fill=tint)
        else:
            draw.line(box, fill=tint, width=int(rng.integers(2, 9)))
    return image
