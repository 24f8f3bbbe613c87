"""The criterion on when a callback ends a training: after exactly those epochs whose figures fulfil the rubric's conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from grader.contracts.evidence import CallbackFacts, Evidence
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, Outcome, Share, Spec, call_of, facts_of, failed, joined, passed

ENGLISH = {
    "callback-raised": "`{function}` raised {found} when an epoch ended.",
    "never-stops": (
        "`{function}` never ends a training; when {expected}, `on_epoch_end(self, epoch, logs=None)` is to set "
        "`self.model.stop_training = True`."
    ),
    "always-stops": "`{function}` ends every training after its first epoch; it is to wait until {expected}.",
    "stops-at-the-limit": "`{function}` stops at exactly {limit}; it should stop when {expected}: “above” is `>`, not `>=`.",
    "not-at-the-limit": "`{function}` goes on at exactly {limit}; it should stop when {expected}: “at least” is `>=`, not `>`.",
    "other-figure": "`{function}` looks at the other accuracy, `{other}`; it should stop when {expected}.",
    "one-is-enough": "`{function}` stops when one of the conditions holds; it should stop when {expected}: join them with `and`.",
    "stops-too-early": "`{function}` stops after an epoch with {figures}; it should stop when {expected}.",
    "goes-on": "`{function}` goes on after an epoch with {figures}; it should stop when {expected}.",
    "above": "`{name}` is above {limit:g}",
    "at-least": "`{name}` is at least {limit:g}",
    "stops": "stops at {figures}",
    "continues": "goes on at {figures}",
}
WORDS = Table("callbacks", ENGLISH)
OTHER = {"accuracy": "val_accuracy", "val_accuracy": "accuracy"}

Logs = Mapping[str, float]


class StopsTraining(Spec):
    """Whether a callback asks to stop after exactly the epochs whose figures lie above, or at least at, all of these limits."""

    kind: Literal["stops_training"]
    of: Identifier
    above: dict[str, Share] = Field(default_factory=dict)
    at_least: dict[str, Share] = Field(default_factory=dict)

    selectors: ClassVar = {"of": "callback"}
    self_reported: ClassVar = True

    def complain(self) -> tuple[str, str] | None:
        """Refuse a criterion without a condition."""
        return None if self.above or self.at_least else ("above", "is empty, and so is at_least: when is the training to stop?")

    def conditions(self) -> list[Callable[[Logs], bool]]:
        """Return what must hold at the end of an epoch."""
        return [_above(name, limit) for name, limit in self.above.items()] + [
            _at_least(name, limit) for name, limit in self.at_least.items()
        ]

    def wording(self) -> str:
        """Return the conditions as words."""
        above = [WORDS["above"].format(name=name, limit=limit) for name, limit in self.above.items()]
        return joined(above + [WORDS["at-least"].format(name=name, limit=limit) for name, limit in self.at_least.items()])


def _above(name: str, limit: float) -> Callable[[Logs], bool]:
    return lambda logs: logs[name] > limit


def _at_least(name: str, limit: float) -> Callable[[Logs], bool]:
    return lambda logs: logs[name] >= limit


def stops_training(spec: StopsTraining, evidence: Evidence) -> Outcome:
    """Compare what the callback did after every epoch; the mistake that explains it all chooses the sentence."""
    facts, call = facts_of(evidence, spec.of, CallbackFacts), call_of(evidence, spec.of)
    values: dict[str, Any] = {"expected": spec.wording(), "function": call.function}
    broken = next((case for case in facts.cases if case.error), None)
    if broken is not None:
        return failed(WORDS, "callback-raised", found=f"{broken.error_type}: {broken.error}", place=broken.place, **values)
    epochs = list(_epochs(facts))
    conditions = spec.conditions()
    wrong = [(logs, stopped) for logs, stopped in epochs if stopped != all(holds(logs) for holds in conditions)]
    if not wrong:
        return passed(expected=spec.wording(), found=COMMON["all-right"].format(number=len(epochs)))
    logs, stopped = wrong[0]
    details = {"epochs": len(epochs), "wrong": len(wrong)}
    figures = ", ".join(f"{name} {value:g}" for name, value in logs.items() if name in {*spec.above, *spec.at_least})
    found = WORDS["stops" if stopped else "continues"].format(figures=figures)
    limit = joined(f"{name} {value:g}" for name, value in {**spec.above, **spec.at_least}.items())
    other = next((OTHER[name] for name in (*spec.above, *spec.at_least) if name in OTHER), "")
    return failed(WORDS, _mistake(spec, epochs, stopped), found=found, figures=figures, limit=limit, other=other, details=details, **values)


def _mistake(spec: StopsTraining, epochs: list[tuple[Logs, bool]], stopped: bool) -> str:
    """Return the wrong rule that gives every answer, else what the first wrong one shows."""
    conditions = spec.conditions()
    swapped = spec.model_copy(update={"above": spec.at_least, "at_least": spec.above})
    rules: dict[str, Callable[[Logs], bool]] = {
        "never-stops": lambda _: False,
        "always-stops": lambda _: True,
        "stops-at-the-limit" if spec.above else "not-at-the-limit": lambda logs: all(holds(logs) for holds in swapped.conditions()),
        "one-is-enough": lambda logs: any(holds(logs) for holds in conditions),
        "other-figure": lambda logs: all(holds(_exchanged(logs)) for holds in conditions),
    }
    for problem, rule in rules.items():
        if all(answer == rule(logs) for logs, answer in epochs):
            return problem
    return "stops-too-early" if stopped else "goes-on"


def _exchanged(logs: Logs) -> Logs:
    return {name: logs.get(OTHER.get(name, name), value) for name, value in logs.items()}


def _epochs(facts: CallbackFacts) -> Iterator[tuple[Logs, bool]]:
    for case in facts.cases:
        for number, stopped in enumerate(case.stopped):
            yield {name: figures[number] for name, figures in case.figures.items()}, stopped


JUDGES = {"stops_training": stops_training}
