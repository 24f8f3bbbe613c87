"""The pretext task that the embedded pretrained base learned: 49 kinds of drawn things, none of them in an exercise."""

from __future__ import annotations

import math

import numpy as np

from .scenes import CANVAS, Pen, Point, Sketch, scene, shade


def disk(p: Pen) -> None:
    p.dot(50, 50, p.pick(22, 30), p.main)


def block(p: Pen) -> None:
    half = p.pick(14, 30)
    p.box(20, 50 - half, 80, 50 + half, p.main)


def triangle(p: Pen) -> None:
    p.shape([(50, 18), (20, 78), (80, 78)], p.main)


def star(p: Pen) -> None:
    p.star(50, 50, int(p.rng.integers(5, 8)), 32, 14, p.main)


def hexagon(p: Pen) -> None:
    p.star(50, 50, 3, 30, 30, p.main)


def ring(p: Pen) -> None:
    p.ring(50, 50, 30, p.pick(5, 12), p.main)


def plus(p: Pen) -> None:
    half = p.pick(5, 11)
    p.box(50 - half, 20, 50 + half, 80, p.main)
    p.box(20, 50 - half, 80, 50 + half, p.main)


def arrow(p: Pen) -> None:
    p.box(18, 44, 56, 56, p.main)
    p.shape([(52, 30), (82, 50), (52, 70)], p.main)


def crescent(p: Pen) -> None:
    p.arc(50, 50, 30, 60, 300, p.pick(9, 15), p.main)


def heart(p: Pen) -> None:
    p.dot(37, 40, 15, p.main)
    p.dot(63, 40, 15, p.main)
    p.shape([(23, 46), (77, 46), (50, 80)], p.main)


def spiral(p: Pen) -> None:
    p.line([(50 + (2 + t * 1.2) * math.cos(t * 0.42), 50 + (2 + t * 1.2) * math.sin(t * 0.42)) for t in range(26)], 4, p.main)


def zigzag(p: Pen) -> None:
    p.line([(16 + 11 * i, 34 if i % 2 else 66) for i in range(7)], p.pick(4, 8), p.main)


def stripes(p: Pen) -> None:
    p.box(20, 20, 80, 80, p.main)
    step = p.pick(6, 11)
    for left in np.arange(20, 80, 2 * step):
        p.box(left, 20, min(80, left + step), 80, p.second)


def checks(p: Pen) -> None:
    p.box(20, 20, 80, 80, p.main)
    step = p.pick(7, 13)
    for i, left in enumerate(np.arange(20, 80, step)):
        for j, top in enumerate(np.arange(20, 80, step)):
            if (i + j) % 2:
                p.box(left, top, min(80, left + step), min(80, top + step), p.second)


def dots(p: Pen) -> None:
    p.box(20, 20, 80, 80, p.main)
    step = p.pick(10, 18)
    for x in np.arange(20 + step / 2, 80, step):
        for y in np.arange(20 + step / 2, 80, step):
            p.dot(x, y, step / 3.2, p.second)


def rune(*strokes: tuple[float, float, float, float]) -> Sketch:
    def sketch(p: Pen) -> None:
        width = p.pick(5, 10)
        for x0, y0, x1, y1 in strokes:
            p.line([(x0, y0), (x1, y1)], width, p.main)

    return sketch


def car(p: Pen) -> None:
    p.box(16, 48, 84, 66, p.main, 5)
    p.shape([(28, 49), (37, 34), (62, 34), (73, 49)], p.main)
    p.shape([(33, 48), (39, 37), (49, 37), (49, 48)], p.second)
    p.shape([(52, 48), (52, 37), (61, 37), (68, 48)], p.second)
    p.dot(32, 67, 8, p.third)
    p.dot(69, 67, 8, p.third)


def bus(p: Pen) -> None:
    p.box(15, 28, 85, 66, p.main, 4)
    for left in (19, 35, 51, 67):
        p.box(left, 33, left + 12, 45, p.second)
    p.dot(31, 67, 7, p.third)
    p.dot(70, 67, 7, p.third)


def boat(p: Pen) -> None:
    p.shape([(17, 62), (83, 62), (71, 78), (29, 78)], p.main)
    p.box(48, 20, 52, 62, p.third)
    p.shape([(53, 23), (53, 58), (78, 58)], p.second)


def plane(p: Pen) -> None:
    p.oval(50, 50, 34, 6, p.main)
    p.shape([(52, 50), (37, 78), (28, 78), (41, 50)], p.second)
    p.shape([(52, 50), (37, 22), (28, 22), (41, 50)], p.second)
    p.shape([(25, 50), (16, 36), (21, 50), (16, 64)], p.second)


def bicycle(p: Pen) -> None:
    p.ring(30, 62, 15, 3, p.main)
    p.ring(70, 62, 15, 3, p.main)
    p.line([(30, 62), (44, 40), (66, 40), (70, 62)], 2.6, p.second)
    p.line([(44, 40), (52, 62), (66, 40)], 2.6, p.second)
    p.line([(40, 35), (49, 35)], 3.6, p.third)
    p.line([(66, 40), (64, 29), (71, 28)], 2.6, p.third)


