"""Says in the course's terms why layers do not fit together; Keras' own words are the detail."""

from __future__ import annotations

from grader.examine.canonical import Problem, Shape
from grader.examine.rebuild import MisfitError
from grader.examine.settings import printable


def misfit(error: MisfitError) -> Problem:
    """Return the problem of a model that Keras could not build."""
    return Problem(
        status="unbuildable",
        id="unbuildable",
        sentence=_sentence(error),
        subject=printable(error.layer.label) or error.layer.id,
        detail=str(error.cause)[:4000],
    )


def _sentence(error: MisfitError) -> str:
    kind, config = error.layer.kind, error.layer.config
    label = printable(error.layer.label) or error.layer.id
    name = f"{kind} layer {label!r}"
    shape: Shape = error.inputs[0] if error.inputs else ()
    if len(error.inputs) > 1:
        return f"The {name} joins tensors whose shapes do not fit together: {', '.join(map(_text, error.inputs))}."
    if kind.endswith(("Conv2D", "Pooling2D")):
        if len(shape) == 4:
            return f"The {name} got images of shape {_text(shape)}: leave out the batch size, as in `Input(shape=(150, 150, 3))`."
        if len(shape) != 3:
            return f"The {name} needs images of shape (height, width, channels), such as (150, 150, 3), but got shape {_text(shape)}."
        window = config.get("kernel_size") or config.get("pool_size") or [1, 1]
        sides = shape[:2] if config.get("data_format") == "channels_last" else shape[1:]
        if any(side is not None and side < size for side, size in zip(sides, window, strict=True)):
            blocks = f"After {error.pooled} pooling layer{'s' if error.pooled != 1 else ''} the" if error.pooled else "The"
            return (
                f"{blocks} feature map is too small for the {name}: {_size(sides)}, and the layer needs at least {_size(window)}. "
                "Use fewer pooling layers, or `padding='same'`."
            )
    if kind == "Dense" and any(size is None for size in shape):
        return f"The {name} needs an input of known size but got shape {_text(shape)}: give the image size in `Input(shape=...)`."
    return f"The {name} does not fit its input of shape {_text(shape)}."


def _text(shape: Shape) -> str:
    return "(" + ", ".join("?" if size is None else str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"


def _size(sides: Shape | list[int]) -> str:
    return "×".join("?" if side is None else str(side) for side in sides)
