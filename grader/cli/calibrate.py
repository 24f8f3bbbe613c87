"""`grader rubric calibrate`: trains solutions many times, shows what they reach, and writes thresholds into the rubric."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from grader.contracts.errors import GraderError, UsageError
from grader.report.text import one_line

if TYPE_CHECKING:
    from grader.trials.calibration import Proposal
    from grader.trials.measuring import Measured, Trial


@click.command()
@click.argument("exercise")
@click.option(
    "--runs", default=60, show_default=True, type=click.IntRange(1), help="Trainings of each group of solutions that train alike."
)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Processes side by side, of one computing thread each.")
@click.option("--solutions", type=click.Path(path_type=Path), help="The folder of solutions. Default: the checkout's.")
@click.option(
    "--quantile", default=0.01, show_default=True, type=click.FloatRange(0, 0.5, min_open=True), help="Share of right marks that may miss."
)
@click.option("--margin", default=0.02, show_default=True, type=click.FloatRange(0, 0.5), help="How far below that the threshold is put.")
@click.option(
    "--right-only", is_flag=True, help="Leave the wrong variants out: they decide nothing, they only show how far below they are."
)
@click.option(
    "--picture", type=click.Path(path_type=Path, dir_okay=False), help="Also draw the distributions into this .svg, .png or .pdf."
)
@click.option("--write/--no-write", default=True, show_default=True, help="Write the thresholds into the rubric.")
def calibrate(
    exercise: str,
    runs: int,
    jobs: int,
    solutions: Path | None,
    quantile: float,
    margin: float,
    right_only: bool,
    picture: Path | None,
    write: bool,
) -> None:
    """Measure what right and wrong solutions of EXERCISE reach, and set its thresholds of accuracy.

    This takes long: a minute for each training. What was measured is kept, so it can be stopped and started again at any time.
    """
    from grader import course  # noqa: PLC0415
    from grader.judge import load_rubric  # noqa: PLC0415
    from grader.trials import calibration  # noqa: PLC0415
    from grader.trials.measuring import close_warm_pipeline, measure_all  # noqa: PLC0415
    from grader.trials.picture import draw, require_plots  # noqa: PLC0415
    from grader.trials.rubric_file import write_thresholds  # noqa: PLC0415
    from grader.trials.variants import read_variants, solutions_folder  # noqa: PLC0415

    if picture is not None:
        require_plots(picture)
    asked = course.load(exercise)
    criteria = calibration.trained_criteria(load_rubric(asked))
    variants = [
        variant
        for variant in read_variants(solutions_folder(solutions), exercise)
        if variant.kind in {"solution", "right"} or (variant.kind == "wrong" and not right_only)
    ]
    if not variants:
        raise UsageError(
            f"There are no solutions of {exercise}.", hint="Name the folder that holds them, one folder per exercise: --solutions."
        )
    try:
        inspected = calibration.inspections(variants)
        click.echo(f"Looking at {len(inspected)} solutions ...", err=True)
        done, faults = measure_all(list(inspected.values()), jobs=jobs)
        alike = calibration.groups(inspected, done)
        trials = [trial for group in alike for trial in group.trials(runs)]
        click.echo(f"Distinct trainings: {len(alike)}, of {runs} runs each ...", err=True)
        trained, more = measure_all(sorted(trials, key=lambda trial: trial.conditions.seed or 0), jobs=jobs, on_done=_Counter(len(trials)))
    finally:
        close_warm_pipeline()
    for fault in [*faults, *more]:
        click.echo(f"{fault.trial.path.name} was not measured: {one_line(fault.error.message)}", err=True)
    proposals = []
    for criterion, training in criteria:
        shown = calibration.distributions(training.id, alike, runs, trained)
        proposals.append(calibration.propose(criterion, training, shown, quantile=quantile, margin=margin))
        _show(proposals[-1])
    if picture is not None:
        draw(picture, proposals)
    usable = [proposal for proposal in proposals if not proposal.problem]
    if write and usable:
        write_thresholds(asked.rubric_path, usable)
        click.echo(f"Written into {asked.rubric_path}.")


def _show(proposal: Proposal) -> None:
    from grader.trials.picture import BINS, blocks  # noqa: PLC0415

    single = proposal.calibration.quantile ** (1 / proposal.tries)
    table = Table(
        title=f"{proposal.criterion}: accuracy of one try", title_justify="left", caption_justify="left", box=SIMPLE, pad_edge=False
    )
    table.add_column("group", overflow="fold")
    for name in ("runs", "lowest", f"{single:.0%} below", "mean", "pass"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("0 %                 100 %", no_wrap=True, min_width=BINS)
    for one in proposal.distributions:
        figures = [min(one.accuracies), one.quantile(single), one.mean]
        passing = f"{one.reaching(proposal.threshold, proposal.tries):.0%}"
        table.add_row(one.title, str(len(one.accuracies)), *(f"{x:.2f}" for x in figures), passing, blocks(one.accuracies))
    table.caption = (
        f"Proposed: {proposal.threshold:.2f} (now {proposal.before:.2f}). A mark is the best of up to {proposal.tries} tries; "
        f"{proposal.calibration.quantile:.0%} of right marks may miss it, less a margin of {proposal.calibration.margin:.0%}. "
        "Pass: the share of marks that reach it."
    )
    Console().print(table)
    if proposal.problem:
        click.echo(f"{proposal.criterion}: {proposal.threshold:.2f} is not written: {proposal.problem}.", err=True)


class _Counter:
    """Says how far the measuring is, on stderr."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.number = 0

    def __call__(self, trial: Trial, result: Measured | GraderError, stored: bool) -> None:
        self.number += 1
        if not stored:
            said = "not measured" if isinstance(result, GraderError) else f"{result.seconds:.0f} s"
            click.echo(f"{self.number} of {self.total}: {trial.path.name}, seed {trial.conditions.seed}: {said}", err=True)
