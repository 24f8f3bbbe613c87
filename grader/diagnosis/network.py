"""Rules on the network: why it cannot learn as it is built and compiled."""

from __future__ import annotations

import math
from typing import Any

from grader.contracts.network_facts import ModelFacts
from grader.judge.compatibility import FAMILIES
from grader.judge.criteria.base import size_text
from grader.judge.criteria.dropout import DROPOUTS, rate_of
from grader.judge.notes import linear_layers, unusual_rate

from .explanation import Explanation, Template, explained, table
from .seen import GUESSING, Seen, late, mean_accuracy, mean_loss

MUCH_DROPOUT = 0.5  # share of the units beyond which it may be what keeps a network from learning
WIDE = 20  # pixels a side before Flatten; the course's own networks go down to 17
MOST = 0.5  # of the parameters
SURPLUS = 1.5  # times the loss of guessing

ENGLISH = {
    "input-shape-mismatch": Template(
        "`{function}` expects {wanted}, but {source} {given}{colours}.",
        "{given}",  # what the exercise asks for, or its own criterion would stand before this
        "{wanted}",
    ),
    "frozen-layers": Template(
        "In `{function}` {still} of the {layers} layers with weights are frozen, such as `{layer}`; only {moving:,} of {total:,} "
        "parameters are trainable: leave `trainable` True.",
        "trainable layers",
        "{still} of {layers} frozen",
    ),
    "dead-network": Template(
        "The output of `{function}` is the same for every image; somewhere between input and output everything becomes 0.",
        "an output that depends on the image",
        "the same output for every image",
    ),
    "learning-rate": Template(
        "The learning rate {rate:g} of `{function}` is outside the usual {low:g} to {high:g} for {optimizer}.",
        "{low:g} to {high:g}",
        "{rate:g}",
    ),
    "dropout-too-high": Template(
        "`Dropout({rate:g})` in `{function}` drops {rate:.0%} of the units, which leaves too few to learn with: "
        "it gets {learned:.0%} of the training images right. The usual rate is 0.2; it is the share that is dropped.",
        "a rate of 0.1 to 0.5",
        "{rate:g}",
    ),
    "penalty-too-strong": Template(
        "The penalty on the weights of `{function}` (`{setting}` of `{layer}`) outweighs the rest of its loss: that stays at {loss:.2f}, "
        "while guessing alone costs {guessing:.2f}; the usual strength is 0.001 or less.",
        "a loss below {guessing:.2f}",
        "{loss:.2f}",
    ),
    "no-activation": Template(
        "`{function}` has layers without activation ({layers}, such as `{layer}`), which collapse into one linear map; "
        "add `activation='relu'`.",
        "activation='relu'",
        "no activation",
    ),
    "distance-loss": Template("`{loss}` trains poorly for classes; use cross-entropy.", "a cross-entropy", "{loss}"),
}
WORDS = table(
    "learning.network", ENGLISH, yielded="`{function}` yields", given="the images are", colours=": colour images have {channels} channels"
)


def input_shape(seen: Seen) -> Explanation | None:
    """Compare what the network takes with what it is given."""
    wanted, given = seen.model.input_shape, seen.data.image_shape
    if wanted is None or given is None:
        return None
    if len(wanted) == len(given) and all(w in {None, g} for w, g in zip(wanted, given, strict=True)):
        return None
    return explained(
        WORDS,
        "input-shape-mismatch",
        function=seen.function,
        wanted=size_text(wanted),
        given=size_text(given),
        source=WORDS["yielded"].format(function=seen.batches_function) if seen.batches_function else WORDS["given"],
        colours=WORDS["colours"].format(channels=given[-1]) if wanted[:-1] == given[:-1] and given[-1] == 3 else "",
    )


def frozen(seen: Seen) -> Explanation | None:
    """Count what is frozen of what the student built; convolutions have few parameters, but most layers."""
    own = [layer for layer in seen.model.layers if layer.parameters and layer.part != "base"]  # a pretrained base is meant to be frozen
    still = [layer for layer in own if not layer.trainable]
    total, moving = sum(layer.parameters for layer in own), sum(layer.parameters for layer in own if layer.trainable)
    if not still or (moving > total / 2 and len(still) <= len(own) / 2):
        return None
    values = {"moving": moving, "total": total, "layers": len(own), "still": len(still), "layer": still[0].name}
    return explained(WORDS, "frozen-layers", function=seen.function, **values)


