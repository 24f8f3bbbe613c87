"""Drawing in a figure's own coordinates: one transform places, scales, turns and mirrors everything that is drawn with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

OVERSAMPLING = 2  # drawn this much larger, then averaged: smooth edges


@dataclass(frozen=True)
class Placement:
    """Where the figure stands on the canvas, in canvas pixels; `mirror` turns it from facing left to facing right.

    `turn` is in degrees, clockwise. Under it `ellipse` stays upright, so a turned figure uses it for circles alone.
    """

    x: float
    y: float
    scale: float
    mirror: bool
    turn: float = 0.0


class Pen:
    """Draws shapes given in the figure's coordinates: origin in its middle, x to the right, y down."""

    def __init__(self, image: Image.Image, placement: Placement) -> None:
        self.image = image
        self._placement = placement
        self._draw = ImageDraw.Draw(image)

    def on(self, image: Image.Image) -> Pen:
        """Return a pen that draws at the same place of another image."""
        return Pen(image, self._placement)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Colour | int) -> None:
        """Fill an ellipse around (x, y)."""
        (cx, cy), s = self._at((x, y)), self._placement.scale
        self._draw.ellipse([round(cx - rx * s), round(cy - ry * s), round(cx + rx * s), round(cy + ry * s)], fill=fill)

    def polygon(self, points: Sequence[Point], fill: Colour | int) -> None:
        """Fill a polygon."""
        self._draw.polygon([self._pixel(p) for p in points], fill=fill)

    def line(self, points: Sequence[Point], width: float, fill: Colour | int) -> None:
        """Draw a line with round ends and joints."""
        pixels = [self._pixel(p) for p in points]
        thick = max(1, round(width * self._placement.scale))
        self._draw.line(pixels, fill=fill, width=thick, joint="curve")
        if thick > 3:
            r = thick // 2
            for x, y in (pixels[0], pixels[-1]):
                self._draw.ellipse([x - r, y - r, x + r, y + r], fill=fill)

    def _at(self, point: Point) -> Point:
        p = self._placement
        x, y = -point[0] if p.mirror else point[0], point[1]
        if p.turn:
            sine, cosine = math.sin(math.radians(p.turn)), math.cos(math.radians(p.turn))
            x, y = x * cosine - y * sine, x * sine + y * cosine
        return p.x + x * p.scale, p.y + y * p.scale

    def _pixel(self, point: Point) -> tuple[int, int]:
        x, y = self._at(point)
        return round(x), round(y)


def curve(start: Point, bend: Point, end: Point, steps: int = 14) -> list[Point]:
    """Return points on the quadratic Bézier curve from `start` to `end` that is pulled towards `bend`."""
    points = []
    for i in range(steps + 1):
        t = i / steps
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points.append((a * start[0] + b * bend[0] + c * end[0], a * start[1] + b * bend[1] + c * end[1]))
    return points


def shade(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker (below 1) or lighter."""
    red, green, blue = (max(0, min(255, round(channel * factor))) for channel in colour)
    return red, green, blue


def grainy(image: Image.Image, random: np.random.RandomState, deviation: float) -> Image.Image:
    """Return the image with sensor noise of about that standard deviation, in integer arithmetic: equal on every machine."""
    array = np.asarray(image).astype(np.int32)
    noise = random.randint(0, 256, size=(3, *array.shape)).sum(axis=0) - 382  # of three bytes: mean 382.5, deviation 128
    return Image.fromarray(np.clip(array + noise * round(deviation * 8) // 1024, 0, 255).astype(np.uint8))
