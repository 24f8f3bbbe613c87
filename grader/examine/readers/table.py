"""Reads the answers of a function that was called once per case."""

from __future__ import annotations

from grader.contracts.artifacts import TablePayload, TableRow
from grader.contracts.data_facts import AnsweredCase, TableFacts
from grader.contracts.given import Value
from grader.contracts.protocol import TableCall
from grader.examine.canonical import Problem
from grader.examine.settings import printable

TEXT_LENGTH = 200


def table_facts(call: TableCall, payload: TablePayload, cases: tuple[tuple[Value, ...], ...]) -> TableFacts | Problem:
    """Return cases with answers; `cases` are those handed out, the listed ones first. Answers of another number are no answers."""
    if len(payload.rows) != len(cases):
        sentence = f"{len(cases)} cases were asked, but {len(payload.rows)} answers came back."
        return Problem(status="refused", id="malformed-answers", sentence=sentence)
    listed = len(call.cases)
    rows = zip(cases, payload.rows, strict=True)
    return TableFacts(rows=tuple(_answered(call, case, row, number >= listed) for number, (case, row) in enumerate(rows)))


def _answered(call: TableCall, case: tuple[Value, ...], row: TableRow, drawn: bool) -> AnsweredCase:
    value = printable(row.value, TEXT_LENGTH) if isinstance(row.value, str) else row.value
    error = "" if row.error is None else printable(f"{row.error.type}: {row.error.message}", 2 * TEXT_LENGTH)
    return AnsweredCase(
        arguments=dict(zip(call.parameters, case, strict=True)), value=value, value_type=printable(row.value_type), error=error, drawn=drawn
    )
