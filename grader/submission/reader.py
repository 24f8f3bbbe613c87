"""Reads a submission from end to end: bytes, text, statements, what the functions need, findings, digest. Runs nothing."""

from __future__ import annotations

import ast
import warnings
from importlib.util import find_spec
from pathlib import Path

from grader.contracts.base import digest
from grader.contracts.errors import GraderError, SubmissionError
from grader.contracts.protocol import BatchesCall
from grader.contracts.submission import Finding, LeftOut, SourceLine, Submission
from grader.course import Exercise, load
from grader.course.profiles import FREE_FORM, NATIVE, OWN_PATHS
from grader.words import Table
from grader.words.places import placed

from . import edits, functions, lifting
from .advice import advise
from .decoding import decode_notebook, decode_python
from .files import read_raw
from .generations import OTHER_PROFILE, other_generation
from .lifting import Lift
from .notebook import read_notebook
from .parsing import Parsed, excerpt, parse_notebook, parse_python
from .paths import Redirections, redirect
from .recognition import header, named_exercise, other_exercises, suggest
from .selection import WORDS as NOT_NEEDED
from .selection import Selection, removals, select
from .side_effects import SideEffects, import_paths
from .statements import Unit, analyse
from .translation import public_module, translate

WORDS = Table(
    "submission.reader",
    {
        "too-deep": "{name} is nested too deeply to be read.",
        "too-deep-do": "Split its longest expressions.",
        "no-memory": "There is not enough memory to read the submission.",
        "no-memory-do": "Close other programs and try again.",
        "not-taken-apart": "The grader could not take {file} apart.",
        "not-taken-apart-do": "This is a fault of the grader: please report it with the file.",
        "name-not-run": "`{name}` is made by a statement that is not run (line {line}: {why}); "
        "pass it in as a parameter or define it inside the function.",
        "undefined-name": "`{name}` is used but defined nowhere; import it, pass it in as a parameter or define it inside the function.",
        "missing-package": "The package `{name}` is not installed here, so importing your file fails; do without it.",
        "defined-again": "`{name}` is defined again in {place}",
    },
)
MAX_LISTED = 200  # left-out statements and findings, each


def read_submission(path: Path, exercise: str | None = None, profile: str = "native") -> Submission:
    """Read a .py, an .ipynb, a folder or a .zip, and keep the statements that the exercise's functions need.

    Raises:
        UsageError: there is no such file, or it is not clear which exercise it is for.
        SubmissionError: the file cannot be read; the message says why, the hint what to do.
    """
    try:
        return _read(path, exercise, profile)
    except RecursionError as error:
        raise SubmissionError(WORDS["too-deep"].format(name=path.name), hint=WORDS["too-deep-do"]) from error
    except MemoryError as error:
        raise GraderError(WORDS["no-memory"], hint=WORDS["no-memory-do"]) from error


def _read(path: Path, exercise: str | None, profile: str) -> Submission:
    raw = read_raw(path)
    if raw.notebook:
        notebook = read_notebook(decode_notebook(raw.data, raw.name), raw.name)
        parsed = parse_notebook(notebook.cells, raw.name)
        texts: list[tuple[int | None, str]] = [(cell.number, cell.text) for cell in notebook.cells]
        metadata = notebook.exercise
    else:
        text = decode_python(raw.data, raw.name)
        parsed = parse_python(text, raw.name)
        texts, metadata = [(None, text)], None
    redirected = redirect(parsed.body) if profile in OWN_PATHS else Redirections()
    units = analyse(parsed.body)
    known = functions.definitions(units)
    findings = list(parsed.findings)
    said = header(texts, raw.name)
    if exercise is not None:
        course = named_exercise(exercise, None)
    elif said is not None:
        course = named_exercise(*said)
    elif metadata is not None:
        course = named_exercise(metadata, None)
    else:
        course, note = suggest(functions.callables(known), raw.name, profile)
        findings.append(note)
    course = load(course.name, profile)
    return _reduce(parsed, units, known, findings, course, redirected)


