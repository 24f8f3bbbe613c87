"""`grader cache prune`: what is kept between runs, where and how large, and removes what is made again by itself."""

from __future__ import annotations

import click


@click.group()
def cache() -> None:
    """Show and tidy what is kept between runs."""


@cache.command()
@click.option("--yes", is_flag=True, help="Remove; without it, it is only shown what would go.")
@click.option("--all", "all_", is_flag=True, help="Also what was imported or measured, and does not come back by itself.")
def prune(yes: bool, all_: bool) -> None:
    """Remove from the cache what is made again by itself; shows it first.

    Not while a grader is running: it would lose the images that it works on.
    """
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from grader.datasets.cache import cache_root  # noqa: PLC0415
    from grader.datasets.pruning import contents, remove  # noqa: PLC0415

    console = Console()
    found = contents()
    console.print(f"Cache: {cache_root()}", highlight=False, markup=False, soft_wrap=True)
    if not found:
        console.print("It is empty.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("What", "Size", "Goes", "What removing costs"):
        table.add_column(title, justify="right" if title == "Size" else "left", overflow="fold")
    for one in found:
        table.add_row(one.what, _size(one.bytes), "yes" if one.goes or all_ else "no", one.why)
    console.print(table)
    going = [one for one in found if one.goes or all_]
    size = _size(sum(one.bytes for one in going))
    if not yes:
        chosen = " --all" if all_ else ""
        console.print(f"Nothing was removed. Next: grader cache prune{chosen} --yes frees {size}.", highlight=False, soft_wrap=True)
        return
    for one in going:
        remove(one)
    console.print(f"{size} were freed.", highlight=False)


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB"
