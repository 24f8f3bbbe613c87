"""Criteria on a function that copies files into a training and a validation folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from grader.contracts.base import Place
from grader.contracts.data_facts import FoldersFacts, ScenarioFacts
from grader.contracts.evidence import Evidence
from grader.contracts.protocol import Identifier
from grader.words import Table

from .base import COMMON, Outcome, Spec, call_of, count_text, facts_of, failed, passed, skipped, where_text

ENGLISH = {
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
    "not-seen": "This cannot be told until `{function}` works for such folders.",
    "both-folders": "images in both target folders",
    "stray": ", but leaves files elsewhere, such as {file!r}: build paths with `os.path.join`",
    "part": "{number} of {whole}",
    "every-image": "every image in one of the folders",
    "split-size": "SPLIT_SIZE of the good images",
    "no-empty": "no zero-length file",
    "none": "none",
    "none-in-both": "no image in both",
    "random": "a random choice",
    "first-files": "the first files in order",
    "source-as-it-was": "the source as it was",
    "files-changed": "{files} moved, altered or added",
    "unchanged": "unchanged",
    "clean": "one clean split",
    "first-call-fails": "the first call already fails",
    "one-in-both": "{images} is in both folders",
    "some-in-both": "{images} are in both folders",
    "in-training": "{images} are in the training folder",
    "every-path": "a split for every way to write a path",
    "files-end-at": "files end up at {file!r}",
    "none-copied": "no image is copied",
}
WORDS = Table("folders", ENGLISH)


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
        return failed(WORDS, problem, expected=expected, found=found, place=place, function=self.function, **values)


def split(spec: Split, evidence: Evidence) -> Outcome:
    """Judge one property on the scenarios that can show it; a path that breaks one kind of folder is charged to `any_path` alone."""
    copies = Copies(call_of(evidence, spec.of).function, facts_of(evidence, spec.of, FoldersFacts).scenarios)
    return PROPERTIES[spec.property](copies) if copies.working else _nothing_works(copies)


def _worked(scenario: ScenarioFacts) -> bool:
    return not scenario.error and scenario.training + scenario.validation > 0


def _nothing_works(copies: Copies) -> Outcome:
    first = (copies.once or copies.all)[0]
    expected = WORDS["both-folders"]
    if first.error:
        return copies.failed("scenario-raised", expected, first.error, first.place, where=where_text(first.place))
    stray = WORDS["stray"].format(file=first.stray[0]) if first.stray else ""
    return copies.failed("nothing-copied", expected, COMMON["no-images"], stray=stray)


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
        expected = WORDS["part"].format(number=f"{wanted[first.id]:.0f}", whole=first.source_good)
        return copies.failed(problem, expected, _part(first), share=first.share)
    for scenario in copies.working:
        lost = scenario.source_good - scenario.training - scenario.validation
        if lost > 1 and not scenario.in_both:
            return copies.failed("images-lost", WORDS["every-image"], count_text(lost, "image"))
    found = ", ".join(WORDS["part"].format(number=each.training, whole=each.source_good) for each in copies.working)
    return passed(expected=WORDS["split-size"], found=found)


def _part(scenario: ScenarioFacts) -> str:
    return WORDS["part"].format(number=scenario.training, whole=count_text(scenario.source_good, "image"))


def _empty_left_out(copies: Copies) -> Outcome:
    most = max(scenario.empty_copied for scenario in copies.working)
    if most:
        return copies.failed("empty-copied", WORDS["no-empty"], count_text(most, "zero-length-file"))
    return passed(expected=WORDS["no-empty"], found=WORDS["none"])


def _disjoint(copies: Copies) -> Outcome:
    most = max(scenario.in_both for scenario in copies.working)
    if most:
        return copies.failed("sets-overlap", WORDS["none-in-both"], count_text(most, "image"))
    return passed(expected=WORDS["none-in-both"], found=WORDS["none"])


def _shuffled(copies: Copies) -> Outcome:
    if all(scenario.first_in_order for scenario in copies.working):
        return copies.failed("not-random", WORDS["random"], WORDS["first-files"])
    return passed(expected=WORDS["random"], found=WORDS["random"])


def _source_unchanged(copies: Copies) -> Outcome:
    most = max(scenario.source_changed for scenario in copies.working)
    if most:
        return copies.failed("source-changed", WORDS["source-as-it-was"], WORDS["files-changed"].format(files=count_text(most, "file")))
    return passed(expected=WORDS["source-as-it-was"], found=WORDS["unchanged"])


def _repeatable(copies: Copies) -> Outcome:
    expected = WORDS["clean"]
    for scenario in copies.all:
        if scenario.calls == 1:
            continue
        alike = [other for other in copies.once if other.trailing_slash == scenario.trailing_slash]
        if alike and not any(_worked(other) for other in alike):
            return skipped(WORDS["not-seen"].format(function=copies.function), expected=expected, found=WORDS["first-call-fails"])
        if scenario.error:
            return copies.failed("second-call-raised", expected, scenario.error, scenario.place)
        if scenario.in_both:
            images = count_text(scenario.in_both, "image")
            return copies.failed(
                "leftovers", expected, WORDS["one-in-both" if scenario.in_both == 1 else "some-in-both"].format(images=images)
            )
        if not _has_its_share(scenario):
            return copies.failed("leftovers", expected, WORDS["in-training"].format(images=_part(scenario)))
    return passed(expected=expected, found=expected)


def _any_path(copies: Copies) -> Outcome:
    expected = WORDS["every-path"]
    for slash, problem in ((False, "needs-slash"), (True, "breaks-on-slash")):
        broken = [scenario for scenario in copies.once if scenario.trailing_slash is slash]
        if broken and not any(_worked(scenario) for scenario in broken):
            first = broken[0]
            found = first.error or (WORDS["files-end-at"].format(file=first.stray[0]) if first.stray else WORDS["none-copied"])
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
