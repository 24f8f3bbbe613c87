"""Criteria on the end of a network: the last layer against the labels, the loss against both, and the metrics."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from grader.contracts.data_facts import BatchesFacts
from grader.contracts.evidence import Evidence
from grader.contracts.network_facts import ModelFacts
from grader.contracts.protocol import Identifier
from grader.judge.compatibility import Combination, Encoding, misfit, misfit_of_loss, misfit_of_output, unusual
from grader.words import Table

from .base import Outcome, Spec, call_of, count_text, facts_if_any, facts_of, failed, joined, passed, size_text
from .combined import combination_of, combine

ENGLISH = {
    "several-outputs": "`{function}` has several outputs, or none; this exercise asks for one.",
    "flatten-missing": "`{function}` ends in an output of {shape}; add `Flatten()` between the convolutions and the Dense layers.",
    "softmax-over-one-unit": (
        "`{function}` ends in a softmax over one unit, which is always 1.0; use `Dense(1, activation='sigmoid')` for two classes."
    ),
    "one-unit-for-one-hot-labels": (
        "Your labels are one-hot of width {width}, but `{function}` ends in one unit; end in {width} softmax units."
    ),
    "labels-at-fault": (  # where the network would fit, if the labels were written the other way
        "`{batches}` yields one-hot labels of width {width}, but the one unit of `{function}` is for labels 0 and 1; "
        "set `class_mode='binary'` (`label_mode` for a dataset)."
    ),
    "too-few-units": "The last layer of `{function}` has {units}, but the labels go up to {top}; use at least {classes}.",
    "units-differ-from-labels": "Your labels are one-hot of width {width}, but the last layer of `{function}` has {units}.",
    "sigmoid-for-one-of-many": (
        "`{function}` ends in {units} with sigmoid, which treats the classes as independent; "
        "each image has exactly one class, so end in softmax."
    ),
    "output-not-a-probability": (
        "`{function}` ends in the activation '{activation}', which gives no probability; use sigmoid for one unit, softmax for several."
    ),
    "not-compiled": "`{function}` returns a model that is not compiled; return it after `model.compile(...)`.",
    "no-loss": "`{function}` compiles without a loss; with {fitting} it can be trained.",
    "not-a-class-loss": "`{loss}` in `{function}` is no loss for classes; {fitting} fits this network.",
    "sparse-loss-for-one-unit": (
        "`{loss}` needs one output per class, but `{function}` ends in one unit; with one sigmoid unit use `binary_crossentropy`."
    ),
    "categorical-loss-for-one-unit": (
        "`{loss}` needs one output per class, but `{function}` ends in one unit; with one sigmoid unit use `binary_crossentropy`."
    ),
    "one-hot-labels-with-sparse-loss": (
        "Your labels are one-hot, but `{loss}` in `{function}` wants integers; use `categorical_crossentropy`."
    ),
    "integer-labels-with-categorical-loss": (
        "Your labels are integers, but `{loss}` in `{function}` wants them one-hot; use `sparse_categorical_crossentropy`{one_hot}."
    ),
    "integer-labels-with-distance-loss": (
        "Your labels are integers, but `{function}` has {units} and `{loss}` compares unit by unit; use {fitting}."
    ),
    "binary-loss-for-many-units": (
        "`{loss}` with integer labels is for one unit, but `{function}` ends in {units}; use `sparse_categorical_crossentropy`."
    ),
    "binary-loss-for-many-classes": (
        "`{loss}` treats the {units} of `{function}` as independent yes/no questions; each image has exactly one class, so use {fitting}."
    ),
    "logits-not-declared": (
        "`{loss}` expects probabilities, but the last layer of `{function}` gives any number; "
        "add {squash} to it, or pass `from_logits=True` to the loss."
    ),
    "probabilities-declared-logits": (
        "`{loss}` is told `from_logits=True`, but the last layer of `{function}` already applies {activation}; leave one of them out."
    ),
    "distance-loss": "`{loss}` in `{function}` trains poorly for classes; cross-entropy ({fitting}) is made for them.",
    "spare-units": "The last layer of `{function}` has {units} for {classes} classes; the others are never used.",
    "too-many-units": "The last layer of `{function}` has {units} for {classes} classes; give it one unit per class, and no more.",
    "no-input-shape": "`{function}` does not declare its input, so its output is not known; start it with `Input(shape=...)`.",
    "accuracy-class": (
        "`Accuracy()` compares labels with raw outputs for equality, so `{function}` would report 0; pass `metrics=['accuracy']`."
    ),
    "no-accuracy": (
        "`{function}` does not report its accuracy; pass `metrics=['accuracy']` to `compile`, by name: "
        "its third argument is `loss_weights`."
    ),
    "metric-does-not-fit": "The metric `{found}` does not suit the output of `{function}`; `metrics=['accuracy']` chooses the right one.",
    "metric-name": "The history of `{function}` will hold `{found}`; with `metrics=['accuracy']` it holds `accuracy` and `val_accuracy`.",
    "no-metrics": "no metrics",
    "unknown-output": "an unknown output",
    "outputs": "several outputs",
    "one-output": "one output",
    "compiled": "a compiled model",
    "uncompiled": "not compiled",
    "output-of": "an output of {size}",
    "integer": "integer labels",
    "one-hot": "one-hot labels",
    "from-logits": "{loss} from logits",
    "one-hot-instead": ", or `class_mode='categorical'` in `{batches}`",
    "softmax": "{units} softmax units",
    "sigmoid": "one sigmoid unit",
    "logits-or": "{squash} at the end, or `from_logits=True`",
    "logits-or-not-both": "{activation} at the end, or `from_logits=True`, not both",
    "a-sigmoid": "a sigmoid",
    "a-softmax": "a softmax",
    "labels-0-1": "labels 0 and 1",
    "labels-one-hot": "one-hot labels of width {width}",
}
WORDS = Table("output", ENGLISH)
ACCURACIES = frozenset({"accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"})


class _End(Spec):
    of: Identifier
    batches: Identifier | None = None  # whose labels it must fit; without it, those that the exercise gives; where these are unknown, any
    classes: Annotated[int, Field(ge=2)]

    selectors: ClassVar = {"of": "model", "batches": "batches"}


class OutputFitsLabels(_End):
    """Whether the last layer can answer for the labels; with `exactly`, units that no class needs are wrong too."""

    kind: Literal["output_fits_labels"]
    exactly: bool = False


class LossFitsOutput(_End):
    """Whether the loss fits the last layer and the labels."""

    kind: Literal["loss_fits_output"]


class ReportsAccuracy(Spec):
    """Whether `compile` was given an accuracy."""

    kind: Literal["reports_accuracy"]
    of: Identifier

    selectors: ClassVar = {"of": "model"}


def output_fits_labels(spec: OutputFitsLabels, evidence: Evidence) -> Outcome:
    """Judge the last layer against the labels."""
    combination = combination_of(evidence, spec.of, spec.batches, spec.classes)
    function = call_of(evidence, spec.of).function
    if combination is None:
        return _no_single_output(spec, evidence)
    wrong = misfit_of_output(combination)
    if wrong is not None:
        return _labels_at_fault(wrong.problem, spec, evidence, combination) or _wrong(
            wrong.problem, combination, function, _fitting_output(combination)
        )
    if spec.exactly and unusual(combination) == "spare-units":
        return _wrong("too-many-units", combination, function, _fitting_output(combination))
    known = spec.batches is None or facts_if_any(evidence, spec.batches, BatchesFacts) is not None
    return _right(combination, function, _fitting_output(combination), only="spare-units" if known else "")


def loss_fits_output(spec: LossFitsOutput, evidence: Evidence) -> Outcome:
    """Judge the loss against the last layer and the labels."""
    function = call_of(evidence, spec.of).function
    if facts_of(evidence, spec.of, ModelFacts).compiled is None:
        return _not_compiled(function)
    combination = combination_of(evidence, spec.of, spec.batches, spec.classes)
    if combination is None:
        return _no_single_output(spec, evidence)
    wrong = misfit_of_loss(combination)
    if wrong is not None:
        return _wrong(wrong.problem, combination, function, _remedy(wrong.problem, combination), one_hot=_one_hot(spec, evidence))
    return _right(combination, function, _fitting_loss(combination), only="distance-loss")


def reports_accuracy(spec: ReportsAccuracy, evidence: Evidence) -> Outcome:
    """Look for an accuracy among the metrics; another name than `accuracy` is a remark."""
    facts = facts_of(evidence, spec.of, ModelFacts)
    function = call_of(evidence, spec.of).function
    if facts.compiled is None:
        return _not_compiled(function)
    metrics = facts.compiled.metrics
    found = ", ".join(metrics) or WORDS["no-metrics"]
    named = [metric for metric in metrics if metric in ACCURACIES]
    if not named:
        problem = "accuracy-class" if "Accuracy" in metrics else "no-accuracy"
        return failed(WORDS, problem, expected="accuracy", found=found, function=function)
    fitting = [metric for metric in named if _metric_fits(metric, facts)]
    if not fitting:
        return failed(WORDS, "metric-does-not-fit", expected="accuracy", found=found, function=function)
    if "accuracy" not in fitting:
        return passed(note=WORDS["metric-name"].format(found=fitting[0], function=function), expected="accuracy", found=found)
    return passed(expected="accuracy", found=found)


def fits_labels_as(encoding: Encoding, spec: _End, evidence: Evidence) -> bool:
    """Return whether last layer and loss would fit if only the labels were written in this way."""
    facts = facts_of(evidence, spec.of, ModelFacts)
    return facts.output is not None and misfit(combine(facts.output, facts.compiled, encoding, spec.classes, spec.classes)) is None


def _metric_fits(metric: str, facts: ModelFacts) -> bool:
    units = facts.output.shape[-1] if facts.output is not None and facts.output.shape else None
    if metric == "binary_accuracy":
        return units == 1
    return units != 1 or metric in {"accuracy", "acc"}


def _no_single_output(spec: _End, evidence: Evidence) -> Outcome:
    unknown = facts_of(evidence, spec.of, ModelFacts).input_shape is None
    problem, found = ("no-input-shape", "unknown-output") if unknown else ("several-outputs", "outputs")
    return failed(WORDS, problem, expected=WORDS["one-output"], found=WORDS[found], function=call_of(evidence, spec.of).function)


def _not_compiled(function: str) -> Outcome:
    return failed(WORDS, "not-compiled", expected=WORDS["compiled"], found=WORDS["uncompiled"], function=function)


def _values(combination: Combination) -> dict[str, Any]:
    return {
        "shape": size_text(combination.shape),
        "units": count_text(combination.units, "unit"),
        "width": combination.width,
        "classes": combination.classes,
        "top": combination.classes - 1,
        "activation": combination.activation,
        "loss": combination.loss,
        "fitting": _fitting_loss(combination),
        "squash": _squash(combination),
    }


def _found(combination: Combination) -> str:
    flat = len(combination.shape) == 1
    end = count_text(combination.units, "unit") if flat else WORDS["output-of"].format(size=size_text(combination.shape))
    parts = [f"{end} ({combination.activation})", WORDS[combination.labels]]
    if combination.loss:
        parts.append(WORDS["from-logits"].format(loss=combination.loss) if combination.from_logits else combination.loss)
    return ", ".join(parts)


def _wrong(problem: str, combination: Combination, function: str, expected: str, **values: str) -> Outcome:
    filled: dict[str, Any] = {**_values(combination), **values}
    return failed(WORDS, problem, expected=expected, found=_found(combination), function=function, **filled)


def _labels_at_fault(problem: str, spec: _End, evidence: Evidence, combination: Combination) -> Outcome | None:
    """Return that the pipelines are wrong, and not the network, where one unit and its loss go together: the remedy is there."""
    if problem != "one-unit-for-one-hot-labels" or spec.batches is None or combination.width != 2:
        return None
    if not fits_labels_as("integer", spec, evidence):
        return None
    pipelines = call_of(evidence, spec.batches)
    values: dict[str, Any] = {"width": combination.width, "batches": pipelines.function, "function": call_of(evidence, spec.of).function}
    found = WORDS["labels-one-hot"].format(width=combination.width)
    outcome = failed(WORDS, "labels-at-fault", expected=WORDS["labels-0-1"], found=found, place=pipelines.place, **values)
    return outcome.model_copy(update={"problem": problem})


def _one_hot(spec: _End, evidence: Evidence) -> str:
    """Return the other way out of integer labels where the pipeline is one that knows it: it lists its classes."""
    pipelines = facts_if_any(evidence, spec.batches, BatchesFacts)
    if spec.batches is None or pipelines is None or not pipelines.training.classes:
        return ""
    return WORDS["one-hot-instead"].format(batches=call_of(evidence, spec.batches).function)


def _right(combination: Combination, function: str, expected: str, *, only: str) -> Outcome:
    remark = unusual(combination)
    note = WORDS[remark].format(function=function, **_values(combination)) if remark and remark == only else ""
    return passed(note=note, expected=expected, found=_found(combination))


def _fitting_output(combination: Combination) -> str:
    if combination.labels == "one-hot":
        return WORDS["softmax"].format(units=combination.width)
    several = WORDS["softmax"].format(units=combination.classes)
    return joined([WORDS["sigmoid"], several], "either") if combination.classes == 2 else several


def _remedy(problem: str, combination: Combination) -> str:
    """Return what would make the loss fit; where only the logits are in question, that the two agree on them."""
    if problem == "logits-not-declared":
        return WORDS["logits-or"].format(squash=_squash(combination))
    if problem == "probabilities-declared-logits":
        return WORDS["logits-or-not-both"].format(activation=combination.activation)
    return _fitting_loss(combination)


def _squash(combination: Combination) -> str:
    return WORDS["a-sigmoid" if combination.units == 1 else "a-softmax"]


def _fitting_loss(combination: Combination) -> str:
    if combination.units == 1:
        return "`binary_crossentropy`"
    return "`categorical_crossentropy`" if combination.labels == "one-hot" else "`sparse_categorical_crossentropy`"


JUDGES = {"output_fits_labels": output_fits_labels, "loss_fits_output": loss_fits_output, "reports_accuracy": reports_accuracy}