def rocket(p: Pen) -> None:
    p.shape([(38, 40), (50, 14), (62, 40), (62, 72), (38, 72)], p.main)
    p.shape([(38, 56), (26, 78), (38, 72)], p.second)
    p.shape([(62, 56), (74, 78), (62, 72)], p.second)
    p.dot(50, 42, 6, p.third)


def fir(p: Pen) -> None:
    p.box(46, 68, 54, 82, p.second)
    for i in range(3):
        half, top = 13 + 7 * i, 18 + 14 * i
        p.shape([(50, top), (50 - half, top + 24), (50 + half, top + 24)], p.main if i % 2 else shade(p.main, 0.85))


def tree(p: Pen) -> None:
    p.box(45, 52, 55, 82, p.second)
    for _ in range(7):
        p.dot(50 + p.pick(-15, 15), 38 + p.pick(-11, 11), 13, shade(p.main, p.pick(0.8, 1.15)))


def flower(p: Pen) -> None:
    p.line([(50, 46), (50, 84)], 3.2, p.third)
    petals = int(p.rng.integers(5, 8))
    for i in range(petals):
        angle = 2 * math.pi * i / petals
        p.dot(50 + 15 * math.cos(angle), 40 + 15 * math.sin(angle), 9, p.main)
    p.dot(50, 40, 8, p.second)


def mushroom(p: Pen) -> None:
    p.box(42, 45, 58, 79, p.second, 4)
    p.slice(50, 50, 28, 180, 360, p.main)
    for x, y in ((38, 40), (50, 31), (62, 41)):
        p.dot(x, y, 3.6, p.third)


def cactus(p: Pen) -> None:
    p.box(43, 20, 57, 82, p.main, 7)
    p.line([(43, 60), (26, 60), (26, p.pick(34, 46))], 8, p.main)
    p.line([(57, 50), (74, 50), (74, p.pick(26, 38))], 8, p.main)


def house(p: Pen) -> None:
    p.box(25, 45, 75, 78, p.main)
    p.shape([(19, 46), (50, 20), (81, 46)], p.second)
    p.box(44, 58, 56, 78, p.third)
    p.box(29, 51, 39, 61, p.third)


def castle(p: Pen) -> None:
    p.box(33, 32, 67, 82, p.main)
    for left in (31, 43, 54):
        p.box(left, 22, left + 9, 33, p.main)
    p.box(45, 64, 55, 82, p.second)
    p.box(46, 41, 54, 51, p.second)


def fish(p: Pen) -> None:
    p.oval(44, 50, 25, p.pick(13, 18), p.main)
    p.shape([(63, 50), (83, 34), (83, 66)], p.second)
    p.dot(31, 46, 3, p.third)
    p.shape([(44, 37), (54, 26), (59, 38)], p.second)


def bird(p: Pen) -> None:
    p.oval(50, 52, 21, 13, p.main)
    p.dot(28, 38, 12, p.main)
    p.shape([(18, 36), (9, 40), (19, 43)], p.third)
    p.shape([(67, 47), (87, 37), (84, 54)], p.main)
    p.shape([(42, 47), (67, 46), (56, 62)], p.second)
    p.line([(46, 64), (45, 79)], 2.2, p.third)
    p.line([(54, 64), (55, 79)], 2.2, p.third)
    p.dot(26, 35, 2, p.second)


def butterfly(p: Pen) -> None:
    for side in (-1, 1):
        p.dot(50 + side * 18, 40, 15, p.main)
        p.dot(50 + side * 15, 64, 11, p.second)
    p.oval(50, 52, 3, 24, p.third)


def spider(p: Pen) -> None:
    for side in (-1, 1):
        for y in (37, 46, 55, 64):
            p.line([(50, 50), (50 + side * 18, y - 8), (50 + side * 31, y + p.pick(-3, 12))], 2.2, p.main)
    p.dot(50, 52, 13, p.main)
    p.dot(50, 38, 7, p.second)


def snail(p: Pen) -> None:
    p.box(16, 66, 80, 74, p.second, 4)
    p.dot(54, 52, 19, p.main)
    p.ring(54, 52, 10, 3, p.third)
    p.line([(22, 68), (16, 48)], 4, p.second)


def turtle(p: Pen) -> None:
    for x in (32, 44, 58, 68):
        p.line([(x, 56), (x + p.pick(-4, 4), 76)], 6, p.second)
    p.slice(50, 60, 28, 180, 360, p.main)
    p.oval(18, 54, 8, 6, p.second)
    p.dot(15, 52, 1.6, p.third)


def elephant(p: Pen) -> None:
    for x in (36, 46, 62, 72):
        p.line([(x, 56), (x + p.pick(-5, 5), 82)], 8, shade(p.main, 0.85))
    p.oval(56, 46, 25, 17, p.main)
    p.dot(28, 40, 14, p.main)
    p.oval(35, 40, 7, 11, p.second)
    p.line([(18, 44), (14, 58), (p.pick(10, 22), 70)], 6, p.main)


