"""Criteria on what a function reads from the history of a training: the best epoch, the generalisation gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from grader.contracts.data_facts import AnsweredCase, TableFacts
from grader.contracts.evidence import Evidence
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, MissingEvidenceError, Outcome, Spec, answer_text, call_of, count_text, facts_of, failed, passed

TOLERANCE = 1e-6
KEYS = ("loss", "accuracy", "val_loss", "val_accuracy")
PARAMETER = "history"  # of a table that these criteria judge

_SHOWN = 6  # figures of a list in a sentence
ENGLISH = {
    "answer-raised": "`{function}` raised {found} for a history of {epochs}; the answer is {expected}.",
    "answer-type": "`{function}` returned {found} for a history of {epochs}; the answer is the number {expected}.",
    "counts-from-zero": "`{function}` counts epochs from 0: it returned {found} where Keras prints epoch {expected}. Add 1 to the index.",
    "highest-val-accuracy": (
        "`{function}` takes the epoch with the highest `val_accuracy`; asked is the lowest `val_loss`: epoch {expected}, not {found}."
    ),
    "lowest-training-loss": (
        "`{function}` takes the epoch with the lowest training `loss`; asked is the lowest `val_loss`: epoch {expected}, not {found}."
    ),
    "last-of-equals": (
        "`{function}` takes the last of equal epochs: for `val_loss` {figures} it returned {found}; the first of them is {expected}."
    ),
    "highest-loss": "`{function}` takes the highest `val_loss`, which is the worst epoch; the best is {expected}, not {found}.",
    "last-epoch": "`{function}` returned {found}, the last epoch; the lowest `val_loss` is in epoch {expected}.",
    "the-figure-itself": "`{function}` returned {found}, the lowest `val_loss` itself; asked is its epoch, {expected}.",
    "wrong-epoch": "`{function}` returned {found} for `val_loss` {figures}; the lowest is in epoch {expected}.",
    "sign-reversed": ("`{function}` subtracts the wrong way round: it returned {found}; training minus validation accuracy is {expected}."),
    "without-sign": "`{function}` drops the sign: it returned {found}, but where validation is better the gap is negative, {expected}.",
    "gap-of-best-epoch": "`{function}` returned {found}, the gap in the best epoch; asked is the gap in the last one, {expected}.",
    "gap-of-first-epoch": "`{function}` returned {found}, the gap in the first epoch; asked is the gap in the last one, {expected}.",
    "gap-of-best-figures": "`{function}` returned {found}, the gap between the best figures; asked is that of the last epoch, {expected}.",
    "gap-of-means": "`{function}` returned {found}, the gap between the averages; asked is the gap in the last epoch, {expected}.",
    "gap-of-losses": "`{function}` compares losses; the gap is between the last `accuracy` and `val_accuracy`: {expected}, not {found}.",
    "percent": "`{function}` returned {found}, in percent; asked is the difference itself, {expected}.",
    "rounded": "`{function}` rounds: it returned {found}; give the exact difference, {expected}.",
    "wrong-gap": "`{function}` returned {found}; the gap in the last epoch, `accuracy` minus `val_accuracy`, is {expected}.",
}
WORDS = Table("histories", ENGLISH)

History = Mapping[str, Sequence[float]]
Formula = Callable[[History], float]


class _OfHistory(Spec):
    of: Identifier

    selectors: ClassVar = {"of": "table"}


class BestEpoch(_OfHistory):
    """Whether a function finds the epoch with the lowest validation loss, counted from 1; the first of equals."""

    kind: Literal["best_epoch"]


class GeneralizationGap(_OfHistory):
    """Whether a function computes training minus validation accuracy of the last epoch."""

    kind: Literal["generalization_gap"]


def epoch_of_best(history: History) -> int:
    """Return the epoch with the lowest validation loss, from 1; the first of equals."""
    return history["val_loss"].index(min(history["val_loss"])) + 1


def gap(history: History) -> float:
    """Return training minus validation accuracy of the last epoch."""
    return _gap_in(history, -1)


def _gap_in(history: History, epoch: int) -> float:
    return history["accuracy"][epoch] - history["val_accuracy"][epoch]


def _position(figures: Sequence[float], choose: Callable[[Sequence[float]], float]) -> int:
    return figures.index(choose(figures)) + 1


def _last_of_best(history: History) -> int:
    figures = history["val_loss"]
    return len(figures) - figures[::-1].index(min(figures))


def _mean(figures: Sequence[float]) -> float:
    return sum(figures) / len(figures)


def _from_one_or_zero(find: Formula) -> tuple[Formula, Formula]:
    return find, lambda history: find(history) - 1


# What people return instead; the first that gives every answer chooses the sentence.
WRONG_EPOCHS: dict[str, tuple[Formula, ...]] = {
    "counts-from-zero": (lambda h: epoch_of_best(h) - 1,),
    "last-of-equals": _from_one_or_zero(_last_of_best),
    "highest-val-accuracy": _from_one_or_zero(lambda h: _position(h["val_accuracy"], max)),
    "lowest-training-loss": _from_one_or_zero(lambda h: _position(h["loss"], min)),
    "highest-loss": _from_one_or_zero(lambda h: _position(h["val_loss"], max)),
    "last-epoch": _from_one_or_zero(lambda h: len(h["val_loss"])),
    "the-figure-itself": (lambda h: min(h["val_loss"]),),
}
WRONG_GAPS: dict[str, tuple[Formula, ...]] = {
    "sign-reversed": (lambda h: -gap(h),),
    "without-sign": (lambda h: abs(gap(h)),),
    "gap-of-best-epoch": (
        lambda h: _gap_in(h, epoch_of_best(h) - 1),
        lambda h: _gap_in(h, _position(h["val_accuracy"], max) - 1),
    ),
    "gap-of-first-epoch": (lambda h: _gap_in(h, 0),),
    "gap-of-best-figures": (lambda h: max(h["accuracy"]) - max(h["val_accuracy"]),),
    "gap-of-means": (lambda h: _mean(h["accuracy"]) - _mean(h["val_accuracy"]),),
    "gap-of-losses": (lambda h: h["val_loss"][-1] - h["loss"][-1], lambda h: h["loss"][-1] - h["val_loss"][-1]),
    "percent": (lambda h: 100 * gap(h),),
    "rounded": (lambda h: round(gap(h), 1), lambda h: round(gap(h), 2), lambda h: round(gap(h), 3)),
}


def best_epoch(spec: BestEpoch, evidence: Evidence) -> Outcome:
    """Compare every answer with the first epoch of the lowest validation loss."""
    return _compare(spec, evidence, epoch_of_best, WRONG_EPOCHS, "wrong-epoch")


def generalization_gap(spec: GeneralizationGap, evidence: Evidence) -> Outcome:
    """Compare every answer with training minus validation accuracy of the last epoch."""
    return _compare(spec, evidence, gap, WRONG_GAPS, "wrong-gap")


def _compare(spec: _OfHistory, evidence: Evidence, right: Formula, mistakes: Mapping[str, tuple[Formula, ...]], otherwise: str) -> Outcome:
    """Judge all answers; the mistake that explains them all chooses the sentence, the shortest wrong case its figures."""
    cases = [(row, _history(row)) for row in facts_of(evidence, spec.of, TableFacts).rows]
    wrong = [(row, history) for row, history in cases if not _gives(row, right(history))]
    expected = COMMON["all-right"].format(number=len(cases))
    if not wrong:
        return passed(expected=expected, found=expected)
    answered = [case for case in cases if not case[0].error]
    problem = next(
        (
            problem
            for problem, formulas in mistakes.items()
            if answered and any(all(_gives(row, formula(history)) for row, history in answered) for formula in formulas)
        ),
        otherwise,
    )
    row, history = min((case for case in wrong if not case[0].error), key=_length, default=min(wrong, key=_length))
    if row.error:
        problem = "answer-raised"
    elif isinstance(row.value, bool) or not isinstance(row.value, int | float):
        problem = "answer-type"
    figures = history["val_loss"]
    return failed(
        WORDS,
        problem,
        expected=_text(right(history)),
        found=row.error or (answer_text(row) if row.value is None else _text(row.value)),
        details={"cases": len(cases), "wrong": len(wrong)},
        function=call_of(evidence, spec.of).function,
        epochs=count_text(len(figures), "epoch"),
        figures=f"[{', '.join(map(str, figures[:_SHOWN]))}{', …' if len(figures) > _SHOWN else ''}]",
    )


def _length(case: tuple[AnsweredCase, History]) -> int:
    return len(case[1]["val_loss"])


def _history(row: AnsweredCase) -> History:
    history = row.arguments.get(PARAMETER)
    if not isinstance(history, dict) or any(not history.get(key) for key in KEYS):
        raise MissingEvidenceError(f"a case holds no history with {', '.join(KEYS)}")
    return history


def _gives(row: AnsweredCase, wanted: float) -> bool:
    number = isinstance(row.value, int | float) and not isinstance(row.value, bool)
    return not row.error and number and abs(float(row.value) - wanted) <= TOLERANCE  # type: ignore[arg-type]


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


JUDGES = {"best_epoch": best_epoch, "generalization_gap": generalization_gap}
