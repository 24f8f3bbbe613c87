"""Which labels, last layer and loss fit together: one table of what is right, and an ordered list of what is wrong and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from grader.contracts.network_facts import Shape

Encoding = Literal["integer", "one-hot"]
Part = Literal["output", "loss"]

# Families of losses that want the same labels and outputs.
FAMILIES = {
    "binary_crossentropy": "binary",
    "binary_focal_crossentropy": "binary",
    "sparse_categorical_crossentropy": "sparse",
    "categorical_generalized_cross_entropy": "sparse",
    "categorical_crossentropy": "categorical",
    "categorical_focal_crossentropy": "categorical",
    "kl_divergence": "categorical",
    "hinge": "margin",
    "squared_hinge": "margin",
    "categorical_hinge": "margin",
    "mean_squared_error": "distance",
    "mean_absolute_error": "distance",
    "mean_absolute_percentage_error": "distance",
    "mean_squared_logarithmic_error": "distance",
    "huber": "distance",
    "log_cosh": "distance",
    "poisson": "distance",
    "cosine_similarity": "distance",
    "dice": "distance",
    "tversky": "distance",
}
ALIASES = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error"} | {
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "logcosh": "log_cosh",
}
CROSS_ENTROPIES = frozenset({"binary", "sparse", "categorical"})

# What is right: (labels, outputs, activation, family of the loss, from_logits). "one": a single unit, for two classes; "two": one
# unit per class, two classes; "many": one unit per class, more than two. For two classes a softmax with binary cross-entropy on
# one-hot labels is the same number as with categorical cross-entropy.
RIGHT: frozenset[tuple[str, str, str, str, bool]] = frozenset(
    {
        ("integer", "one", "sigmoid", "binary", False),
        ("integer", "one", "linear", "binary", True),
        ("one-hot", "two", "softmax", "binary", False),
    }
    | {
        (labels, outputs, activation, family, from_logits)
        for outputs in ("two", "many")
        for labels, family in (("integer", "sparse"), ("one-hot", "categorical"))
        for activation, from_logits in (("softmax", False), ("linear", True))
    }
)


@dataclass(frozen=True)
class Combination:
    """Labels, the end of the network, and a loss. `classes` is how many outputs integer labels need; `width` that of one-hot labels."""

    labels: Encoding
    classes: int
    width: int
    shape: Shape  # of the output, without the batch axis
    activation: str
    loss: str | None = None  # None: not compiled, or no loss
    from_logits: bool = False

    @property
    def units(self) -> int:
        """Outputs per image, 0 where unknown."""
        return (self.shape[-1] or 0) if self.shape else 0

    @property
    def outputs(self) -> str:
        """How many units there are, as the table counts them."""
        return "one" if self.units == 1 else "two" if self.units == 2 else "many"

    @property
    def family(self) -> str:
        """Family of the loss, "" where there is none or it is not for classes."""
        return FAMILIES.get(ALIASES.get(self.loss or "", self.loss or ""), "")

    @property
    def link(self) -> str:
        """The activation as the table knows it."""
        same = {"hard_sigmoid": "sigmoid", "log_softmax": "log_softmax" if self.family != "" else "linear"}
        return same.get(self.activation, self.activation)


@dataclass(frozen=True)
class Misfit:
    """Which part does not fit, and a stable id of why; the sentence stands beside the criterion that charges it."""

    part: Part
    problem: str


_OUTPUT_RULES: tuple[tuple[str, Callable[[Combination], bool]], ...] = (
    ("flatten-missing", lambda c: len(c.shape) != 1),
    ("softmax-over-one-unit", lambda c: c.units == 1 and c.activation in {"softmax", "log_softmax"}),
    ("one-unit-for-one-hot-labels", lambda c: c.units == 1 and c.labels == "one-hot"),
    ("too-few-units", lambda c: c.labels == "integer" and c.units < c.classes and not (c.units == 1 and c.classes == 2)),
    ("units-differ-from-labels", lambda c: c.labels == "one-hot" and c.units != c.width),
    ("sigmoid-for-one-of-many", lambda c: c.units > 1 and c.link == "sigmoid"),
    ("output-not-a-probability", lambda c: c.link not in {"sigmoid", "softmax", "linear", "log_softmax", *_margins(c)}),
)
_LOSS_RULES: tuple[tuple[str, Callable[[Combination], bool]], ...] = (
    ("no-loss", lambda c: c.loss is None),
    ("not-a-class-loss", lambda c: c.family == ""),
    ("sparse-loss-for-one-unit", lambda c: c.family == "sparse" and c.units == 1),
    ("categorical-loss-for-one-unit", lambda c: c.family == "categorical" and c.units == 1),
    ("one-hot-labels-with-sparse-loss", lambda c: c.family == "sparse" and c.labels == "one-hot"),
    ("integer-labels-with-categorical-loss", lambda c: c.family == "categorical" and c.labels == "integer"),
    ("binary-loss-for-many-units", lambda c: c.family == "binary" and c.units > 1 and c.labels == "integer"),
    ("integer-labels-with-distance-loss", lambda c: c.family in {"distance", "margin"} and c.units > 1 and c.labels == "integer"),
    ("binary-loss-for-many-classes", lambda c: c.family == "binary" and c.units > 1 and (c.link != "softmax" or c.units > 2)),
    ("logits-not-declared", lambda c: c.family in CROSS_ENTROPIES and c.link in {"linear", "log_softmax"} and not c.from_logits),
    ("probabilities-declared-logits", lambda c: c.family in CROSS_ENTROPIES and c.link in {"sigmoid", "softmax"} and c.from_logits),
)


def _margins(c: Combination) -> set[str]:
    return {"tanh"} if c.family == "margin" else set()


def misfit_of_output(combination: Combination) -> Misfit | None:
    """Return why the last layer cannot answer for these labels, whatever the loss; None where it can."""
    return next((Misfit("output", problem) for problem, applies in _OUTPUT_RULES if applies(combination)), None)


def misfit_of_loss(combination: Combination) -> Misfit | None:
    """Return why the loss fits the labels or the output not; None where it fits both."""
    return next((Misfit("loss", problem) for problem, applies in _LOSS_RULES if applies(combination)), None)


def misfit(combination: Combination) -> Misfit | None:
    """Return the first thing that does not fit; None for a right combination, and for one that trains but is unusual."""
    return misfit_of_output(combination) or misfit_of_loss(combination)


def unusual(combination: Combination) -> str:
    """Return a stable id of what is worth a remark in a combination without misfit, or an empty string."""
    if combination.family in {"distance", "margin"}:
        return "distance-loss"
    if combination.labels == "integer" and combination.units > combination.classes:
        return "spare-units"
    return ""
