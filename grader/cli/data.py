"""`grader data`: lists, prepares, imports and verifies the datasets in the cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as ProgressBar
from rich.table import Column, Table
from rich.text import Text

from grader.contracts.progress import Progress, Step, silent
from grader.datasets import (
    DATASETS,
    PRACTICE_SECRET,
    DatasetState,
    ImportReport,
    Variant,
    holdout_states,
    import_dataset,
    lookup,
    make_holdout,
    repair,
    state_of,
)
from grader.datasets.cache import cache_root

_SHOWN = 10  # skipped files or problems
_READINESS = {"ready": "green", "absent": "dim", "damaged": "bold red", "none": "dim"}
_VARIANTS: tuple[Variant, ...] = ("embedded", "official")


@click.group()
def data() -> None:
    """List, prepare, import and verify the datasets."""


@data.command("list")
def list_() -> None:
    """List the datasets and what the cache has of them."""
    console = Console()
    table = Table(*(Column(head, no_wrap=True) for head in ("dataset", "variant", "state", "images", "size", "checksum")), box=box.SIMPLE)
    for name in DATASETS:
        for variant in _VARIANTS:
            state = state_of(name, variant)
            if state.readiness == "none":
                continue
            images = " + ".join(str(state.images[split]) for split in ("training", "validation") if split in state.images)
            readiness = Text(_word(state), style=_READINESS[state.readiness])
            size, checksum = (_size(state.bytes), state.manifest.digest[:12]) if state.manifest else ("", "")
            table.add_row(name, variant, readiness, images, size, checksum)
    console.print(table)
    console.print(Text(f"Cache: {cache_root()}", style="dim"), soft_wrap=True)


@data.command("prepare")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def prepare_(names: tuple[str, ...]) -> None:
    """Draw the embedded datasets (all, or those named) into the cache; check them if they are there."""
    console = Console()
    for name in names or tuple(name for name, info in DATASETS.items() if info.drawn is not None):
        lookup(name)
        with _shown(console) as progress:
            dataset = repair(name, progress)
            make_holdout(dataset, PRACTICE_SECRET, progress)
        console.print(
            f"[green]ready[/] {name}: {len(dataset.training)} training and {len(dataset.validation)} validation images, "
            f"checksum {dataset.digest[:12]}",
            highlight=False,
            soft_wrap=True,
        )


@data.command("import")
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
def import_(name: str, path: Path) -> None:
    """Import the official data of NAME from an archive or folder that you have: PATH."""
    console = Console()
    with _shown(console) as progress:
        report = import_dataset(name, path, progress)
    for line in _told(report):
        console.print(line, soft_wrap=True)


@data.command("verify")
@click.argument("name", required=False)
@click.pass_context
def verify(ctx: click.Context, name: str | None) -> None:
    """Read every file of the cached datasets (or of NAME) and compare checksums; exit code 1 where something is damaged."""
    console = Console()
    damaged = False
    for known in [lookup(name).name] if name else DATASETS:
        states = [state_of(known, variant, thorough=True) for variant in _VARIANTS] + holdout_states(known)
        for state, what in zip(states, [*_VARIANTS, *["holdout"] * len(states)], strict=False):
            if state.readiness in {"absent", "none"}:
                continue
            console.print(
                Text.assemble((_word(state), _READINESS[state.readiness]), f" {known}, {what}: {sum(state.images.values())} images"),
                soft_wrap=True,
            )
            if state.readiness == "damaged":
                damaged = True
                _list_some(console, state.problems)
                mend = f"grader data import {known} PATH" if what == "official" else f"grader data prepare {known}"
                console.print(Text(f"  Mend it: {mend}"), soft_wrap=True)
    if damaged:
        ctx.exit(1)


def _told(report: ImportReport) -> Iterator[Text]:
    """Say what an import found and did."""
    yield Text.assemble(("imported" if report.changed else "unchanged", "green"), f" {report.name}, checksum {report.digest[:12]}")
    for split, by_class in report.counts.items():
        yield Text(f"  {split}: " + ", ".join(f"{number} {class_name}" for class_name, number in by_class.items()))
    if report.own_split:
        yield Text("  The source had no training and validation folders; it was divided by checksum.")
    if report.converted:
        yield Text(f"  {report.converted} images were converted to RGB.")
    if report.checksum == "official":
        yield Text("  The archive is the publisher's: its checksum agrees.")
    elif report.checksum == "other":
        yield Text(
            "  The archive's checksum is not among those that the publisher has stated: an excerpt, or another packing.", style="yellow"
        )
    if report.outside:
        yield Text(f"  {report.outside} files lie in no class folder and were left out.")
    if report.skipped:
        reasons = Counter(s.reason.split(" (")[0].split(" as ")[0] for s in report.skipped)
        yield Text(
            f"  {len(report.skipped)} files were skipped: " + ", ".join(f"{n} {why}" for why, n in reasons.most_common()), style="yellow"
        )
        for skipped in report.skipped[:_SHOWN]:
            yield Text(f"    {skipped.name}: {skipped.reason}")
        if len(report.skipped) > _SHOWN:
            yield Text(f"    and {len(report.skipped) - _SHOWN} more")


def _list_some(console: Console, problems: tuple[str, ...]) -> None:
    for problem in problems[:_SHOWN]:
        console.print(Text(f"  {problem}"), soft_wrap=True)
    if len(problems) > _SHOWN:
        console.print(Text(f"  and {len(problems) - _SHOWN} more"))


def _word(state: DatasetState) -> str:
    if state.readiness == "absent":
        return "not prepared" if state.variant == "embedded" else "not imported"
    return state.readiness


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB"


@contextmanager
def _shown(console: Console) -> Iterator[Progress]:
    """Show a bar on a terminal, nothing elsewhere."""
    if not console.is_terminal:
        yield silent
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with ProgressBar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("working", total=None)

        def show(step: Step) -> None:
            bar.update(task, description=step.text, completed=step.done, total=step.total or None)

        yield show
