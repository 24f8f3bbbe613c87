"""`grader data`: lists, prepares, fetches, imports and verifies the datasets and pretrained weights in the cache."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def data() -> None:
    """List, prepare, fetch, import and verify datasets and weights."""


@data.command("list")
def list_() -> None:
    """List the datasets and what the cache has of them."""
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from grader.datasets.cache import cache_root  # noqa: PLC0415

    from .data_views import overview  # noqa: PLC0415

    console = Console()
    console.print(overview())
    console.print(Text(f"Cache: {cache_root()}", style="dim"), soft_wrap=True)


@data.command("prepare")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def prepare_(names: tuple[str, ...]) -> None:
    """Draw the embedded datasets (all, or those named) into the cache; check them if they are there."""
    from rich.console import Console  # noqa: PLC0415

    from grader.datasets import DATASETS, PRACTICE_SECRET, lookup, make_holdout, repair  # noqa: PLC0415

    from .data_views import shown  # noqa: PLC0415

    console = Console()
    for name in names or tuple(name for name, info in DATASETS.items() if info.drawn is not None):
        lookup(name)
        with shown(console) as progress:
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
    """Import the official data of NAME from an archive or folder that you have: PATH. For inception-v3: the publisher's weights file."""
    _take(name, path)


@data.command("fetch")
@click.argument("name")
def fetch(name: str) -> None:
    """Fetch the official data of NAME (a dataset, or inception-v3) from its publisher and import it; a cut download is continued."""
    _take(name, None)


def _take(name: str, path: Path | None) -> None:
    """Import from a path, or fetch; say what was done."""
    from rich.console import Console  # noqa: PLC0415

    from grader.datasets import import_dataset  # noqa: PLC0415
    from grader.datasets.fetching import fetch_dataset  # noqa: PLC0415
    from grader.datasets.pretrained import NAMES  # noqa: PLC0415
    from grader.datasets.pretrained.official import fetch_weights, import_weights  # noqa: PLC0415

    from .data_views import account, shown, weights_account  # noqa: PLC0415

    console = Console()
    with shown(console) as progress:
        if name in NAMES:
            lines = weights_account(fetch_weights(name, progress) if path is None else import_weights(name, path))
        else:
            lines = account(fetch_dataset(name, progress) if path is None else import_dataset(name, path, progress))
    for line in lines:
        console.print(line, soft_wrap=True)


@data.command("verify")
@click.argument("name", required=False)
@click.pass_context
def verify(ctx: click.Context, name: str | None) -> None:
    """Read every file of the cached datasets (or of NAME) and compare checksums; exit code 1 where something is damaged."""
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from grader.datasets import DATASETS, holdout_states, lookup, state_of  # noqa: PLC0415

    from .data_views import VARIANTS, list_some, readiness  # noqa: PLC0415

    console = Console()
    damaged = False
    for known in [lookup(name).name] if name else DATASETS:
        states = [state_of(known, variant, thorough=True) for variant in VARIANTS] + holdout_states(known)
        for state, what in zip(states, [*VARIANTS, *["holdout"] * len(states)], strict=False):
            if state.readiness in {"absent", "none"}:
                continue
            console.print(
                Text.assemble(readiness(state), f" {known}, {what}: {sum(state.images.values())} images"),
                soft_wrap=True,
            )
            if state.readiness == "damaged":
                damaged = True
                list_some(console, state.problems)
                mend = f"grader data import {known} PATH" if what == "official" else f"grader data prepare {known}"
                console.print(Text(f"  Mend it: {mend}"), soft_wrap=True)
    if damaged:
        ctx.exit(1)
