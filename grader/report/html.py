"""The HTML report: one self-contained page that asks no other machine for anything and runs no script."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.contracts.pictures import Picture
from grader.contracts.report import Report
from grader.course.concepts import concepts

from . import wording
from .charts import FRAME, curves
from .confusion import MARGIN, SIDE, confusion
from .network import HEIGHT, WIDTH, parts, shape_text
from .text import many_lines

if TYPE_CHECKING:  # Jinja2 costs a tenth of a second that the other renderers need not pay
    from jinja2 import Template
    from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"


def to_html(report: Report) -> str:
    """Return the report as one HTML page."""
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    # The policy names the one style sheet by its digest: a page into which text had smuggled anything would not load it.
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    explained = {id_: number for number, cause in enumerate(report.causes, 1) for id_ in cause.criteria}
    numbers = {criterion.id: number for number, criterion in enumerate(report.criteria, 1)}
    known = concepts().concepts
    return _template().render(
        report=report,
        style=style,
        style_hash=style_hash,
        words=wording,
        groups=wording.groups(report),
        explained=explained,
        numbers=numbers,
        cards={c.concept: known[c.concept] for c in report.criteria if c.concept in known},
        sentences={cause.sentence for cause in report.causes},
        frame=FRAME,
        charts={
            training.id: [curves(one, training.classes, training.threshold) for one in training.tries] for training in report.trainings
        },
        confusions={training.id: confusion(training) for training in report.trainings},
        networks=[(network, parts(network)) for network in report.networks],
        drawing=(WIDTH, HEIGHT),
        side=(SIDE, MARGIN),
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_safe,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(prose=_prose, number=wording.number, percent=wording.percent, shape=shape_text, source=_source)
    return environment.get_template("report.html.j2")


def _safe(value: Any) -> Any:
    """Spell out hidden characters of every text that the template shows; Jinja escapes it afterwards."""
    return many_lines(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _source(picture: Picture) -> str:
    """Return a picture as the address of an image that stands in the page itself."""
    return f"data:image/png;base64,{picture.png}"


def _prose(text: str) -> Markup:
    """Return a sentence with its `code` between backticks marked as code, everything escaped."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    parts = re.split(r"`([^`]+)`", many_lines(text))
    return Markup("").join(
        escape(part) if i % 2 == 0 else Markup("<code>") + escape(part) + Markup("</code>") for i, part in enumerate(parts)
    )
