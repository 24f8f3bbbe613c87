"""Why there was no training: evidence holds these sentences in English, whoever reads them gets them in the language that is spoken."""

from __future__ import annotations

from .sentences import Sentences

REASONS = Sentences(
    "reasons",
    {
        "no-model": "There is no model to train.",
        "not-compiled": "The model is not compiled, so it cannot be trained.",
        "too-many-parameters": "The network has {number} parameters; the grader trains networks of up to {limit}.",
        "too-many-multiplications": "One image costs {number} multiplications; the grader trains networks of up to {limit}.",
        "stand-in": "the weights of {network} are not here, and made-up ones stand in for them; "
        "`grader data fetch {network}` gets the real ones.",
        "no-images": "The training pipeline yields no images.",
        "no-labels": "The training pipeline yields images without labels.",
        "other-shape": "What the training pipeline yields are not images of shape (height, width, channels).",
        "other-labels": "The labels are neither integers nor one-hot.",
        "unexplained": "{number} of {total} training images are no handed-out image under the usual augmentations.",
        "scaling-unknown": "How the pixels are scaled was not recognised, so the hidden images cannot be prepared in the same way.",
        "labels-alike": "The labels of the training pipeline do not tell the classes apart.",
        "several-outputs": "The network has several outputs; one row of class scores per image is needed.",
        "output-shape": "The network has an output of shape {shape}; one row of class scores per image is needed.",
        "one-hot-one-output": "The labels are one-hot with {number} columns, but the network has one output.",
        "no-step": "Keras cannot make a single training step with this network, loss and labels.",
    },
)


def reason(key: str, **told: object) -> str:
    """Return a sentence as evidence holds it."""
    return REASONS.kept(key, **told)


def spoken(sentence: str) -> str:
    """Return a sentence of evidence in the language that is spoken; one that is not known, as it is."""
    return REASONS.spoken(sentence)
