"""`python -m benchmarks.proof.recorded`: records what every variant measures, without pictures, for tests that judge without running.

One file per exercise under tests/evidence/. What is recorded of a changed file, protocol or data set is stale; nothing reads it.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

from grader import course
from grader.contracts.errors import GraderError
from grader.contracts.evidence import Evidence
from grader.contracts.verdict import Verdict
from grader.trials.claims import trial_of, verdict_of
from grader.trials.conditions import Conditions
from grader.trials.measuring import Measured, Trial, close_warm_pipeline, key_of, measure_all
from grader.trials.variants import Variant, read_variants, solutions_folder

FOLDER = Path(__file__).parents[2] / "tests" / "evidence"
KINDS = frozenset({"solution", "right", "wrong"})
_INSTALLED = re.compile(r"""(?<=["'])[^"'\n]*/(?=(?:site-packages|grader)/)""")
UNREAD = frozenset({"seconds", "stdout", "isolation", "shown", "mistaken", "maps"})  # times and pictures: no verdict reads them


def trials(variant: Variant) -> tuple[Trial, ...]:
    """Return how a variant may be measured to be recorded: as the proof does it, or, what is right, in brief and without training."""
    whole = trial_of(variant)
    return (whole,) if variant.kind == "wrong" else (whole, whole.model_copy(update={"conditions": Conditions(brief=True), "train": False}))


def recorded(variant: Variant, folder: Path = FOLDER) -> Evidence | None:
    """Return what is recorded of a variant as it stands now; None where that is stale, or was never recorded."""
    found = _read(folder / f"{variant.exercise}.json.xz").get(variant.title)
    if found is None or found["subject"] not in map(_subject, trials(variant)):
        return None
    return Evidence.model_validate(found["evidence"])


def way(variant: Variant, folder: Path = FOLDER) -> frozenset[tuple[str, ...]]:
    """Return how a variant was measured when it was last recorded: kinds of calls, what became of them, classes of what came back.

    Empty where it never was. Variants of one way take the same path through building and examining; what differs is for judging.
    """
    found = _read(folder / f"{variant.exercise}.json.xz").get(variant.title)
    if found is None:
        return frozenset()
    calls = found["evidence"]["calls"].values()
    return frozenset({(variant.profile, variant.path.suffix), *(part for call in calls for part in _way(call))})


def _way(call: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    facts = call["facts"] or {}
    yield call["kind"], call["status"]
    if "model_class" in facts:
        yield call["kind"], facts["model_class"]
    for which in ("training", "validation"):
        if which in facts:
            labels = facts[which]["labels"]
            yield which, facts[which]["pipeline_class"], labels["encoding"] if labels else "", str(facts[which]["augmented"])


def _subject(trial: Trial) -> str:
    return key_of(trial, versions=False)


@cache
def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return title -> {"subject", "evidence"}, one a line."""
    if not path.is_file():
        return {}
    lines = lzma.decompress(path.read_bytes()).decode().splitlines()
    return {entry["title"]: entry for entry in map(json.loads, lines)}


def _write(path: Path, entries: Iterable[dict[str, Any]]) -> None:
    lines = [json.dumps(entry, separators=(",", ":"), ensure_ascii=False) for entry in sorted(entries, key=lambda each: each["title"])]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress("".join(f"{line}\n" for line in lines).encode()))
    _read.cache_clear()


def _entry(variant: Variant, trial: Trial, evidence: Evidence) -> dict[str, Any]:
    return {"title": variant.title, "subject": _subject(trial), "evidence": _compact(evidence.model_dump(mode="json"))}


def _compact(value: Any) -> Any:
    """Leave out what no verdict reads, and the paths of this machine's libraries in tracebacks."""
    if isinstance(value, dict):
        pictures = {"augmented"} if isinstance(value.get("augmented"), dict) else set()  # of a pipeline it is a fact
        return {key: _compact(each) for key, each in value.items() if key not in UNREAD | pictures}
    if isinstance(value, str):
        return _INSTALLED.sub("", value)
    return [_compact(each) for each in value] if isinstance(value, list) else value


def record(names: Sequence[str], *, jobs: int = 2, anew: bool = False, folder: Path = FOLDER) -> tuple[list[str], list[str]]:
    """Record what is stale (`anew`: everything), and drop what has gone. Returns whose verdict changed, and what could not be measured.

    What the proof has trained is taken from its store; what is right and new is measured in brief.
    """
    every = [each for name in names for each in read_variants(solutions_folder(), name, profile=None) if each.kind in KINDS]
    before = {each: recorded(each, folder) for each in every}
    wanted = [each for each in every if anew or before[each] is None]
    stored, _ = measure_all([trials(each)[0] for each in wanted], reuse="stored alone") if not anew else ({}, [])
    missing = [trials(each)[-1] for each in wanted if trials(each)[0] not in stored]
    made, faults = measure_all(missing, jobs=jobs, reuse="nothing" if anew else "stored", on_done=_tell)
    done = {**stored, **made}
    now = {each: next(((trial, done[trial].evidence) for trial in trials(each) if trial in done), None) for each in wanted}
    differing = [each for each in wanted if (old := before[each]) and (new := now[each]) and _judged(each, old) != _judged(each, new[1])]
    for name in names:
        known = _read(folder / f"{name}.json.xz")
        entries = [
            _entry(each, *new) if (new := now.get(each)) is not None else known[each.title]
            for each in every
            if each.exercise == name and (now.get(each) is not None or before[each] is not None)
        ]
        _write(folder / f"{name}.json.xz", entries)
    return [f"{each.exercise}, {each.title}" for each in differing], [f"{fault.trial.path}: {fault.error.message}" for fault in faults]


def _judged(variant: Variant, evidence: Evidence) -> Verdict:
    return verdict_of(trial_of(variant), evidence.model_copy(update={"trainings": {}} if variant.kind != "wrong" else {}))


def _tell(trial: Trial, result: Measured | GraderError, stored: bool) -> None:
    how = "stored" if stored else f"{result.seconds:.0f} s" if isinstance(result, Measured) else result.message
    click.echo(f"{trial.exercise}/{trial.path.name}: {how}", err=True)


@click.command()
@click.argument("exercises", nargs=-1)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Processes side by side, of one computing thread each.")
@click.option("--anew", is_flag=True, help="Measure everything again, and fail where a verdict is another.")
def main(exercises: tuple[str, ...], jobs: int, anew: bool) -> None:
    """Record what the variants of EXERCISES, or of all, measure: what is stale or new."""
    try:
        changed, faults = record([course.load(name).name for name in exercises] or course.names(), jobs=jobs, anew=anew)
    except GraderError as error:
        raise click.ClickException(f"{error.message} {error.hint}".rstrip()) from error
    finally:
        close_warm_pipeline()
    for line in [*(f"Judged otherwise than before: {each}" for each in changed), *(f"Not measured: {each}" for each in faults)]:
        click.echo(line, err=True)
    sys.exit(1 if faults or (anew and changed) else 0)


if __name__ == "__main__":
    main()
