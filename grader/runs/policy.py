"""What a late submission costs, as data: deadline, grace, deduction per day, cap, extensions. Marks themselves are never changed by it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, ValidationError, field_validator

from grader import course
from grader.contracts.base import Frozen
from grader.contracts.errors import AuthorError
from grader.course.documents import Document, parse_document
from grader.words import Table

from .people import same_person
from .reading import Reader
from .times import moment, shown_span, shown_time

KEPT = "policy"  # where a run keeps the file's text
DAY = 86400.0
GREY_ZONE = 0.02
_UNITS = {"s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": DAY, "day": DAY, "week": 7 * DAY}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+?)s?")


WORDS = Table(
    "policy",
    {
        "closed": "{late} late (due {due}): nothing counts after {closed}",
        "possible-one-day": "{late} late (due {due}), {days} day begun: {share} of the possible points, −{taken}",
        "possible-days": "{late} late (due {due}), {days} days begun: {share} of the possible points, −{taken}",
        "earned-one-day": "{late} late (due {due}), {days} day begun: {share} of the earned points, −{taken}",
        "earned-days": "{late} late (due {due}), {days} days begun: {share} of the earned points, −{taken}",
        "several": "An extension for this name goes to several people ({names}): use the number behind the name.",
        "nobody": "Has an extension, but handed nothing in and is not on the roster: is the name right?",
        "no-reason": "no reason given",
    },
)


def _moment(value: Any) -> Any:
    """Take a day for its last minute, and a text as ISO 8601."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(23, 59, 59))
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"expected a date and time such as 2026-11-20 23:59. Received: {value}") from None


def _span(value: Any) -> Any:
    found = _SPAN.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    unit = _UNITS.get(found[2], _UNITS.get(found[2] + "s")) if found else None
    if value == 0 or isinstance(value, timedelta):
        return value
    if found is None or unit is None:
        raise ValueError(f"expected a span such as 15 minutes, 2 hours or 7 days. Received: {value}")
    return timedelta(seconds=float(found[1]) * unit)


def _share(value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else ""
    if text.endswith("%"):
        try:
            value = float(text[:-1]) / 100
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"expected a share such as 10% or 0.1. Received: {text or value}")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Share = Annotated[float, BeforeValidator(_share)]


class Extension(Frozen):
    """More time for one student: so many days, or until a moment."""

    days: Annotated[float, Field(ge=0)] | None = None
    until: Moment | None = None
    why: str = ""


class Terms(Frozen):
    """What holds for one exercise. What is absent holds as for all of them."""

    deadline: Moment | None = None
    grace: Span | None = None  # so much later still counts as on time
    per_day: Share | None = None  # taken for every day begun after the deadline
    at_most: Share | None = None
    of: Literal["possible", "earned"] | None = None  # points that the shares are of
    closes_after: Span | None = None  # from then on no points at all
    extensions: dict[str, Extension] = Field(default_factory=dict)  # by student