def _reduce(
    parsed: Parsed, units: list[Unit], known: dict[str, Unit], findings: list[Finding], course: Exercise, redirected: Redirections
) -> Submission:
    profile = course.profile
    calls = course.protocol.calls
    asked = frozenset(name for call in calls for name in call.function)
    SideEffects(units, asked, run=lifting.LIFTED if profile == FREE_FORM else frozenset())
    findings += other_generation(course, units, known, parsed)
    answers = {call.id: named for call in calls if (named := functions.find(call, known))}
    lifts = lifting.lift(calls, units, {call: named.name for call, named in answers.items()}) if profile == FREE_FORM else []
    mapped = {name for call in calls if isinstance(call, BatchesCall) for name in call.mapped if name in known}
    needed = mapped.union(*(lifted.needs for lifted in lifts))
    selection = select(units, [*(named.name for named in answers.values()), *sorted(needed)])
    answers = {call: named for call, named in answers.items() if selection.keeps(named.unit)}
    starter = functions.bodies(_starter(course))
    found = {call: functions.found_function(named, parsed, starter) for call, named in answers.items()}
    found |= {lifted.call.id: lifting.found_function(lifted, parsed) for lifted in lifts}
    missing = [call for call in calls if call.id not in found]
    others = other_exercises(course, functions.callables(known)) if missing else []
    findings += [functions.missing(call, parsed, known, others) for call in missing]
    for call in calls:
        if call.id in answers:
            findings += functions.head_findings(call, answers[call.id], parsed, own_paths=profile in OWN_PATHS)
            findings += functions.duplicates(call, answers[call.id], units, parsed)
    findings += _name_findings(selection, parsed)
    findings += _missing_packages(units, selection, parsed)
    within = {id(unit) for lifted in lifts for top in lifted.units for unit in top.walk()}
    kept = [unit.node for top in units for unit in top.walk() if (selection.keeps(unit) or id(unit) in within) and not unit.block]
    source, runs, notes = _source(parsed, units, selection, kept, lifts, redirected, profile)
    findings += [lifting.note(lifted, parsed) for lifted in lifts]
    findings += [Finding(id=i, severity="note", message=text, place=parsed.place(line)) for i, line, text in notes]
    findings += advise(course, answers, kept, parsed)
    left_out = [*parsed.left_out, *_left_out([unit for unit in units if id(unit) not in within], selection, parsed)]
    return Submission(
        file=parsed.file,
        exercise=course.name,
        profile=profile,
        source=source,
        digest=digest([course.name, profile, _normalised(source)]),
        lines=tuple(runs),
        functions=found,
        findings=tuple(_sorted(list(dict.fromkeys(findings)))[:MAX_LISTED]),
        left_out=tuple(sorted(left_out, key=lambda item: (item.place.cell or 0, item.place.line or 0))[:MAX_LISTED]),
    )


def _starter(course: Exercise) -> str:
    try:
        return course.starter
    except FileNotFoundError:  # an author's rubric may come before its starter
        return ""


