"""Which submissions are likely copies of each other, and which hold the same network.

Functions are compared with functions, as sequences of tokens without names, comments and layout. What the starter holds, and what a
tenth of the class has, says nothing about a pair and is left out first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from grader import course
from grader.contracts.network_facts import ModelFacts
from grader.contracts.submission import Submission
from grader.report.pairs import Pair, Side
from grader.submission import read_submission

from .reading import Reader
from .tokens import Piece, Token, pieces

AT_LEAST = 0.8  # of what is a submission's own
LEAST_TOKENS = 40  # shared: fewer may be chance, however large their share
LEAST_PIECE = 8  # tokens: a shorter function is like any other
RUN_LENGTH = 6  # tokens in a row that are known from the starter, or from many others
COMMON_SHARE, LEAST_COMMON = 0.1, 3  # a run that more students than this have is nobody's own
SMALL_CLASS = 10  # in a smaller one, LEAST_COMMON is too large a part to tell what is common
_RESEMBLES = 0.5  # functions less alike than this are different ones


@dataclass(frozen=True)
class Text:
    """One student's submission, reduced to what is its own."""

    student: str
    source: str
    pieces: tuple[Piece, ...]
    lines: frozenset[int]  # that hold something of its own

    @property
    def size(self) -> int:
        """Tokens that are its own."""
        return sum(len(piece) for piece in self.pieces)


@dataclass(frozen=True)
class SameNetwork:
    """Students whose networks are equal but for names."""

    exercise: str
    students: tuple[str, ...]


def similar(store: Reader, exercise: str, *, at_least: float = AT_LEAST) -> list[Pair]:
    """Return the pairs of one exercise that share at least this much of one side, the largest share first."""
    submissions, starter = _handed_in(store, exercise)
    return likely_copies(exercise, submissions, starter, at_least=at_least)


def likely_copies(exercise: str, submissions: Sequence[tuple[str, Submission]], starter: str, *, at_least: float = AT_LEAST) -> list[Pair]:
    """Return the pairs among named submissions that share at least this much of one side, the largest share first."""
    texts = _own(submissions, starter)
    codes: dict[str, str] = {}  # a character for each token: what RapidFuzz compares fastest
    listed = [(number, piece) for number, text in enumerate(texts) for piece in text.pieces]
    if len(texts) < 2 or not listed:
        return []
    written = ["".join(codes.setdefault(token.text, chr(0x4E00 + len(codes))) for token in piece) for _, piece in listed]
    found = []
    for one, other in _candidates(written, [number for number, _ in listed], texts, at_least):
        pair = _pair(exercise, texts[one], texts[other], codes)
        if pair.share >= at_least and pair.tokens >= LEAST_TOKENS:
            found.append(pair)
    return sorted(found, key=lambda pair: (-pair.share, -pair.tokens, pair.left.student, pair.right.student))


def cautions(store: Reader, exercise: str) -> list[str]:
    """Return, as sentences, why the pairs of an exercise say little, or why there can be none."""
    submissions, starter = _handed_in(store, exercise)
    return doubts(exercise, submissions, starter)


def doubts(exercise: str, submissions: Sequence[tuple[str, Submission]], starter: str) -> list[str]:
    """Return, as sentences, why pairs among named submissions say little, or why there can be none."""
    said = []
    if 1 < len(submissions) < SMALL_CLASS:
        said.append(
            f"{exercise}: with {len(submissions)} submissions, what anybody would write cannot be told from what two share;"
            f" honest pairs are listed, too. That takes {SMALL_CLASS} submissions or more."
        )
    short = sum(text.size < LEAST_TOKENS for text in _own(submissions, starter))
    if len(submissions) > 1 and 2 * short > len(submissions):
        said.append(
            f"{exercise}: {short} of {len(submissions)} submissions hold fewer than {LEAST_TOKENS} tokens of their own, beside the starter"
            " and what many have: too little to compare, so an empty list does not show that nobody copied."
        )
    return said


def _handed_in(store: Reader, exercise: str) -> tuple[list[tuple[str, Submission]], str]:
    """Return the submissions of an exercise, each with its student, and the starter."""
    submissions = [
        (row.student, submission)
        for row in store.rows()
        if row.state == "done" and row.exercise == exercise and (submission := store.submission(row.id)) is not None
    ]
    return submissions, read_submission(course.load(exercise).folder / "submission.py", exercise=exercise).source


def linking(pairs: Sequence[Pair]) -> list[Pair]:
    """Return, of pairs ordered by likeness, those that link somebody new: nine students who share a source make 36 pairs, and 8 tell it."""
    group: dict[tuple[str, str], int] = {}
    found = []
    for number, pair in enumerate(pairs):
        one, other = (pair.exercise, pair.left.student), (pair.exercise, pair.right.student)
        old, new = group.setdefault(one, -2 * number - 1), group.setdefault(other, -2 * number - 2)
        if old != new:
            found.append(pair)
            group = {who: new if place == old else place for who, place in group.items()}
    return found


