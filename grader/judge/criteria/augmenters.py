"""Criteria on augmenters, by what they did to the grader's test images: flips, shifts, turns, filled edges, and nothing besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from grader.contracts.data_facts import AugmentedFacts, AugmenterFacts
from grader.contracts.evidence import Evidence
from grader.contracts.protocol import Identifier
from grader.words import Table

from .augmentation import files_unchanged
from .base import COMMON, Outcome, Spec, call_of, facts_of, failed, joined, passed, skipped

OFTEN = (0.15, 0.85)  # share of outputs flipped, where half are to be expected
RARE = 0.05  # share of outputs that may be anything
SMALL_SHIFT, SMALL_TURN, SMALL_DISTORTION = 0.02, 2.0, 0.08  # share of the side, degrees, relative: what the measurement leaves open
HALF = 0.5  # of the range asked for: dozens of random draws all below it are no chance

ENGLISH = {
    "case-raised": "`{call}` raised {found}",
    "size-changed": "`{call}` changes the size of the images; an augmenter gives back what it gets.",
    "not-recognised": "`{call}` changes the images beyond recognition: only {found} can be told from each other.",
    "text-for-true": "`{call}` is built with `horizontal_flip={found!r}`, a text; use True, not a string.",
    "never-flips": "`{call}` flips no image; set `horizontal_flip=True`, or use `RandomFlip('horizontal')`.",
    "always-flips": "`{call}` flips every image; flip at random, so that both orientations occur.",
    "flips-upside-down": "`{call}` turns images upside down; `horizontal_flip` exchanges left and right, `vertical_flip` top and bottom.",
    "never-shifts": "`{call}` shifts images by {found} at most; {expected} is asked: `width_shift_range=0.2, height_shift_range=0.2`.",
    "shifts-one-way": "`{call}` shifts images along one side only ({found}); set both `width_shift_range` and `height_shift_range`.",
    "shifts-too-far": "`{call}` shifts images by up to {found}; {expected} is asked: `width_shift_range=0.2, height_shift_range=0.2`.",
    "wrong-fill": "`{call}` fills what a shift uncovers with {found}; asked is {expected}: hand `fill_mode` on.",
    "nothing-uncovered": "`{call}` uncovers no pixels, so there is nothing to fill.",
    "turns-as-share": (
        "`{call}` turns images by {found} at most, where up to {asked:g}° are asked: `rotation_range` is in degrees, e.g. 40; "
        "hand `degrees` on as it is."
    ),
    "turns-too-little": (
        "`{call}` turns images by {found} at most, where up to {asked:g}° are asked; "
        "`rotation_range` is in degrees, `RandomRotation` takes a share of a full turn: `degrees / 360`."
    ),
    "turns-too-far": (
        "`{call}` turns images by up to {found}, where {asked:g}° are asked; "
        "`rotation_range` is in degrees, `RandomRotation` takes a share of a full turn: `degrees / 360`."
    ),
    "does-more": "`{call}` also {found}; nothing but what its name says was asked.",
    "not-untouched": "`{call}` {found}; validation images are at most rescaled, so that they stay what the network is measured on.",
    "cannot-be-told": "This cannot be told: {reason}",
    "another-size": "another size",
    "flipped": "{share} flipped",
    "half-flipped": "about half of the images flipped",
    "of-the-side": "{share} of the side",
    "of-both": "up to {share} of width and height",
    "none-uncovered": "no uncovered pixels",
    "as-fill-mode": "what `fill_mode` says",
    "up-to-degrees": "up to {asked:g}°",
    "as-asked": "as many degrees as asked",
    "alone": "{changes} alone",
    "flip": "flip",
    "shift": "shift",
    "turn": "turn",
    "as-they-were": "images as they were",
    "flips": "flips images",
    "turns-upside-down": "turns images upside down",
    "turns": "turns images by up to {turn:.0f}°",
    "shifts": "shifts images by up to {share}",
    "distorts": "zooms or shears images",
    "recolours": "changes brightness, contrast or colours",
}
WORDS = Table("augmenters", ENGLISH)


class _Augmenter(Spec):
    of: Identifier

    selectors: ClassVar = {"of": "augmenter"}


class Flips(_Augmenter):
    """Whether about half of the outputs are flipped left to right."""

    kind: Literal["flips"]


class ShiftsWithin(_Augmenter):
    """Whether outputs are shifted along both sides, by up to this share of the side."""

    kind: Literal["shifts_within"]
    share: Annotated[float, Field(gt=0, le=0.5)]


class FillsWith(_Augmenter):
    """Whether uncovered pixels hold what the case's argument of this name says."""

    kind: Literal["fills_with"]
    argument: str = "fill_mode"


class RotatesWithin(_Augmenter):
    """Whether outputs are turned by up to as many degrees as the case's argument of this name says."""

    kind: Literal["rotates_within"]
    argument: str = "degrees"


class ChangesOnly(_Augmenter):
    """Whether nothing happens to the images but these changes, and a rescaling; with an empty list, nothing at all."""

    kind: Literal["changes_only"]
    only: tuple[Literal["flip", "shift", "turn"], ...] = ()


class NothingWritten(_Augmenter):
    """Whether no images were written anywhere. `of`: the call it is charged to."""

    kind: Literal["nothing_written"]


def _judged(
    spec: _Augmenter, evidence: Evidence, expected: str, look: Callable[[AugmentedFacts], tuple[str, str, dict[str, Any]] | None]
) -> Outcome:
    """Return the first case's problem that `look` finds: (problem, what was found, further values); a case without images first."""
    call = call_of(evidence, spec.of)
    for case in facts_of(evidence, spec.of, AugmenterFacts).cases:
        problem = _unusable(case) or look(case)
        if problem is not None:
            name, found, values = problem
            shown = {"call": _call_text(call.function, case), **values}
            return failed(
                WORDS, name, expected=values.get("wanted", expected), found=found, place=case.place, function=call.function, **shown
            )
    return passed(expected=expected, found=expected)


