"""Criteria on a function that copies files into a training and a validation folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from grader.contracts.base import Place
from grader.contracts.evidence import Evidence, FoldersFacts, ScenarioFacts
from grader.contracts.protocol import Identifier

from .base import Outcome, Spec, call_of, count_text, facts_of, failed, passed, skipped, where_text

SENTENCES = {
    "scenario-raised": "`{function}` raised an error{where}: {found}",
    "nothing-copied": (
        "`{function}` leaves both target folders empty{stray}; look at how paths are put together, and for an `except` that hides an error."
    ),
    "share-inverted": "`{function}` puts {found} into the training folder; SPLIT_SIZE={share:g} is the share for training: {expected}.",
    "share-ignored": "`{function}` puts {found} into the training folder whatever SPLIT_SIZE is; SPLIT_SIZE={share:g} means {expected}.",
    "share-of-all": (
        "`{function}` puts {found} into the training folder, as if the zero-length files counted; leave them out first: "
        "SPLIT_SIZE={share:g} means {expected}."
    ),
    "share-wrong": "`{function}` puts {found} into the training folder; SPLIT_SIZE={share:g} means {expected}.",
    "images-lost": "`{function}` leaves {found} out of both folders; what does not go to training goes to validation.",
    "empty-copied": "`{function}` copies {found}; skip files with `os.path.getsize(path) == 0` before you count.",
    "sets-overlap": "`{function}` puts {found} into both folders; shuffle one list, then cut it once.",
    "not-random": (
        "`{function}` takes the first files in their order; shuffle the list before splitting: `random.sample(files, len(files))`."
    ),
    "source-changed": "`{function}` changes the source folder: {found}; copy the files, do not move them.",
    "second-call-raised": "A second call of `{function}` with the same folders raised {found}; empty the target folders first.",
    "leftovers": (
        "After a second call of `{function}`, {found}; empty the target folders first, or images leak from one set into the other."
    ),
    "needs-slash": "`{function}` works only for folders that end with a slash; build paths with `os.path.join`.",
    "breaks-on-slash": "`{function}` works only for folders without a slash at the end; build paths with `os.path.join`.",
}
NOT_SEEN = "This cannot be told until `{function}` works for such folders."


class Split(Spec):
    """One property of how files were split; see `PROPERTIES`."""

    kind: Literal["split"]
    of: Identifier
    property: Literal["share", "empty_left_out", "disjoint", "shuffled", "source_unchanged", "repeatable", "any_path"]

    selectors: ClassVar = {"of": "folders"}


@dataclass(frozen=True)
class Copies:
    """The scenarios: all, those with a single call, and of these the ones in which files arrived."""

    function: str
    all: tuple[ScenarioFacts, ...]

    @property
    def once(self) -> list[ScenarioFacts]:
        """Scenarios with a single call."""
        return [scenario for scenario in self.all if scenario.calls == 1]

    @property
    def working(self) -> list[ScenarioFacts]:
        """Those of them in which files arrived."""
        return [scenario for scenario in self.once if _worked(scenario)]

    def failed(self, problem: str, expected: str, found: str, place: Place | None = None, **values: Any) -> Outcome:
        """Return a failed outcome that names the function."""
        return failed(SENTENCES, problem, expected=expected, found=found, place=place, function=self.function, **values)


def split(spec: Split, evidence: Evidence) -> Outcome:
    """Judge one property on the scenarios that can show it; a path that breaks one kind of folder is charged to `any_path` alone."""
    copies = Copies(call_of(evidence, spec.of).function, facts_of(evidence, spec.of, FoldersFacts).scenarios)
    return PROPERTIES[spec.property](copies) if copies.working else _nothing_works(copies)


def _worked(scenario: ScenarioFacts) -> bool:
    return not scenario.error and scenario.training + scenario.validation > 0


def _nothing_works(copies: Copies) -> Outcome:
    first = (copies.once or copies.all)[0]
    expected = "images in both target folders"
    if first.error:
        return copies.failed("scenario-raised", expected, first.error, first.place, where=where_text(first.place))
    stray = f", but leaves files elsewhere, such as {first.stray[0]!r}: build paths with `os.path.join`" if first.stray else ""
    return copies.failed("nothing-copied", expected, "no images", stray=stray)


def _has_its_share(scenario: ScenarioFacts) -> bool:
    """Return whether the training folder holds SPLIT_SIZE of the good images, within one.

    Zero-length files that were copied have taken the places of good ones; that mistake has a criterion of its own.
    """
    return abs(scenario.training - scenario.source_good * scenario.share) <= 1 + scenario.empty_copied


def _share(copies: Copies) -> Outcome:
    wanted = {scenario.id: scenario.source_good * scenario.share for scenario in copies.working}
    wrong = [scenario for scenario in copies.working if not _has_its_share(scenario)]
    if wrong:
        first = wrong[0]
        inverted = all(abs(scenario.training - (scenario.source_good - wanted[scenario.id])) <= 1 for scenario in wrong)
        same = len({s.training for s in copies.working}) == 1 and len({s.share for s in copies.working}) > 1
        of_all = all(abs(s.training - min((s.source_good + s.source_empty) * s.share, s.source_good)) <= 1 for s in wrong)
        problem = "share-inverted" if inverted else "share-of-all" if of_all else "share-ignored" if same else "share-wrong"
        expected = f"{wanted[first.id]:.0f} of {first.source_good}"
        return copies.failed(problem, expected, f"{first.training} of {count_text(first.source_good, 'image')}", share=first.share)
    for scenario in copies.working:
        lost = scenario.source_good - scenario.training - scenario.validation
        if lost > 1 and not scenario.in_both:
            return copies.failed("images-lost", "every image in one of the folders", count_text(lost, "image"))
    found = ", ".join(f"{scenario.training} of {scenario.source_good}" for scenario in copies.working)
    return passed(expected="SPLIT_SIZE of the good images", found=found)


def _empty_left_out(copies: Copies) -> Outcome:
    most = max(scenario.empty_copied for scenario in copies.working)
    if most:
        return copies.failed("empty-copied", "no zero-length file", count_text(most, "zero-length file"))
    return passed(expected="no zero-length file", found="none")


def _disjoint(copies: Copies) -> Outcome:
    most = max(scenario.in_both for scenario in copies.working)
    if most:
        return copies.failed("sets-overlap", "no image in both", count_text(most, "image"))
    return passed(expected="no image in both", found="none")


def _shuffled(copies: Copies) -> Outcome:
    if all(scenario.first_in_order for scenario in copies.working):
        return copies.failed("not-random", "a random choice", "the first files in order")
    return passed(expected="a random choice", found="a random choice")


def _source_unchanged(copies: Copies) -> Outcome:
    most = max(scenario.source_changed for scenario in copies.working)
    if most:
        return copies.failed("source-changed", "the source as it was", f"{count_text(most, 'file')} moved, altered or added")
    return passed(expected="the source as it was", found="unchanged")


def _repeatable(copies: Copies) -> Outcome:
    expected = "one clean split"
    for scenario in copies.all:
        if scenario.calls == 1:
            continue
        alike = [other for other in copies.once if other.trailing_slash == scenario.trailing_slash]
        if alike and not any(_worked(other) for other in alike):
            return skipped(NOT_SEEN.format(function=copies.function), expected=expected, found="the first call already fails")
        if scenario.error:
            return copies.failed("second-call-raised", expected, scenario.error, scenario.place)
        if scenario.in_both:
            images = count_text(scenario.in_both, "image")
            return copies.failed("leftovers", expected, f"{images} {'is' if scenario.in_both == 1 else 'are'} in both folders")
        if not _has_its_share(scenario):
            images = f"{scenario.training} of {count_text(scenario.source_good, 'image')}"
            return copies.failed("leftovers", expected, f"{images} are in the training folder")
    return passed(expected=expected, found=expected)


def _any_path(copies: Copies) -> Outcome:
    expected = "a split for every way to write a path"
    for slash, problem in ((False, "needs-slash"), (True, "breaks-on-slash")):
        broken = [scenario for scenario in copies.once if scenario.trailing_slash is slash]
        if broken and not any(_worked(scenario) for scenario in broken):
            first = broken[0]
            found = first.error or (f"files end up at {first.stray[0]!r}" if first.stray else "no image is copied")
            return copies.failed(problem, expected, found, first.place)
    return passed(expected=expected, found=expected)


PROPERTIES = {
    "share": _share,
    "empty_left_out": _empty_left_out,
    "disjoint": _disjoint,
    "shuffled": _shuffled,
    "source_unchanged": _source_unchanged,
    "repeatable": _repeatable,
    "any_path": _any_path,
}
JUDGES = {"split": split}
