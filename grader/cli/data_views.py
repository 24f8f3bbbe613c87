"""What `grader data` shows: tables, states and the account of an import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as ProgressBar
from rich.table import Column, Table
from rich.text import Text

from grader.contracts.progress import Progress, Step, silent
from grader.datasets import DATASETS, DatasetState, ImportReport, Variant, state_of
from grader.datasets.pretrained.official import OFFICIAL, WeightsReport, has_official

from .progress import doing

VARIANTS: tuple[Variant, ...] = ("embedded", "official")
_SHOWN = 10  # skipped files or problems
_READINESS = {"ready": "green", "absent": "dim", "damaged": "bold red", "none": "dim"}


def overview() -> Table:
    """Return the table of all datasets and what the cache has of them."""
    heads = ("dataset", "variant", "state", "images", "size", "checksum")
    table = Table(*(Column(head, no_wrap=True) for head in heads), box=None, pad_edge=False)  # fits 80 columns
    for name in DATASETS:
        for variant in VARIANTS:
            state = state_of(name, variant)
            if state.readiness == "none":
                continue
            images = " + ".join(str(state.images[split]) for split in ("training", "validation") if split in state.images)
            size, checksum = (_size(state.bytes), state.manifest.digest[:8]) if state.manifest else ("", "")
            table.add_row(name, variant, readiness(state), images, size, checksum)
    for name, file in OFFICIAL.items():
        there = has_official(name)
        word = Text("ready", style=_READINESS["ready"]) if there else Text("not imported", style=_READINESS["absent"])
        table.add_row(name, "official", word, "(weights)", _size(file.bytes or 0) if there else "", "")
    return table


def readiness(state: DatasetState) -> Text:
    """Return the word for what the cache has of a dataset."""
    word: str = state.readiness
    if word == "absent":
        word = "not prepared" if state.variant == "embedded" else "not imported"
    return Text(word, style=_READINESS[state.readiness])


def account(report: ImportReport) -> Iterator[Text]:
    """Yield the lines that say what an import found and did."""
    yield Text.assemble(("imported" if report.changed else "unchanged", "green"), f" {report.name}, checksum {report.digest[:12]}")
    for split, by_class in report.counts.items():
        yield Text(f"  {split}: " + ", ".join(f"{number} {class_name}" for class_name, number in by_class.items()))
    if report.own_split:
        yield Text("  The source does not tell training from validation images; it was divided by checksum.")
    if report.converted:
        yield Text(f"  {report.converted} images were converted to RGB.")
    if report.checksum == "official":
        yield Text("  The archive is the publisher's: its checksum agrees.")
    elif report.checksum == "other":
        yield Text(
            "  The archive's checksum is not among those that the publisher has stated: an excerpt, or another packing.", style="yellow"
        )
    if report.outside:
        yield Text(f"  {report.outside} files belong to no class and were left out.")
    if report.skipped:
        reasons = Counter(s.reason.split(" (")[0].split(" as ")[0] for s in report.skipped)
        yield Text(
            f"  {len(report.skipped)} files were skipped: " + ", ".join(f"{n} {why}" for why, n in reasons.most_common()), style="yellow"
        )
        for skipped in report.skipped[:_SHOWN]:
            yield Text(f"    {skipped.name}: {skipped.reason}")
        if len(report.skipped) > _SHOWN:
            yield Text(f"    and {len(report.skipped) - _SHOWN} more")


def weights_account(report: WeightsReport) -> Iterator[Text]:
    """Yield the line that says what an import of weights did."""
    yield Text.assemble(("imported" if report.changed else "unchanged", "green"), f" {report.name}: the publisher's weights, byte by byte")


def list_some(console: Console, problems: tuple[str, ...]) -> None:
    """Print the first problems, and how many more there are."""
    for problem in problems[:_SHOWN]:
        console.print(Text(f"  {problem}"), soft_wrap=True)
    if len(problems) > _SHOWN:
        console.print(Text(f"  and {len(problems) - _SHOWN} more"))


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB"


@contextmanager
def shown(console: Console) -> Iterator[Progress]:
    """Show a bar on a terminal, nothing elsewhere."""
    if not console.is_terminal:
        yield silent
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with ProgressBar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("working", total=None)

        def show(step: Step) -> None:
            bar.update(task, description=doing(step), completed=step.done, total=step.total or None)

        yield show