class Policy(Terms):
    """The whole file."""

    timezone: str | None = None  # of moments without an offset; None: this machine's
    grey_zone: Share = GREY_ZONE  # accuracies this close to a threshold are listed for a human
    exercises: dict[str, Terms] = Field(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        try:
            if name is not None:
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"expected a time zone such as Europe/Berlin or UTC. Received: {name}") from None
        return name

    @property
    def zone(self) -> tzinfo | None:
        """The zone of moments without an offset."""
        return ZoneInfo(self.timezone) if self.timezone else None

    def deadline_of(self, student: str, exercise: str) -> Deadline | None:
        """Return when a student's work on an exercise was due; None where nothing is due."""
        both = (self.exercises.get(exercise), self)
        due = next((terms.deadline for terms in both if terms is not None and terms.deadline is not None), None)
        if due is None:
            return None
        at, why = moment(due, self.zone), ""
        extension = next((e for terms in both if terms for name, e in terms.extensions.items() if same_person(student, name)), None)
        if extension is not None:
            later = moment(extension.until, self.zone) if extension.until else at + (extension.days or 0) * DAY
            at, why = max(at, later), extension.why or WORDS["no-reason"]
        return Deadline(at, self._said(both, "grace", timedelta()).total_seconds(), why)

    def settle(self, student: str, exercise: str, handed: float | None, points: float, possible: float) -> Settled:
        """Return what of a mark counts."""
        due = self.deadline_of(student, exercise)
        if due is None or handed is None or due.meets(handed):
            return Settled(points, 0, "")
        both = (self.exercises.get(exercise), self)
        late = handed - due.at
        days = math.ceil(late / DAY)
        closes = self._said(both, "closes_after", None)
        told: dict[str, object] = {"late": shown_span(late), "due": shown_time(due.at, self.zone)}
        if closes is not None and late > closes.total_seconds():
            return Settled(0.0, days, WORDS["closed"].format(**told, closed=shown_span(closes.total_seconds())))
        share = min(days * self._said(both, "per_day", 0.0), self._said(both, "at_most", 1.0))
        of = self._said(both, "of", "possible")
        taken = min(round(share * (possible if of == "possible" else points), 2), points)
        key = f"{of}-{'one-day' if days == 1 else 'days'}"
        told |= {"days": days, "share": f"{share:.0%}", "taken": f"{taken:g}"}
        return Settled(round(points - taken, 2), days, WORDS[key].format(**told))

    def misnamed(self, students: Iterable[str]) -> list[tuple[str, str]]:
        """Return names with an extension that are nobody's, or several people's, and which of the two."""
        known = list(dict.fromkeys(students))
        named = dict.fromkeys(name for terms in (self, *self.exercises.values()) for name in terms.extensions)
        found = {name: [student for student in known if same_person(student, name)] for name in named}
        return [
            (name, WORDS["several"].format(names=", ".join(who)) if who else WORDS["nobody"])
            for name, who in found.items()
            if len(who) != 1
        ]

    @staticmethod
    def _said(both: Sequence[Terms | None], key: str, otherwise: Any) -> Any:
        return next((value for terms in both if terms and (value := getattr(terms, key)) is not None), otherwise)


@dataclass(frozen=True)
class Deadline:
    """When one student's work is due (seconds since 1970), with so many seconds of grace. `extended`: why it is later than others'."""

    at: float
    grace: float
    extended: str = ""

    def meets(self, handed: float) -> bool:
        """Return whether what was handed in then is on time."""
        return handed <= self.at + self.grace


@dataclass(frozen=True)
class Settled:
    """What of a mark counts, how many days late it was begun to be, and why it is less than the mark."""

    points: float
    days: int
    why: str


def read_policy(file: Path) -> tuple[Policy, str]:
    """Return the policy of a file, and its text. Raises `AuthorError` with file and line where it cannot be used."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or error
        raise AuthorError(f"The policy {file} cannot be read: {why}.", hint="docs/instructors.md shows one.") from error
    return parse_policy(text, file), text


def kept_policy(store: Reader) -> Policy | None:
    """Return the policy that a run was given."""
    text = store.about(KEPT)
    return parse_policy(text, Path("policy of the run")) if text else None


def parse_policy(text: str, file: Path) -> Policy:
    """Return the policy that a text says; `file` is named in errors."""
    document = parse_document(text, file)
    try:
        policy = Policy.model_validate(document.data)
    except ValidationError as error:
        raise _explained(document, error) from error
    known = course.names()
    for name, terms in policy.exercises.items():
        if name not in known:
            raise document.error(f"there is no exercise {name!r}; there are {', '.join(known)}", "exercises", name)
        _check(document, terms, "exercises", name)
    _check(document, policy)
    return policy


def _check(document: Document, terms: Terms, *at: str) -> None:
    for name, extension in terms.extensions.items():
        if (extension.days is None) == (extension.until is None):
            raise document.error("an extension has either `days` or `until`", *at, "extensions", name)


def _explained(document: Document, error: ValidationError) -> AuthorError:
    first = error.errors()[0]
    keys = first["loc"]
    if first["type"] == "extra_forbidden":
        kind: type[Frozen] = Extension if "extensions" in keys[:-1] else Terms if "exercises" in keys[:-1] else Policy
        message = f"unknown key {keys[-1]!r}; valid keys are {', '.join(kind.model_fields)}"
    else:
        message = f"{' → '.join(str(key) for key in keys)}: {first['msg'].removeprefix('Value error, ')}"
    return document.error(message, *keys, hint="docs/instructors.md shows a policy.")
