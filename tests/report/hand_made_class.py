"""Hand-made classes and their pages: a small one with everything that can go wrong, and one of 300 students."""

from __future__ import annotations

import random
from collections.abc import Callable

from grader.contracts.report import Report
from grader.report.class_facts import Concern, Overview, Student, Work, overview, work_of
from grader.report.class_html import Given, Handed, index_page, student_page
from grader.report.pairs import Pair, Side, pairs_page

HOSTILE = "<script>alert(1)</script>\" onclick=x \u202e'; DROP & Söhne"
TITLES = {"cats-vs-dogs": "Cats vs dogs", "other": "Another <b>exercise</b>"}
Make = Callable[[str], Report]


def work(make: Make, name: str, exercise: str = "cats-vs-dogs") -> Work:
    return work_of(make(name).model_copy(update={"exercise": exercise}))


def student(name: str, number: int = 0, concerns: tuple[Concern, ...] = (), **works: Work) -> Student:
    return Student(name, f"students/{number}.html", {one.exercise: one for one in works.values()}, concerns)


def small_class(make: Make) -> Overview:
    missing = Work("other", "missing")
    return overview(
        [
            student("ada", 1, a=work(make, "passed"), b=work(make, "failed", "other")),
            student("bob", 2, a=work(make, "failed"), b=missing),
            student("eve", 3, (Concern("Took too long", "other", "too slow"),), a=work(make, "failed"), b=missing),
            student(
                HOSTILE, 4, (Concern("Could not be read", "", f"{HOSTILE}: no Python"),), a=Work("cats-vs-dogs", "unreadable"), b=missing
            ),
        ],
        TITLES,
    )


def large_class(make: Make) -> Overview:
    dice = random.Random(2)
    ends = {name: (work(make, name), work(make, name, "other")) for name in ("passed", "failed", "partial", "unattempted")}
    students = []
    for number in range(300):
        first, second = (ends[dice.choice(list(ends))][place] for place in (0, 1))
        concerns = (Concern("Took too long", "other", "It took too long."),) if number % 20 == 0 else ()
        students.append(student(f"Zoë {number}" if number % 2 else f"Ada {number} {HOSTILE}", number, concerns, a=first, b=second))
    return overview(students, TITLES)


def class_pages(make: Make) -> dict[str, str]:
    """Return the pages of the small class: the front page, one student's, within the site and alone, and likely copies."""
    report = make("failed")
    other = make("pictured").model_copy(update={"exercise": "other"})
    given = (Given(1.7e9, 2, 9, "graded"), Given(1.8e9, 3, 9, f"decided by hand: {HOSTILE}"))
    handed = [
        Handed("Cats vs dogs", work_of(report), report, given),
        Handed("Another", work_of(other), other, given[:1]),
        Handed("Third", Work("third", "unreadable"), why=HOSTILE),
    ]
    return {
        "front": index_page(small_class(make), name=HOSTILE, asof="now"),
        "student": student_page(HOSTILE, handed, back="../index.html"),
        "alone": student_page("ada", handed),
        "copies": pairs_page(
            [_pair("ada", HOSTILE), _pair("bob", "eve")],
            {"cats-vs-dogs": [("ada", "bob"), ("eve", HOSTILE)]},
            name="week1",
            titles=TITLES,
            cautions=["With 4 submissions little is common in the class."],
        ),
    }


def _pair(one: str, other: str) -> Pair:
    wide = "    model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])  # as long as lines in a notebook are"
    source = f"import tensorflow as tf\n\ndef create_model():\n{wide}\n    return model  # {HOSTILE}\n"
    left, right = (Side(name, source, frozenset({4}), frozenset({4, 5}), share) for name, share in ((one, 0.9), (other, 0.5)))
    return Pair("cats-vs-dogs", left, right, 41)
