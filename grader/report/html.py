"""The HTML report: one self-contained page that asks no other machine for anything and runs no script."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from grader.contracts.pictures import Picture
from grader.contracts.report import NetworkReport, Report
from grader.course.concepts import concepts
from grader.course.translated import card_of
from grader.words import Table, language
from grader.words.isolation import ISOLATION
from grader.words.places import placed

from . import wording
from .charts import FRAME, curves
from .class_words import CLASS
from .confusion import MARGIN, SIDE, confusion
from .network import HEIGHT, WIDTH, parts, shape_text
from .page_words import PAGE
from .surroundings import COMMANDS, Surroundings
from .text import many_lines

if TYPE_CHECKING:  # Jinja2 costs a tenth of a second that the other renderers need not pay
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"


@wording.as_judged
def to_html(report: Report, *, within: Surroundings = COMMANDS) -> str:
    """Return the report as one HTML page; `within`: where it is read."""
    return page("report", report=report, submission=submission(report, within=within))


@wording.as_judged
def submission(report: Report, *, at: str = "", level: int = 1, within: Surroundings = COMMANDS) -> Markup:
    """Return the report as part of a page, its title a heading of this level; `at` tells its ids from those of others on the page."""
    from markupsafe import Markup  # noqa: PLC0415

    explained = {id_: number for number, cause in enumerate(report.causes, 1) for id_ in cause.criteria}
    numbers = {criterion.id: number for number, criterion in enumerate(report.criteria, 1)}
    known = concepts().concepts
    written = _templates().get_template("submission.html.j2")
    filled = written.render(
        report=report,
        notebook=within.notebook,
        at=at,
        level=level,
        groups=wording.groups(report),
        explained=explained,
        numbers=numbers,
        cards={c.concept: card_of(known[c.concept]) for c in report.criteria if c.concept in known},
        sentences={cause.sentence for cause in report.causes},
        frame=FRAME,
        charts={
            training.id: [curves(one, training.classes, training.threshold) for one in training.tries] for training in report.trainings
        },
        confusions={training.id: confusion(training) for training in report.trainings},
        networks=_networks(_NETWORKS.dump_json(report.networks), at, level, language()),
        side=(SIDE, MARGIN),
    )
    return Markup(within.fit_html(filled))  # noqa: S704 - the template escapes


_NETWORKS = TypeAdapter(tuple[NetworkReport, ...])


@lru_cache(maxsize=512)
def _networks(networks: bytes, at: str, level: int, spoken: str) -> Markup:  # noqa: ARG001 (part of what is remembered)
    """Return the networks layer by layer; in a class many are equal, and drawing them takes longer than all the rest of a page."""
    from markupsafe import Markup  # noqa: PLC0415

    drawn = [(network, parts(network)) for network in _NETWORKS.validate_json(networks)]
    written = _templates().get_template("network.html.j2").render(networks=drawn, drawing=(WIDTH, HEIGHT), at=at, level=level)
    return Markup(written)  # noqa: S704 - the template escapes


def page(template: str, *, styles: tuple[str, ...] = ("report.css",), script: str = "", **shown: Any) -> str:
    """Return a page of its own, made from a template, its style sheets and at most one script of ours."""
    style = "".join(_text(name) for name in styles)
    code = _text(script) if script else ""
    # The policy names the style sheet and the script by their digests: a page into which text had smuggled any would not load them.
    return (
        _templates()
        .get_template(f"{template}.html.j2")
        .render(language=language(), style=style, style_hash=_hash(style), script=code, script_hash=_hash(code), **shown)
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_safe,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        prose=_prose, number=wording.number, percent=wording.percent, placed=placed, shape=shape_text, source=_source
    )
    environment.filters["isolation"] = ISOLATION.spoken
    environment.globals |= {"words": wording, "say": partial(_say, PAGE), "tell": partial(_say, CLASS), "bold": _bold}
    return environment


def _safe(value: Any) -> Any:
    """Spell out hidden characters of every text that the template shows; Jinja escapes it afterwards."""
    return many_lines(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _source(picture: Picture) -> str:
    """Return a picture as the address of an image that stands in the page itself."""
    return f"data:image/png;base64,{picture.png}"


def _say(table: Table, key: str, **told: Any) -> Markup:
    """Return a text of a table, filled: `code` between backticks marked as code, what is filled in escaped."""
    return _prose(table[key]).format(**{name: _safe(value) for name, value in told.items()})


def _bold(text: str) -> Markup:
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup("<b>") + escape(_safe(text)) + Markup("</b>")


def _prose(text: str) -> Markup:
    """Return a sentence with its `code` between backticks marked as code, everything escaped."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    parts = re.split(r"`([^`]+)`", many_lines(text))
    return Markup("").join(
        escape(part) if i % 2 == 0 else Markup("<code>") + escape(part) + Markup("</code>") for i, part in enumerate(parts)
    )
