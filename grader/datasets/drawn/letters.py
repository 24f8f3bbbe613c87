"""Handwritten capitals without J and Z, light on dark, 28×28 grey: the 24 classes of the sign language tables, for which they stand in.

They are turned, slanted, stretched, moved and noisy enough that a network with convolutions reads clearly more of them than one without.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from .canvas import Point, grainy

VERSION = 1
SIZE = 28

_CANVAS = SIZE * 3
_TURN = 22.0  # degrees to either side
_SLANT = 0.25
_SCALE = (0.45, 0.8)  # of the canvas
_SHIFT = 0.12  # of the canvas
_GRAIN = 22.0
_TREMBLE = 0.015  # of each point, in units of the letter

Stroke = list[Point]


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 14) -> Stroke:
    """Return points on an ellipse; angles in degrees, clockwise from three o'clock."""
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


_P = [(0.0, 1.0), (0.0, 0.0), *_arc(0.5, 0.25, 0.5, 0.27, -90, 90), (0.0, 0.52)]
_O = _arc(0.5, 0.5, 0.5, 0.5, 0, 360)
# Each letter's strokes in a box from (0, 0), top left, to (1, 1).
_STROKES: dict[str, list[Stroke]] = {
    "A": [[(0, 1), (0.5, 0), (1, 1)], [(0.2, 0.6), (0.8, 0.6)]],
    "B": [
        [(0, 0), (0, 1)],
        [(0, 0), *_arc(0.5, 0.25, 0.4, 0.25, -90, 90), (0, 0.5)],
        [(0, 0.5), *_arc(0.5, 0.75, 0.5, 0.25, -90, 90), (0, 1)],
    ],
    "C": [_arc(0.5, 0.5, 0.5, 0.5, -50, -310)],
    "D": [[(0, 0), (0, 1)], [(0, 0), *_arc(0.4, 0.5, 0.6, 0.5, -90, 90), (0, 1)]],
    "E": [[(1, 0), (0, 0), (0, 1), (1, 1)], [(0, 0.5), (0.8, 0.5)]],
    "F": [[(1, 0), (0, 0), (0, 1)], [(0, 0.5), (0.8, 0.5)]],
    "G": [_arc(0.5, 0.5, 0.5, 0.5, -50, -330), [(0.55, 0.55), (1, 0.55), (1, 0.9)]],
    "H": [[(0, 0), (0, 1)], [(1, 0), (1, 1)], [(0, 0.5), (1, 0.5)]],
    "I": [[(0.5, 0), (0.5, 1)], [(0.2, 0), (0.8, 0)], [(0.2, 1), (0.8, 1)]],
    "K": [[(0, 0), (0, 1)], [(1, 0), (0, 0.5), (1, 1)]],
    "L": [[(0, 0), (0, 1), (1, 1)]],
    "M": [[(0, 1), (0, 0), (0.5, 0.6), (1, 0), (1, 1)]],
    "N": [[(0, 1), (0, 0), (1, 1), (1, 0)]],
    "O": [_O],
    "P": [_P],
    "Q": [_O, [(0.6, 0.6), (1, 1)]],
    "R": [_P, [(0.4, 0.52), (1, 1)]],
    "S": [_arc(0.5, 0.25, 0.45, 0.25, -30, -270) + _arc(0.5, 0.75, 0.45, 0.25, -90, 150)],
    "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
    "U": [[(0, 0), (0, 0.6), *_arc(0.5, 0.6, 0.5, 0.4, 180, 0), (1, 0)]],
    "V": [[(0, 0), (0.5, 1), (1, 0)]],
    "W": [[(0, 0), (0.25, 1), (0.5, 0.4), (0.75, 1), (1, 0)]],
    "X": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    "Y": [[(0, 0), (0.5, 0.5), (1, 0)], [(0.5, 0.5), (0.5, 1)]],
}


def draw(class_name: str, random: np.random.RandomState) -> Image.Image:
    """Return one picture of a capital letter."""
    angle = math.radians(random.uniform(-_TURN, _TURN))
    slant, stretch = random.uniform(-_SLANT, _SLANT), random.uniform(0.6, 0.88)
    scale = random.uniform(*_SCALE) * _CANVAS
    left, top = (_CANVAS / 2 + random.uniform(-_SHIFT, _SHIFT) * _CANVAS for _ in range(2))
    width = int(random.randint(5, 11))
    ink = int(random.randint(150, 256))
    image = Image.new("L", (_CANVAS, _CANVAS), 0)
    pencil = ImageDraw.Draw(image)
    for stroke in _STROKES[class_name]:
        pixels = []
        for px, py in stroke:
            dx, dy = random.uniform(-_TREMBLE, _TREMBLE, size=2) * math.sqrt(3)
            y = py - 0.5 + dy
            x = (px - 0.5) * stretch + dx + slant * y
            pixels.append(
                (
                    round(left + (x * math.cos(angle) - y * math.sin(angle)) * scale),
                    round(top + (x * math.sin(angle) + y * math.cos(angle)) * scale),
                )
            )
        pencil.line(pixels, fill=ink, width=width, joint="curve")
    return grainy(image.reduce(3), random, _GRAIN)
