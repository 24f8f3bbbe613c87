"""`grader grade`: grades a class into a run folder, and goes on where it stopped."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .group import INTERRUPTED
from .language import language_option

if TYPE_CHECKING:
    from rich.console import Console

    from grader.runs.collect import Handed
    from grader.runs.store import Store

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("--run", "run", required=True, type=_FOLDER, metavar="DIR", help="Where everything about this run is kept.")
@click.option("--exercise", metavar="NAME", help="Which exercise all of them answer, where the files do not say.")
@click.option("--profile", metavar="NAME", default="native", show_default=True, help="Which generation of the assignment they answer.")
@click.option("--roster", type=_FILE, metavar="CSV", help="Who should have handed something in.")
@click.option("--policy", "policy_file", type=_FILE, metavar="FILE", help="Deadlines and what lateness costs; kept in the run.")
@click.option("--rubrics", type=_FOLDER, metavar="DIR", help="A folder of rubrics that go before the grader's own; kept in the run.")
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="How many submissions at a time; by default one per processor.")
@click.option("--data", type=click.Choice(["embedded", "official"]), default="embedded", show_default=True, help="Which images to use.")
@language_option
def grade(
    submissions: Path,
    run: Path,
    exercise: str | None,
    profile: str,
    roster: Path | None,
    policy_file: Path | None,
    rubrics: Path | None,
    jobs: int | None,
    data: Literal["embedded", "official"],
) -> None:
    """Grade a class.

    SUBMISSIONS is a folder with a file or a folder per student, or the zip that a course site exports. The same command continues a run:
    what did not change is not graded again.
    """
    import json  # noqa: PLC0415
    import os  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    from grader.runs.collect import collect  # noqa: PLC0415
    from grader.runs.grading import grade as grade_class  # noqa: PLC0415
    from grader.runs.people import Roster, read_roster  # noqa: PLC0415
    from grader.runs.policy import kept_policy, read_policy  # noqa: PLC0415
    from grader.runs.rubrics import kept_rubrics  # noqa: PLC0415
    from grader.runs.secret import VARIABLE, holdout_secret  # noqa: PLC0415
    from grader.runs.store import Store  # noqa: PLC0415

    from .grade_progress import display  # noqa: PLC0415

    console = Console(stderr=True)
    given = read_policy(policy_file) if policy_file else None
    people = read_roster(roster, given[0].zone if given else None) if roster else Roster()
    if people.unread:
        _say(console, f"Times in {roster} are not understood, as {people.unread!r}: the files' own count. Write them as 2026-11-20 23:59.")
    with Store(run, create=True) as store:
        secret = holdout_secret()
        if secret.new:
            _say(console, f"A secret for the hidden images was made: {secret.source}. Keep a copy; for CI set {VARIABLE} to its content.")
        left_out: list[str] = []
        handed = collect(submissions, run / "unpacked", people, left_out.append)
        if left_out:
            _say(console, f"Nobody's submission, and left out: {', '.join(left_out)}.")
        _remember(store, console, data, secret.value)
        if people.people:
            store.note("roster", json.dumps(people.named(one.student for one in handed)))
        if given:
            store.keep_policy(given[1])
        policy, folder = kept_policy(store), kept_rubrics(store, rubrics)
        store.keep_rubrics(folder)
        if policy:
            for name, why in policy.misnamed([*(one.student for one in handed), *store.roster()]):
                _say(console, f"{name}: {why}")
            _say(console, f"When they were handed in is told by: {_told_by(handed)}.")
        stop = threading.Event()
        with display(console, store) as shown, _patient_interrupt(stop, console):
            spent = grade_class(
                store,
                handed,
                secret=secret.value,
                progress=shown,
                stop=stop,
                exercise=exercise,
                profile=profile,
                data=data,
                policy=policy,
                rubrics=folder,
                jobs=jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or os.cpu_count() or 1,
            )
        store.event("spent", json.dumps({stage: round(seconds, 2) for stage, seconds in spent.items()}))
        _summary(store, run, spent, stopped=stop.is_set())
        if stop.is_set() and any(row.state == "waiting" for row in store.rows()):
            raise click.exceptions.Exit(INTERRUPTED)  # for a script, an unfinished run is none


def _told_by(handed: Sequence[Handed]) -> str:
    from collections import Counter  # noqa: PLC0415

    sources = Counter(one.handed.told_by if one.handed else "nothing" for one in handed)
    return ", ".join(f"{source} ({number})" for source, number in sources.most_common())


def _remember(store: Store, console: Console, data: str, secret: bytes) -> None:
    """Note what the run rests on, and say where that differs from last time."""
    import hashlib  # noqa: PLC0415

    for key, value in (("data", data), ("secret", hashlib.sha256(b"grader run: " + secret).hexdigest())):
        before = store.about(key)
        if before not in (None, value):
            _say(
                console, f"The {'secret' if key == 'secret' else 'data'} of this run is another one now: every submission is measured anew."
            )
            store.event("changed", f"{key} is another one")
        store.note(key, value)


@contextlib.contextmanager
def _patient_interrupt(stop: threading.Event, console: Console) -> Iterator[None]:
    """Let the first Ctrl-C finish what is under way; a second one ends at once."""

    def interrupt(number: int, frame: object) -> None:  # noqa: ARG001 - a signal handler's arguments
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        _say(console, "Finishing what is under way; Ctrl-C again stops at once. Nothing finished is lost.")

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _summary(store: Store, run: Path, spent: Mapping[str, float], *, stopped: bool) -> None:
    states = [row.state for row in store.rows()]
    parts = [
        f"{states.count(state)} {word}"
        for state, word in (
            ("done", "graded"),
            ("unreadable", "unreadable"),
            ("error", "failed by the grader's fault"),
            ("waiting", "still to do"),
            ("superseded", "passed over for another attempt"),
        )
        if state in states
    ]
    click.echo(f"{'Stopped' if stopped else 'Done'}: {', '.join(parts)}.")
    made, spared, seconds = store.saved()
    if spared:
        click.echo(
            f"Trainings made: {made}; asked for again, and not repeated: {spared}, which saved {seconds / 60:.0f} minutes of training."
        )
    stages = [f"{stage} {seconds:.0f} s" for stage, seconds in sorted(spent.items(), key=lambda one: -one[1]) if seconds >= 1]
    if stages:
        click.echo(f"Where the time went, all workers together: {', '.join(stages)}.")
    if stopped or "waiting" in states or "error" in states:
        click.echo("The same command goes on.")
    click.echo(f"Next: grader gradebook {run}")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
