"""Horses and humans in any colours on a cluttered ground: few pictures, so much variation; 150×150 RGB.

Colours, ground, turn, size and place are drawn alike for both, so that only shapes tell them apart. The training images are too few to
learn those shapes from. A network that has seen other drawn things, none of them a horse or a human, has features that tell them apart.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from .canvas import grainy
from .scenes import Pen, scene, shade

VERSION = 2
SIZE = 150

_TURN = 12.0  # degrees to either side
_SCALE = (0.7, 1.15)
_SHIFT = 0.13  # of the side
_CLUTTER = 10
_GRAIN = 12.0  # at most


def draw(class_name: str, random: np.random.RandomState) -> Image.Image:
    """Return one picture of a horse ("horses") or a human ("humans")."""
    rng = np.random.default_rng(random.randint(0, 2**31 - 1, size=4))
    sketch = _horse if class_name == "horses" else _human
    image = scene(rng, sketch, size=SIZE, rotation=_TURN, scale=_SCALE, shift=_SHIFT, clutter=_CLUTTER, noise=0.0)
    return grainy(image, random, random.uniform(0.0, _GRAIN))


def _horse(p: Pen) -> None:
    half, depth, middle = p.pick(19, 24), p.pick(9, 13), 52.0
    for x in (-half + 4, -half + 10, half - 10, half - 4):
        swing = p.pick(-7, 7)
        p.line([(50 + x, middle + 4), (50 + x + swing / 2, middle + 18), (50 + x + swing, middle + 30)], 4.2, shade(p.main, 0.85))
        p.box(48 + x + swing, middle + 28, 52 + x + swing, middle + 32, p.third)
    rump = 50 + half
    p.line([(rump - 2, middle - 4), (rump + 7, middle + p.pick(-7, 13)), (rump + 6 + p.pick(-2, 6), middle + 18)], 3.6, p.second)
    p.oval(50, middle, half, depth, p.main)
    x, y = 50 - half - p.pick(1, 12), middle - p.pick(9, 30)  # the poll
    p.shape([(51 - half, middle + 2), (63 - half, middle - 7), (x + 5, y - 2), (x - 5, y + 3)], p.main)
    p.line([(63 - half, middle - 7), (x + 5, y - 4)], 4.2, p.second)  # the mane
    nod = p.pick(0.2, 1.1)
    nose = (x - 15 * math.cos(nod), y + 15 * math.sin(nod))
    p.line([(x + 2, y), nose], 9, p.main)
    p.dot(*nose, 4.2, p.main)
    p.shape([(x, y - 3), (x + 2, y - 10), (x + 5, y - 3)], p.main)
    p.dot(x - 4, y + 1, 1.6, p.third)


def _human(p: Pen) -> None:
    skin = p.third
    wide = p.pick(7, 12)
    p.dot(50, 27, p.pick(7, 9.5), skin)
    hair = p.pick(0, 3)
    if hair < 2:
        p.slice(50, 26 + 2 * hair, 8.5, 180, 360, shade(p.second, 0.5))
    for side in (-1, 1):
        lean = p.pick(-0.1, 0.55)
        knee = (50 + side * (4 + 12.5 * math.sin(lean)), 58 + 12.5 * math.cos(lean))
        step = lean - p.pick(-0.1, 0.5)
        foot = (knee[0] + side * 12.5 * math.sin(step), knee[1] + 12.5 * math.cos(step))
        p.line([(50 + side * 4, 57), knee, foot], 5.7, p.second)
        p.line([foot, (foot[0] + side * 4, foot[1])], 3.1, skin)
    p.shape([(50 - wide, 36), (50 + wide, 36), (48 + wide, 60), (52 - wide, 60)], p.main)
    for side in (-1, 1):
        raised = p.pick(-1.2, 1.4)
        elbow = (50 + side * (wide + 10.4 * math.cos(raised)), 39 + 10.4 * math.sin(raised))
        bent = raised + p.pick(-0.9, 0.9)
        hand = (elbow[0] + side * 10.4 * math.cos(bent), elbow[1] + 10.4 * math.sin(bent))
        p.line([(50 + side * (wide - 1.5), 39), elbow, hand], 4.7, p.main)
        p.dot(*hand, 2.7, skin)
