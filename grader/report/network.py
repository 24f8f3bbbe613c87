"""The network as rows of a table: what each layer is, what it gives, and a small drawing of how an image shrinks and deepens."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from grader.contracts.network_facts import LayerFacts, Shape
from grader.contracts.report import NetworkReport

from .page_words import PAGE
from .wording import share

WIDTH, HEIGHT = 64, 50  # of a drawing
_SHEETS = 6  # drawn at most, one behind the other
_STEP = 2.4  # from one sheet to the next
_FOLDED = 6  # layers of a base or nested model up to which all are shown
_MOST = 600  # layers of a network that are shown


@dataclass(frozen=True)
class Sheet:
    """One rectangle of a drawing, in its coordinates."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Row:
    """One layer."""

    name: str
    kind: str
    about: str  # what tells it from others of its class
    shape: str
    parameters: int
    frozen: bool
    family: str  # names a colour
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Part:
    """Layers that belong together: shown one by one, or folded under a title."""

    title: str  # "" where they are shown
    rows: tuple[Row, ...]
    shape: str = ""
    parameters: int = 0
    frozen: str = ""  # "all frozen", "12 of 52 layers with weights frozen"


def parts(network: NetworkReport) -> list[Part]:
    """Return what goes in and the layers in order, those of a base or of a larger nested model as one part."""
    most = max(
        (size for shape in (network.input_shape, *(layer.output_shape for layer in network.layers)) for size in _sides(shape)), default=1
    )
    found = []
    if network.input_shape is not None:
        given = Row("", PAGE["input"], "", shape_text(network.input_shape), 0, False, "input", tuple(_sheets(network.input_shape, most)))
        found.append(Part("", (given,)))
    for title, run in groupby(network.layers[:_MOST], key=lambda layer: _title(network, layer)):
        layers = list(run)
        rows = tuple(_row(layer, most) for layer in layers)
        if not title or len(layers) <= _FOLDED:
            found.append(Part("", rows))
            continue
        weighted = [layer for layer in layers if layer.parameters]
        found.append(
            Part(
                title,
                rows,
                rows[-1].shape,
                sum(layer.parameters for layer in layers),
                _frozen(sum(not layer.trainable for layer in weighted), len(weighted)),
            )
        )
    return found


def shape_text(shape: Shape | None) -> str:
    """Return "148×148×16"; an unknown size is a question mark."""
    if shape is None:
        return PAGE["unknown"]
    return "×".join("?" if size is None else str(size) for size in shape) or PAGE["one-number"]


def _title(network: NetworkReport, layer: LayerFacts) -> str:
    if layer.part == "base":
        return network.base or PAGE["base"]
    return layer.path[0] if layer.path else ""


def _frozen(count: int, of: int) -> str:
    if not count:
        return ""
    return PAGE["all-frozen"] if count == of else PAGE["some-frozen"].format(number=count, total=of)


def _row(layer: LayerFacts, most: int) -> Row:
    return Row(
        name=layer.name,
        kind=layer.kind,
        about=", ".join(_about(layer)),
        shape=shape_text(layer.output_shape),
        parameters=layer.parameters,
        frozen=bool(layer.parameters) and not layer.trainable,
        family=_family(layer.kind),
        sheets=tuple(_sheets(layer.output_shape, most)),
    )


def _family(kind: str) -> str:
    for family, words in {"conv": ("Conv",), "pool": ("Pooling", "UpSampling"), "dense": ("Dense",), "drop": ("Dropout", "Random")}.items():
        if any(word in kind for word in words):
            return family
    return "other"


def _about(layer: LayerFacts) -> Iterator[str]:
    """Yield what tells this layer from others of its class; whatever is as usual is not said."""
    settings = layer.settings
    if "filters" in settings:
        yield PAGE["filters"].format(number=settings["filters"], size=_by(settings.get("kernel_size")))
    elif "kernel_size" in settings:
        yield PAGE["filters-of"].format(size=_by(settings["kernel_size"]))
    if "pool_size" in settings:
        yield _by(settings["pool_size"])
        if settings.get("strides") not in (None, settings["pool_size"]):
            yield PAGE["strides"].format(size=_by(settings["strides"]))
    elif _by(settings.get("strides", 1)) not in ("1", "1×1"):
        yield PAGE["strides"].format(size=_by(settings["strides"]))
    if settings.get("padding") == "same":
        yield PAGE["padding"]
    if "units" in settings:
        yield PAGE["unit" if settings["units"] == 1 else "units"].format(number=settings["units"])
    for name in ("rate", "scale", "offset", "mode", "factor", "height_factor", "width_factor"):
        if isinstance(settings.get(name), int | float | str) and not (name == "offset" and not settings[name]):
            yield f"{name} {_plain(settings[name])}"
    if layer.activation not in (None, "linear"):
        yield str(layer.activation)


def _by(value: Any) -> str:
    return "×".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _plain(value: float | str) -> str:
    return share(value) if isinstance(value, float) else str(value)


def _sides(shape: Shape | None) -> Sequence[int]:
    return [size for size in shape[:2] if size] if shape is not None and len(shape) == 3 else []


def _sheets(shape: Shape | None, most: int) -> Iterator[Sheet]:
    """Yield an image's channels as sheets, one behind the other, or a row of values as a bar; nothing for other shapes."""
    if shape is None or not all(shape):
        return
    sizes = [size for size in shape if size]
    if len(sizes) == 3:
        height, width, channels = sizes
        count = min(_SHEETS, 1 + int(math.log2(channels) / 2))
        room = HEIGHT - 2 - _STEP * (_SHEETS - 1)
        tall, wide = (max(3.0, room * math.sqrt(side / most)) for side in (height, width))
        left, top = (WIDTH - wide - _STEP * (count - 1)) / 2, (HEIGHT - tall - _STEP * (count - 1)) / 2
        for number in reversed(range(count)):
            yield Sheet(round(left + _STEP * number, 1), round(top + _STEP * (count - 1 - number), 1), round(wide, 1), round(tall, 1))
    elif len(sizes) == 1:
        tall = min(HEIGHT - 2.0, 3 + 2.6 * math.log2(sizes[0]))
        yield Sheet(WIDTH / 2 - 3, round((HEIGHT - tall) / 2, 1), 6, round(tall, 1))