def _source(
    parsed: Parsed,
    units: list[Unit],
    selection: Selection,
    kept: list[ast.stmt],
    lifts: list[Lift],
    redirected: Redirections,
    profile: str,
) -> tuple[str, list[SourceLine], list[tuple[str, int, str]]]:
    """Return the kept source, translated and with lifted functions at its end, where its lines come from, and the notes about that."""
    cuts, lines = removals(selection)
    top_level = {id(node) for node in kept}
    done = translate(
        parsed.text,
        kept,
        import_paths([u.node for u in units]),
        lambda node, name: id(node) not in top_level or name in selection.needed,
        handed_out=profile != NATIVE,
    )
    for translations in (done.edits, []):
        text = edits.apply(parsed.text, [*cuts, *redirected.edits, *translations])
        numbered = enumerate(text.split("\n"), 1)
        source = "\n".join(line.rstrip() if number in lines else "" for number, line in numbered).rstrip("\n") + "\n"
        source, runs = _with_lifts(source, parsed, lifts, [*redirected.edits, *translations])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(source, "submission", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        spans = {
            line for node in [*kept, *(lifted.used.node for lifted in lifts)] for line in range(node.lineno, (node.end_lineno or 0) + 1)
        }
        return source, runs, [*(done.notes if translations else []), *redirected.sentences(spans)]
    raise GraderError(WORDS["not-taken-apart"].format(file=parsed.file), hint=WORDS["not-taken-apart-do"])


def _with_lifts(source: str, parsed: Parsed, lifts: list[Lift], changes: list[edits.Edit]) -> tuple[str, list[SourceLine]]:
    """Return the source with the lifted functions at its end, and where each run of its lines comes from."""
    runs = list(parsed.runs)
    if lifts and not runs:
        runs = [SourceLine(first=1, cell=None, offset=0)]
    lines = parsed.text.encode().split(b"\n")
    pieces = [source]
    first = source.count("\n") + 1
    for lifted in lifts:
        pieces.append("\n")
        first += 1
        for text, line in lifting.body(lifted, lines, changes):
            place = parsed.place(line)
            runs.append(SourceLine(first=first, cell=place.cell, offset=first - (place.line or 1)))
            pieces.append(text + "\n")
            first += text.count("\n") + 1
    return "".join(pieces), runs


def _normalised(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if line)


def _name_findings(selection: Selection, parsed: Parsed) -> list[Finding]:
    findings = []
    for name, unit in sorted(selection.unavailable.items()):
        place = parsed.place(unit.line)
        message = WORDS["name-not-run"].format(name=name, line=place.line, why=unit.not_run)
        findings.append(Finding(id="name-not-run", severity="error", message=message, place=place))
    for name in sorted(selection.undefined):
        used = [line for unit in selection.units if selection.keeps(unit) and (line := _line_of(name, unit.node))]
        where = parsed.place(min(used)) if used else None
        message = WORDS["undefined-name"].format(name=name)
        findings.append(Finding(id="undefined-name", severity="error", message=message, place=where))
    return findings


def _missing_packages(units: list[Unit], selection: Selection, parsed: Parsed) -> list[Finding]:
    """Name the imported packages that are not installed; an import inside `try` takes care of itself."""
    findings = []
    for unit in units:
        if not selection.keeps(unit) or not isinstance(unit.node, ast.Import | ast.ImportFrom):
            continue
        node = unit.node
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [public_module(node.module or "")]
        for package in sorted({public_module(module).partition(".")[0] for module in modules}):
            if find_spec(package) is None:
                message = WORDS["missing-package"].format(name=package)
                findings.append(Finding(id="missing-package", severity="error", message=message, place=parsed.place(unit.line)))
    return findings


def _line_of(name: str, node: ast.stmt) -> int:
    lines = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
    return min(lines, default=0)


def _left_out(units: list[Unit], selection: Selection, parsed: Parsed) -> list[LeftOut]:
    lines = parsed.text.split("\n")
    found: list[LeftOut] = []

    def visit(unit: Unit) -> None:
        if len(found) > MAX_LISTED:
            return
        node = unit.node
        if selection.keeps(unit):
            for inner in unit.inside:
                visit(inner)
            return
        if isinstance(node, ast.Pass | ast.Break | ast.Continue) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            return
        start = edits.start_of(node)
        text = "\n".join(lines[start[0] - 1 : min(node.end_lineno or start[0], start[0] + 3)]).encode()[start[1] :].decode(errors="replace")
        if node.end_lineno == start[0]:
            text = text.encode()[: (node.end_col_offset or 0) - start[1]].decode(errors="replace")
        line = selection.replaced.get(id(unit))
        why = unit.not_run or NOT_NEEDED["not-needed"]
        if line:
            why = WORDS["defined-again"].format(name=getattr(node, "name", ""), place=placed(parsed.place(line)))
        found.append(LeftOut(what=excerpt(text), why=why, place=parsed.place(start[0])))

    for top in units:
        visit(top)
    return found


def _sorted(findings: list[Finding]) -> list[Finding]:
    """Return the note about another profile, which explains the rest, then errors, then notes, each kind in the order of the file."""
    return sorted(
        findings,
        key=lambda f: (
            f.id != OTHER_PROFILE,
            f.severity != "error",
            f.place is None,
            (f.place and f.place.cell) or 0,
            (f.place and f.place.line) or 0,
        ),
    )
