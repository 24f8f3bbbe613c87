"""What the marks of a class say together: how they are spread, which criteria, causes and ideas of the course stand out."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from grader.contracts.report import Report
from grader.contracts.verdict import Status

LEAST_STRUGGLING = 2  # students: what one alone does not know is not the class's trouble
BINS = 11  # tenths of the points, and all of them


@dataclass(frozen=True)
class Judged:
    """One criterion of one student."""

    id: str
    title: str
    status: Status
    concept: str | None


@dataclass(frozen=True)
class Work:
    """What one student has in one exercise. `points` is None where there is no mark."""

    exercise: str
    state: str  # a status, or unreadable, error, missing
    points: float | None = None
    max_points: float = 0.0
    pass_mark: float = 0.0
    deducted: float = 0.0  # for being late; `points` are what remains
    criteria: tuple[Judged, ...] = ()
    causes: tuple[tuple[str, str], ...] = ()  # id and sentence, the first one first

    @property
    def share(self) -> float | None:
        """Points as a share of those to be had; None where there is no mark, or nothing to be had."""
        return None if self.points is None or not self.max_points else self.points / self.max_points


def work_of(report: Report, *, deducted: float = 0.0) -> Work:
    """Return what a report says, without what only its own page shows."""
    return Work(
        exercise=report.exercise,
        state=report.status.value,
        points=max(0.0, report.points - deducted),
        max_points=report.max_points,
        pass_mark=report.pass_mark,
        deducted=deducted,
        criteria=tuple(Judged(one.id, one.title, one.status, one.concept) for one in report.criteria),
        causes=tuple((cause.id, cause.sentence) for cause in report.causes),
    )


@dataclass(frozen=True)
class Concern:
    """Why a human should look at a student's work."""

    kind: str  # in words: "Took too long"
    exercise: str  # "" where that is unknown
    why: str  # one sentence


@dataclass(frozen=True)
class Student:
    """One student: where their page is, what they have in each exercise, and why a human should look."""

    name: str
    page: str  # relative address
    works: dict[str, Work]
    concerns: tuple[Concern, ...] = ()

    @property
    def points(self) -> float:
        """Sum over the exercises; what has no mark counts nothing."""
        return sum(work.points or 0.0 for work in self.works.values())

    @property
    def traits(self) -> tuple[str, ...]:
        """What the table can be narrowed to."""
        found = [f"{name}:{work.state}" for name, work in self.works.items()]
        found += [f"{name}:{cause}" for name, work in self.works.items() for cause, _ in work.causes]
        return (*found, *(["attention"] if self.concerns else []))


@dataclass(frozen=True)
class Rate:
    """How one criterion ended over a class."""

    id: str
    title: str
    counts: dict[Status, int]

    @property
    def measured(self) -> int:
        """Students of whom something is known: what is pending, or the grader's own fault, is not."""
        return sum(count for status, count in self.counts.items() if status not in {Status.PENDING, Status.ERROR})

    @property
    def share(self) -> float | None:
        """Share that passed; None where nobody was measured."""
        return self.counts.get(Status.PASSED, 0) / self.measured if self.measured else None


@dataclass(frozen=True)
class Shared:
    """A cause, and who has it."""

    id: str
    exercise: str
    sentence: str  # as most of them read it
    students: tuple[Student, ...]


@dataclass(frozen=True)
class Struggle:
    """An idea of the course: of the students whom a criterion asked for it, those who failed one."""

    concept: str
    failed: tuple[Student, ...]
    asked: int

    @property
    def share(self) -> float:
        """Share of those asked."""
        return len(self.failed) / self.asked


@dataclass(frozen=True)
class Spread:
    """The marks of one exercise."""

    exercise: str
    title: str
    max_points: float
    pass_mark: float
    points: tuple[float, ...]
    bins: tuple[int, ...]  # by tenths of the points, and those who have all
    states: dict[str, int]
    rates: tuple[Rate, ...] = ()

    @property
    def median(self) -> float:
        """In points; 0 where nobody has a mark."""
        return statistics.median(self.points) if self.points else 0.0

    @property
    def mean(self) -> float:
        """In points; 0 where nobody has a mark."""
        return statistics.fmean(self.points) if self.points else 0.0