def _unusable(case: AugmentedFacts) -> tuple[str, str, dict[str, Any]] | None:
    if case.error:
        return "case-raised", f"{case.error_type}: {case.error}", {}
    if not case.same_size:
        return "size-changed", WORDS["another-size"], {}
    if case.recognised < HALF:
        return "not-recognised", f"{case.recognised:.0%}", {}
    return None


def _call_text(function: str, case: AugmentedFacts) -> str:
    return f"{function}({', '.join(repr(value) for value in case.arguments.values())})"


def flips(spec: Flips, evidence: Evidence) -> Outcome:
    """Look at the share of flipped outputs."""

    def look(case: AugmentedFacts) -> tuple[str, str, dict[str, Any]] | None:
        given = case.settings.get("horizontal_flip")
        if isinstance(given, str):
            return "text-for-true", given, {}
        found = WORDS["flipped"].format(share=f"{case.flipped:.0%}")
        if case.flipped < OFTEN[0]:
            return ("flips-upside-down" if case.upside_down >= OFTEN[0] else "never-flips"), found, {}
        return ("always-flips", found, {}) if case.flipped > OFTEN[1] else None

    return _judged(spec, evidence, WORDS["half-flipped"], look)


def shifts_within(spec: ShiftsWithin, evidence: Evidence) -> Outcome:
    """Compare the largest shifts with the range asked for."""

    def look(case: AugmentedFacts) -> tuple[str, str, dict[str, Any]] | None:
        smaller, larger = sorted((case.shift_x, case.shift_y))
        found = WORDS["of-the-side"].format(share=f"{larger:.0%}")
        if larger > spec.share + SMALL_SHIFT:
            return "shifts-too-far", found, {}
        if larger < HALF * spec.share:
            return "never-shifts", found, {}
        return ("shifts-one-way", joined([f"{smaller:.0%}", f"{larger:.0%}"]), {}) if smaller < HALF * spec.share else None

    return _judged(spec, evidence, WORDS["of-both"].format(share=f"{spec.share:.0%}"), look)


def fills_with(spec: FillsWith, evidence: Evidence) -> Outcome:
    """Compare what uncovered pixels hold with the case's argument."""

    def look(case: AugmentedFacts) -> tuple[str, str, dict[str, Any]] | None:
        wanted = f"`{case.arguments.get(spec.argument)}`"
        if case.edge is None:
            return "nothing-uncovered", WORDS["none-uncovered"], {"wanted": wanted}
        found = COMMON["something-else"] if case.edge == "other" else f"`{case.edge}`"
        return None if found == wanted else ("wrong-fill", found, {"wanted": wanted})

    return _judged(spec, evidence, WORDS["as-fill-mode"], look)


def rotates_within(spec: RotatesWithin, evidence: Evidence) -> Outcome:
    """Compare the largest angle with the case's argument."""

    def look(case: AugmentedFacts) -> tuple[str, str, dict[str, Any]] | None:
        asked = float(case.arguments.get(spec.argument) or 0)
        found, values = f"{case.turn:.1f}°", {"asked": asked, "wanted": WORDS["up-to-degrees"].format(asked=asked)}
        if case.turn > asked + SMALL_TURN:
            return "turns-too-far", found, values
        if asked and case.turn < HALF * asked:
            return ("turns-as-share" if case.turn < SMALL_TURN else "turns-too-little"), found, values
        return None

    return _judged(spec, evidence, WORDS["as-asked"], look)


def changes_only(spec: ChangesOnly, evidence: Evidence) -> Outcome:
    """Look for changes that were not asked for."""
    problem = "does-more" if spec.only else "not-untouched"

    def look(case: AugmentedFacts) -> tuple[str, str, dict[str, Any]] | None:
        found = [text for change, text in _changes(case).items() if change not in spec.only]
        return (problem, joined(found), {}) if found else None

    expected = WORDS["alone"].format(changes=joined(WORDS[change] for change in spec.only)) if spec.only else WORDS["as-they-were"]
    outcome = _judged(spec, evidence, expected, look)
    if outcome.problem in {"case-raised", "size-changed", "not-recognised"} and spec.only:
        # The criterion on what is asked for says so already.
        return skipped(WORDS["cannot-be-told"].format(reason=outcome.message), expected=expected, found=outcome.found)
    return outcome


def _changes(case: AugmentedFacts) -> dict[str, str]:
    """Return what happens to images: change -> as a verb."""
    seen = {
        "flip": (WORDS["flips"], case.flipped > RARE),
        "upside-down": (WORDS["turns-upside-down"], case.upside_down > RARE),
        "turn": (WORDS["turns"].format(turn=case.turn), case.turn > SMALL_TURN),
        "shift": (WORDS["shifts"].format(share=f"{max(case.shift_x, case.shift_y):.0%}"), max(case.shift_x, case.shift_y) > SMALL_SHIFT),
        "distortion": (WORDS["distorts"], case.distortion > SMALL_DISTORTION),
        "colours": (WORDS["recolours"], case.recoloured > RARE),
    }
    changes = {change: text for change, (text, happens) in seen.items() if happens}
    if not changes and case.recognised < 1 - 2 * RARE:  # what is moved far, or in several ways, is not recognised either
        changes["colours"] = WORDS["recolours"]
    return changes


JUDGES = {
    "flips": flips,
    "shifts_within": shifts_within,
    "fills_with": fills_with,
    "rotates_within": rotates_within,
    "changes_only": changes_only,
    "nothing_written": files_unchanged,
}