def giraffe(p: Pen) -> None:
    for x in (42, 50, 64, 70):
        p.line([(x, 58), (x + p.pick(-5, 5), 86)], 4, shade(p.main, 0.85))
    p.oval(56, 54, 17, 9, p.main)
    p.line([(44, 54), (p.pick(28, 40), 20)], 7, p.main)
    p.oval(30, 18, 8, 5, p.main)
    for _ in range(6):
        p.dot(p.pick(44, 68), p.pick(48, 60), 2.4, p.second)


def crab(p: Pen) -> None:
    for side in (-1, 1):
        for y in (52, 60, 68):
            p.line([(50, 55), (50 + side * 26, y), (50 + side * 31, y + p.pick(4, 12))], 2.6, p.main)
        p.line([(50, 50), (50 + side * 24, 36)], 4, p.main)
        p.slice(50 + side * 27, 30, 9, p.pick(-40, 20), p.pick(240, 300), p.second)
    p.oval(50, 56, 19, 12, p.main)


def robot(p: Pen) -> None:
    p.box(38, 16, 62, 34, p.second, 2)
    p.box(34, 37, 66, 64, p.main, 2)
    for side in (-1, 1):
        p.line([(50 + side * 16, 42), (50 + side * p.pick(22, 30), p.pick(28, 62))], 5, p.third)
        p.line([(50 + side * 9, 64), (50 + side * p.pick(8, 16), 86)], 6, p.third)
        p.dot(50 + side * 6, 25, 2.6, p.main)


def table(p: Pen) -> None:
    top = p.pick(36, 47)
    p.box(18, top, 82, top + 7, p.main)
    for left in (22, 30, 66, 74):
        p.box(left, top + 7, left + 4, top + 35, p.second)


def chair(p: Pen) -> None:
    p.box(30, 19, 36, 81, p.main)
    p.box(30, 50, 68, 56, p.second)
    p.box(62, 55, 68, 81, p.main)
    p.box(36, 23, 41, 44, p.second)


def mug(p: Pen) -> None:
    p.box(27, 31, 63, 73, p.main, 4)
    p.ring(65, 51, 12, 4.5, p.main)
    p.oval(45, 32, 18, 5, p.second)


def lamp(p: Pen) -> None:
    p.shape([(38, 21), (62, 21), (74, 46), (26, 46)], p.main)
    p.box(48, 46, 52, 74, p.second)
    p.oval(50, 75, 16, 5, p.second)


def umbrella(p: Pen) -> None:
    p.slice(50, 50, 32, 180, 360, p.main)
    p.line([(50, 50), (50, 78)], 3, p.second)
    p.arc(56, 78, 6, 0, 180, 3, p.second)


def key(p: Pen) -> None:
    p.ring(30, 50, 14, 5, p.main)
    p.box(43, 47, 82, 53, p.main)
    p.box(69, 52, 73, 63, p.main)
    p.box(77, 52, 81, 61, p.main)


def ladder(p: Pen) -> None:
    p.box(34, 14, 39, 86, p.main)
    p.box(61, 14, 66, 86, p.main)
    for top in range(20, 84, 12):
        p.box(36, top, 64, top + 4, p.second)


def gear(p: Pen) -> None:
    p.star(50, 50, int(p.rng.integers(8, 13)), 32, 24, p.main)
    p.dot(50, 50, 10, p.second)


def clock(p: Pen) -> None:
    p.dot(50, 50, 30, p.main)
    p.ring(50, 50, 30, 4, p.second)
    for length, width in ((22, 3), (15, 4)):
        angle = p.pick(0, 2 * math.pi)
        end: Point = (50 + length * math.cos(angle), 50 + length * math.sin(angle))
        p.line([(50, 50), end], width, p.third)


SKETCHES: tuple[Sketch, ...] = (
    *(disk, block, triangle, star, hexagon, ring, plus, arrow, crescent, heart, spiral, zigzag),
    *(stripes, checks, dots),
    rune((30, 20, 30, 80), (30, 50, 70, 20), (70, 20, 70, 60)),
    rune((25, 25, 75, 25), (50, 25, 30, 80), (50, 50, 74, 78)),
    *(car, bus, boat, plane, bicycle, rocket),
    *(fir, tree, flower, mushroom, cactus, house, castle),
    *(fish, bird, butterfly, spider, snail, turtle, elephant, giraffe, crab, robot),
    *(table, chair, mug, lamp, umbrella, key, ladder, gear, clock),
)


def pretext_images(count: int, seed: int, size: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images (count, size, size, 3) and their labels (count,), classes in turn."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(SKETCHES)
    images = np.stack([np.asarray(scene(rng, SKETCHES[label], size=size, rotation=30.0)) for label in labels])
    return images, labels


__all__ = ["CANVAS", "SKETCHES", "pretext_images"]