def dead(seen: Seen) -> Explanation | None:
    """Look whether the output depends on the image at all."""
    return explained(WORDS, "dead-network", function=seen.function) if seen.probes.input_dependent is False else None


def learning_rate(seen: Seen) -> Explanation | None:
    """An unusual learning rate is the student's choice; it is the cause where not even the training images are learned."""
    usual, compiled = unusual_rate(seen.model), seen.model.compiled
    if usual is None or compiled is None or seen.unlearned is None:
        return None
    values = {"rate": compiled.learning_rate, "low": usual[0], "high": usual[1], "optimizer": compiled.optimizer}
    return explained(WORDS, "learning-rate", function=seen.function, **values)


def dropout(seen: Seen) -> Explanation | None:
    """A high rate alone is the student's choice; it is the cause where not even the training images are learned."""
    rate = max((rate_of(layer) for layer in seen.model.layers if layer.kind in DROPOUTS), default=0.0)
    if rate <= MUCH_DROPOUT or seen.unlearned is None:
        return None
    return explained(WORDS, "dropout-too-high", function=seen.function, rate=rate, learned=seen.unlearned)


def penalty(seen: Seen) -> Explanation | None:
    """Look for a loss that stays far above guessing, though no more than guessing is learned: what is left of it is the penalty."""
    held = [(layer.name, key) for layer in seen.model.layers for key in layer.settings if key.endswith("_regularizer")]
    guessing, chance = seen.probes.chance_loss, seen.chance
    if not held or not guessing or chance is None or seen.best is None or seen.unlearned is None:
        return None
    loss = mean_loss(late(seen.best))
    if loss < SURPLUS * guessing or mean_accuracy(late(seen.best)) > chance + GUESSING:
        return None
    layer, setting = held[0]
    return explained(WORDS, "penalty-too-strong", function=seen.function, layer=layer, setting=setting, loss=loss, guessing=guessing)


def no_activation(seen: Seen) -> Explanation | None:
    """Look for layers that act as one, where not even the training images are learned."""
    linear = list(linear_layers(seen.model))
    if not linear or seen.unlearned is None:
        return None
    return explained(WORDS, "no-activation", function=seen.function, layers=len(linear), layer=linear[0].name)


def distance_loss(seen: Seen) -> Explanation | None:
    """A loss that is made for numbers, not classes, learns slowly; it is the cause where not even the training images are learned."""
    loss = seen.model.compiled.loss if seen.model.compiled is not None else None
    if seen.unlearned is None or FAMILIES.get(loss or "") not in {"distance", "margin"}:
        return None
    return explained(WORDS, "distance-loss", loss=loss)


def wide_before_flatten(model: ModelFacts) -> dict[str, Any] | None:
    """Return how large the image still is before Flatten, and how many parameters follow from that, where these are most of them."""
    for index, layer in enumerate(model.layers):
        shape = layer.input_shape
        if layer.kind != "Flatten" or shape is None or len(shape) != 3 or shape[0] is None or shape[1] is None:
            continue
        behind = next((after.parameters for after in model.layers[index + 1 :] if after.parameters), 0)
        if min(shape[0], shape[1]) > WIDE and behind > MOST * model.parameters:
            return {"height": shape[0], "width": shape[1], "share": behind / model.parameters, "parameters": model.parameters}
    return None


def narrowest(model: ModelFacts) -> tuple[str, int]:
    """Return the layer between input and output that gives the fewest numbers for an image, and how many these are."""
    weighted = [layer for layer in model.layers if layer.parameters]
    sizes = {
        layer.name: math.prod(side or 1 for side in layer.output_shape)
        for layer in model.layers[: model.layers.index(weighted[-1])]
        if layer.output_shape is not None
    }
    return min(sizes.items(), key=lambda item: item[1], default=("", 0)) if weighted else ("", 0)