@dataclass(frozen=True)
class Overview:
    """A whole class."""

    students: tuple[Student, ...]
    spreads: tuple[Spread, ...]
    causes: tuple[Shared, ...]  # the commonest first
    struggles: tuple[Struggle, ...]  # the largest share first
    titles: dict[str, str] = field(default_factory=dict)  # of the exercises

    @property
    def attention(self) -> int:
        """How many students a human should look at."""
        return sum(1 for student in self.students if student.concerns)

    @property
    def concerns(self) -> dict[str, list[tuple[Student, str, list[str]]]]:
        """By kind: whose work in which exercise, and why, the commonest kind last: it is the longest."""
        found: dict[str, dict[tuple[str, str], tuple[Student, str, list[str]]]] = {}
        for student in self.students:
            for one in student.concerns:
                entry = found.setdefault(one.kind, {}).setdefault((student.name, one.exercise), (student, one.exercise, []))
                entry[2].append(one.why)
        return {kind: list(some.values()) for kind, some in sorted(found.items(), key=lambda item: len(item[1]))}

    @property
    def graded(self) -> int:
        """How many submissions have a mark."""
        return sum(len(spread.points) for spread in self.spreads)


def overview(students: Sequence[Student], titles: dict[str, str]) -> Overview:
    """Return what the class shows together; `titles` are those of its exercises, in the course's order."""
    return Overview(
        students=tuple(students),
        spreads=tuple(
            _spread(name, title, [student.works[name] for student in students if name in student.works]) for name, title in titles.items()
        ),
        causes=_causes(students),
        struggles=_struggles(students),
        titles=dict(titles),
    )


def tenth(share: float) -> int:
    """Return the bin of a share of the points: 0 for less than a tenth, … the last for all of them."""
    return min(BINS - 1, int(share * (BINS - 1) + 1e-9))


def _spread(exercise: str, title: str, works: list[Work]) -> Spread:
    marked = [work for work in works if work.points is not None]
    counted = Counter(tenth(share) for work in marked if (share := work.share) is not None)
    return Spread(
        exercise=exercise,
        title=title,
        max_points=max((work.max_points for work in marked), default=0.0),
        pass_mark=max((work.pass_mark for work in marked), default=0.0),
        points=tuple(work.points for work in marked if work.points is not None),
        bins=tuple(counted[number] for number in range(BINS)),
        states=dict(Counter(work.state for work in works).most_common()),
        rates=_rates(marked),
    )


def _rates(works: Iterable[Work]) -> tuple[Rate, ...]:
    counts: dict[str, Counter[Status]] = {}
    titles: dict[str, str] = {}
    for work in works:
        for one in work.criteria:
            titles.setdefault(one.id, one.title)
            counts.setdefault(one.id, Counter())[one.status] += 1
    return tuple(Rate(id_, titles[id_], dict(counted)) for id_, counted in counts.items())


def _causes(students: Iterable[Student]) -> tuple[Shared, ...]:
    who: dict[tuple[str, str], dict[str, Student]] = {}
    said: dict[tuple[str, str], Counter[str]] = {}
    for student in students:
        for work in student.works.values():
            for id_, sentence in work.causes:
                key = (work.exercise, id_)
                who.setdefault(key, {})[student.name] = student
                said.setdefault(key, Counter())[sentence] += 1
    found = [Shared(id_, exercise, said[exercise, id_].most_common(1)[0][0], tuple(some.values())) for (exercise, id_), some in who.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.students), one.exercise, one.id)))


def _struggles(students: Iterable[Student]) -> tuple[Struggle, ...]:
    asked: Counter[str] = Counter()
    failed: dict[str, list[Student]] = {}
    for student in students:
        ended: dict[str, set[Status]] = {}
        for work in student.works.values():
            for one in work.criteria:
                if one.concept is not None and one.status in {Status.PASSED, Status.PARTIAL, Status.FAILED}:
                    ended.setdefault(one.concept, set()).add(one.status)
        for concept, statuses in ended.items():
            asked[concept] += 1
            if statuses != {Status.PASSED}:
                failed.setdefault(concept, []).append(student)
    found = [Struggle(concept, tuple(some), asked[concept]) for concept, some in failed.items() if len(some) >= LEAST_STRUGGLING]
    return tuple(sorted(found, key=lambda one: (-one.share, one.concept)))