def same_networks(store: Reader, exercise: str) -> list[SameNetwork]:
    """Return who has the same networks as others, the largest group first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    known: dict[str, tuple[str, ...]] = {}
    for row in store.rows():
        if row.state != "done" or row.exercise != exercise or row.evidence is None:
            continue
        if row.evidence not in known:
            evidence = store.evidence(row.evidence)
            calls = evidence.calls.values() if evidence else ()
            known[row.evidence] = tuple(call.facts.digest for call in calls if isinstance(call.facts, ModelFacts))
        if known[row.evidence]:
            groups.setdefault(known[row.evidence], []).append(row.student)
    found = [SameNetwork(exercise, tuple(sorted(students))) for students in groups.values() if len(students) > 1]
    return sorted(found, key=lambda group: (-len(group.students), group.students))


def _own(submissions: Sequence[tuple[str, Submission]], starter: str) -> list[Text]:
    """Return each submission without what the starter or many of the class have."""
    read = [pieces(submission.source) for _, submission in submissions]
    have = Counter(run for found in read for run in set(_runs(found)))
    most = max(LEAST_COMMON, COMMON_SHARE * len(submissions))
    known = {run for run, count in have.items() if count > most} | set(_runs(pieces(starter)))
    texts = []
    for (student, submission), found in zip(submissions, read, strict=True):
        kept = [_without(piece, known) for piece in found]
        long = tuple(piece for piece in kept if len(piece) >= LEAST_PIECE)
        texts.append(Text(student, submission.source, long, frozenset(token.line for piece in long for token in piece)))
    return texts


def _runs(found: Iterable[Piece]) -> Iterable[tuple[str, ...]]:
    for piece in found:
        words = [token.text for token in piece]
        yield from (tuple(words[start : start + RUN_LENGTH]) for start in range(len(words) - RUN_LENGTH + 1))


def _without(piece: Piece, known: set[tuple[str, ...]]) -> Piece:
    words = [token.text for token in piece]
    covered: set[int] = set()
    for start in range(len(words) - RUN_LENGTH + 1):
        if tuple(words[start : start + RUN_LENGTH]) in known:
            covered.update(range(start, start + RUN_LENGTH))
    return tuple(token for number, token in enumerate(piece) if number not in covered)


def _candidates(written: list[str], owners: list[int], texts: list[Text], at_least: float) -> list[tuple[int, int]]:
    """Return the pairs whose functions resemble each other enough, by every function's best match in the other submission."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415
    from rapidfuzz.process import cdist  # noqa: PLC0415

    alike = cdist(written, written, scorer=Indel.normalized_similarity, score_cutoff=_RESEMBLES, dtype=np.float32)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    present = [owners[start] for start in starts]  # who has anything of their own
    best = np.maximum.reduceat(alike, starts, axis=1)
    weighed = best * np.array([len(word) for word in written], dtype=np.float32)[:, None]
    shared = np.add.reduceat(weighed, starts, axis=0)
    sizes = np.array([texts[number].size for number in present], dtype=np.float32)
    share = np.maximum(shared / sizes[:, None], (shared / sizes[:, None]).T)
    rows, columns = np.nonzero(np.triu(share >= at_least - 1e-6, k=1))
    return [(present[row], present[column]) for row, column in zip(rows.tolist(), columns.tolist(), strict=True)]


def _pair(exercise: str, one: Text, other: Text, codes: dict[str, str]) -> Pair:
    left, right = _matched(one, other, codes), _matched(other, one, codes)
    return Pair(
        exercise=exercise,
        left=Side(one.student, one.source, left[1], one.lines, left[0] / one.size),
        right=Side(other.student, other.source, right[1], other.lines, right[0] / other.size),
        tokens=min(left[0], right[0]),
    )


def _matched(one: Text, other: Text, codes: dict[str, str]) -> tuple[int, frozenset[int]]:
    """Return how many tokens of a submission the other has in its like functions, and the lines that they stand in."""
    from rapidfuzz.distance import Indel  # noqa: PLC0415

    total = 0
    hits: Counter[int] = Counter()
    theirs = ["".join(codes[token.text] for token in piece) for piece in other.pieces]
    for piece in one.pieces:
        mine = "".join(codes[token.text] for token in piece)
        nearest = max(theirs, key=lambda text: Indel.normalized_similarity(mine, text))
        if Indel.normalized_similarity(mine, nearest) < _RESEMBLES:
            continue
        same: list[Token] = []
        for block in Indel.opcodes(mine, nearest):
            if block.tag == "equal":
                same += piece[block.src_start : block.src_end]
        total += len(same)
        hits.update(token.line for token in same)
    words = Counter(token.line for piece in one.pieces for token in piece)
    return total, frozenset(line for line, count in hits.items() if 2 * count >= words[line])
