"""Translations: every text is one of a table, every language fits the tables, and a mistake in a file is told with its line."""

from __future__ import annotations

import ast
import html
import io
import json
import lzma
import re
import runpy
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from grader import course, grade, words
from grader.cli import main, translating
from grader.contracts.errors import SubmissionError, UsageError
from grader.contracts.evidence import Evidence
from grader.contracts.report import Report
from grader.contracts.verdict import Verdict
from grader.course.concepts import concepts as ideas
from grader.course.documents import load_document, parse_document
from grader.diagnosis import diagnose
from grader.diagnosis.exceptions import SYMPTOMS
from grader.judge import Rubric, judge, load_rubric
from grader.report import to_html, to_markdown, to_terminal
from grader.report.text import many_lines, one_line
from grader.submission import read_submission
from grader.trials.variants import read_variants, solutions_folder
from grader.words import reasons

FOLDER = Path(__file__).parents[1] / "evidence"
BESIDE = Path(__file__).parents[1] / "report"
REPORTS: dict[str, Callable[[], Report]] = runpy.run_path(str(BESIDE / "conftest.py"))["REPORTS"]  # hand-made
PAGES: Callable[[Callable[[str], Report]], dict[str, str]] = runpy.run_path(str(BESIDE / "hand_made_class.py"))["class_pages"]
LETTERS = {ord(letter): chr(0x1D5BA + number) for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz")} | {
    ord(letter): chr(0x1D5A0 + number) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
KERAS = {"None", "binary", "input", "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"}


def marked(text: str) -> str:
    """Return a text in letters that no program and no student writes."""
    return text.translate(LETTERS)


def marked_template(text: str) -> str:
    """Return a template with all but its placeholders in such letters."""
    return "".join(
        marked(literal).replace("{", "{{").replace("}", "}}")
        + ("" if name is None else "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}")
        for literal, name, spec, conversion in Formatter().parse(text)
    )


def marked_all(texts: Any, key: str = "") -> Any:
    if isinstance(texts, dict):
        return {key: marked_all(text, key) for key, text in texts.items()}
    if isinstance(texts, list):
        return [marked(text) for text in texts]
    return marked(texts) if key == "title" else marked_template(texts)


@pytest.fixture(scope="module")
def pseudo() -> Mapping[str, Any]:
    return {
        "language": "marked",
        "words": {name: marked_all(table.english) for name, table in words.TABLES.items()},
        "exercises": marked_all(translating.exercises()),
        "concepts": {name: {key: marked(text) for key, text in card.items()} for name, card in translating.cards().items()},
    }


def texts_of(verdict: Verdict) -> Iterator[str]:
    for one in verdict.criteria:
        yield from (one.title, one.message, one.expected, one.found, *one.hints)
    for cause in verdict.causes:
        yield from (cause.sentence, cause.expected, cause.found)
    yield from verdict.notes


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value; keys too, where they are names of the submission's."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in {"by_class", "predicted", "counts", "unfrozen", "figures", "settings", "arguments"}:
                yield from item
            yield from strings(item)


def wrong(exercise: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield title, profile and evidence of what is recorded of an exercise's wrong variants, as it was recorded: only words matter here."""
    profiles = {each.title: each.profile for each in read_variants(solutions_folder(), exercise, profile=None) if each.kind == "wrong"}
    lines = lzma.decompress((FOLDER / f"{exercise}.json.xz").read_bytes()).decode().splitlines()
    for entry in map(json.loads, lines):
        if entry["title"] in profiles:
            yield entry["title"], profiles[entry["title"]], entry["evidence"]


def judged(rubric: Rubric, evidence: Evidence) -> Verdict:
    verdict = judge(rubric, evidence)
    return verdict.model_copy(update={"causes": diagnose(rubric, evidence, verdict)})


@pytest.mark.parametrize("exercise", sorted(path.name.removesuffix(".json.xz") for path in FOLDER.iterdir()))
def test_every_text_of_a_verdict_comes_from_a_table(exercise: str, pseudo: Mapping[str, Any]) -> None:
    rubrics: dict[str, tuple[Rubric, set[str]]] = {}
    left = []
    with words.speaking(pseudo):
        for title, profile, recorded in wrong(exercise):
            if profile not in rubrics:
                rubric = load_rubric(course.load(exercise, profile))
                asked = [criterion.model_dump_json(exclude={"title", "hints", "message"}) for criterion in rubric.criteria]
                rubrics[profile] = rubric, {word for text in asked for word in WORD.findall(text)}
            rubric, known = rubrics[profile]
            known = KERAS | known | {word for text in strings(recorded) for word in WORD.findall(text)}
            verdict = judged(rubric, Evidence.model_validate(recorded))
            left += [(title, text) for text in texts_of(verdict) if not known.issuperset(WORD.findall(text))]
    assert rubrics
    assert left == []


def test_a_language_changes_words_alone(pseudo: Mapping[str, Any]) -> None:
    _, profile, recorded = next(wrong("cats-vs-dogs"))
    evidence = Evidence.model_validate(recorded)
    verdicts = []
    for spoken in (words.ENGLISH, pseudo):
        with words.speaking(spoken):
            verdicts.append(judged(load_rubric(course.load("cats-vs-dogs", profile)), evidence))
    first, second = verdicts
    assert [cause.id for cause in first.causes] == [cause.id for cause in second.causes]
    assert [(one.id, one.points, one.status, one.details) for one in first.criteria] == [
        (one.id, one.points, one.status, one.details) for one in second.criteria
    ]
    assert first.rubric == second.rubric
    assert first.causes[0].sentence != second.causes[0].sentence


@pytest.mark.parametrize("language", words.languages()[1:])
def test_a_language_fits_what_there_is_to_translate(language: str) -> None:
    document = load_document(words.FOLDER / f"{language}.yaml")
    assert translating.mistakes(document) == []
    assert document.data["language"] == language
    assert set(document.data["words"]) == set(words.TABLES)
    for table, texts in document.data["words"].items():
        assert set(texts) == set(words.TABLES[table].english), table


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data.update(speech={}), "there is nothing called 'speech' to translate"),
        (lambda data: data["words"].update(loudness={}), "there is nothing called 'loudness' to translate"),
        (lambda data: data["words"]["output"].update({"no-los": "x"}), "there is nothing called 'no-los' to translate"),
        (lambda data: data["words"]["output"].update({"no-loss": "{function}, {fitting}, {fits}"}), "unknown placeholder {fits}"),
        (lambda data: data["words"]["output"].update({"no-loss": "{function}"}), "the placeholder {fitting} is missing"),
        (lambda data: data["words"]["output"].update({"no-loss": "{function"}), "is no valid template"),
        (lambda data: data["words"]["output"].update({"no-loss": 3}), "expected a text"),
        (lambda data: data["exercises"].update({"cats": {}}), "there is nothing called 'cats' to translate"),
        (lambda data: data["exercises"]["cats-vs-dogs"]["criteria"]["learns"].update(hints=["one"]), "expected a list of 3 hints"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_valid(change: Callable[[dict[str, Any]], None], told: str) -> None:
    import yaml

    data = {"language": "xx", "words": {"output": {}}, "exercises": {"cats-vs-dogs": {"criteria": {"learns": {}}}}}
    change(data)
    (mistake,) = translating.mistakes(parse_document(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), Path("xx.yaml")))
    assert re.match(r"xx\.yaml, line \d+: ", mistake.message)
    assert told in mistake.message
    assert mistake.hint or "expected a text" in told


def test_the_template_keeps_what_is_translated_and_has_no_mistakes() -> None:
    written = CliRunner().invoke(main, ["translation", "template", "--language", "de"])
    assert written.exit_code == 0
    document = parse_document(written.output, Path("de.yaml"))
    assert translating.mistakes(document) == []
    assert document.data["words"]["report.headlines"]["passed"] == "Bestanden"
    assert document.data["exercises"]["fashion"]["title"] == "Mode, mit und ohne Faltung"
    done, total = translating.covered(document.data)
    assert done == total


def test_the_command_checks_a_file(tmp_path: Path) -> None:
    file = tmp_path / "nl.yaml"
    file.write_text("language: nl\nwords:\n  output:\n    no-loss: '{what}'\n", encoding="utf-8")
    told = CliRunner().invoke(main, ["translation", "check", str(file)])
    assert told.exit_code == 2
    assert "nl.yaml, line 4: unknown placeholder {what}" in told.output
    assert CliRunner().invoke(main, ["translation", "check", "de"]).exit_code == 0


def test_commands_speak_what_is_asked(tmp_path: Path) -> None:
    runner = CliRunner(env={"GRADER_CACHE_DIR": str(tmp_path)})
    try:
        assert "Katzen oder Hunde" in runner.invoke(main, ["exercises", "--language", "de"]).output
        assert "Pixel" in runner.invoke(main, ["hint", "cats-vs-dogs", "pixels-scaled"], env={"GRADER_LANGUAGE": "de"}).output
        assert "Cats vs dogs" in runner.invoke(main, ["exercises"]).output
        unknown = runner.invoke(main, ["exercises", "--language", "tlh"])
        assert (unknown.exit_code, "There is no translation into 'tlh'." in unknown.output) == (2, True)
    finally:
        words.speak(words.ENGLISH)


# Modules that still say some English to whoever runs a class, keeps its data or writes exercises; what a student reads comes from a table.
STILL_ENGLISH = {
    *("build/backends", "build/launcher", "bundle/requirements", "cli/actions", "cli/appeal", "cli/bundle", "cli/cache", "cli/calibrate"),
    *("cli/classroom50", "cli/data", "cli/doctor", "cli/export", "cli/grade", "cli/gradebook", "cli/marks", "cli/regrade", "cli/rubric"),
    *("cli/similar", "cli/site", "cli/translation", "course/catalogue", "datasets/archives", "datasets/array_files"),
    *("datasets/array_importing", "datasets/cache", "datasets/dataset", "datasets/fetching", "datasets/handout", "datasets/importing"),
    *("datasets/pretrained/__init__", "datasets/pretrained/official", "datasets/pruning", "datasets/registry", "examine/bases"),
    *("examine/readers/given", "examine/training", "examine/workers", "runs/appeals", "runs/collect", "runs/explaining", "runs/filling"),
    *("runs/grading", "runs/layouts", "runs/people", "runs/reading", "runs/rubrics", "runs/schema", "runs/secret", "runs/sheet"),
    *("runs/site", "runs/store", "trials/calibration", "trials/measuring", "trials/picture", "trials/rubric_file", "trials/variants"),
    "words/__init__",
}
SAYING = {"echo", "print", "secho", "UsageError", "GraderError", "SubmissionError"}
ENGLISH = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}")
COMMANDS = re.compile(r"`?grader [a-z]+( [A-Z]+)?`?|bold red")


def said_in(source: str) -> list[str]:
    """Return the English that a module says itself, in an error or on the terminal, instead of reading it from a table."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    saying = [node for node in calls if getattr(node.func, "attr", getattr(node.func, "id", "")) in SAYING]
    given = [value for node in saying for value in (*node.args, *(keyword.value for keyword in node.keywords))]
    texts = [node.value for value in given for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if ENGLISH.search(COMMANDS.sub("", text))]


def test_only_named_modules_say_english_themselves() -> None:
    package = words.FOLDER.parent
    found = {
        path.relative_to(package).with_suffix("").as_posix() for path in package.rglob("*.py") if said_in(path.read_text(encoding="utf-8"))
    }
    assert found == STILL_ENGLISH
    assert said_in('raise UsageError(f"There is no {name}.", hint=WORDS["x"])') == ["There is no "]


def test_no_two_symptoms_share_a_sentence_by_accident() -> None:
    keys = [symptom.key for symptom in SYMPTOMS]
    assert len(set(keys)) == len(keys)


def test_there_is_no_language_but_those_in_the_folder() -> None:
    with pytest.raises(UsageError):
        words.speak("../de")


def test_a_rubric_of_ones_own_keeps_its_own_words(tmp_path: Path) -> None:
    packaged = course.load("cats-vs-dogs")
    own = tmp_path / "cats-vs-dogs.yaml"
    own.write_text(
        packaged.rubric_path.read_text(encoding="utf-8").replace(
            "title: At most 10 million parameters", "title: At most 5 million parameters"
        ),
        encoding="utf-8",
    )
    with words.speaking("de"):
        titles = {one.id: one.title for one in load_rubric(course.load_file(own)).criteria}
    assert titles["parameter-limit"] == "At most 5 million parameters"
    assert titles["enough-convolutions"] == "Mindestens drei Faltungsschichten"


# What no language says otherwise: names of software, of classes and settings of Keras, and the units of a report.
NAMES = {
    *("Adam", "CHW", "Conv2D", "Dense", "Flatten", "Functional", "Input", "Keras", "MaxPooling2D", "Python", "README", "TensorFlow"),
    *("check", "class", "code", "conv", "doctor", "exercises", "grader", "hint", "explain", "html", "md", "MB", "of", "s", "text", "x"),
}


# What the hand-made class brings along.
OF_THE_CLASS = (
    *("alert script onclick u202e DROP S hne b ada bob eve week1 now UTC", "Cats vs dogs; Another exercise; Third; no Python"),
    *(
        "Took too long: too slow",
        "Could not be read",
        "With 4 submissions little is common in the class.",
        "other; graded; decided by hand",
    ),
)


def shown(page: str) -> list[str]:
    """Return every text that a page shows or reads out."""
    body = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page, flags=re.DOTALL)
    read_out = re.findall(r'\b(?:alt|aria-label|title)="([^"]*)"', body)
    return [html.unescape(text).strip() for text in (*read_out, *re.split(r"<[^>]*>", body)) if text.strip()]


def own_words(report: Report) -> set[str]:
    """Return the words of what a report holds: names, numbers, and sentences that were judged before, in English."""
    known = {word for text in strings(report.model_dump(mode="json")) for word in WORD.findall(many_lines(text))}
    for training in report.trainings:  # classes are keys there
        known |= {word for name in (*training.confusion, *training.predicted) for word in WORD.findall(one_line(name))}
        known |= {word for row in training.confusion.values() for name in row for word in WORD.findall(one_line(name))}
    known |= {word[:3] for word in known}  # a class's name beside a drawing
    for one in ideas().concepts.values():
        known |= set(WORD.findall(f"{one.id} {one.example} {one.prints}"))
    return known


@pytest.fixture
def spoken(pseudo: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make the language of marked letters one of those that there are."""
    import yaml

    (tmp_path / "marked.yaml").write_text(yaml.safe_dump(dict(pseudo), allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    words._packaged.cache_clear()
    yield "marked"
    words._packaged.cache_clear()


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_text_around_a_verdict_comes_from_a_table(name: str, spoken: str) -> None:
    report = REPORTS[name]().model_copy(update={"language": spoken})
    terminal = io.StringIO()
    to_terminal(report, Console(file=terminal, width=400), verbose=True)
    page = to_html(report)
    texts = [*shown(page), *to_markdown(report).replace("\\_", "_").splitlines(), *terminal.getvalue().splitlines()]
    known = own_words(report) | NAMES
    assert '<html lang="marked">' in page
    assert [text for text in texts if not known.issuperset(WORD.findall(text))] == []


def test_every_text_of_a_class_s_pages_comes_from_a_table(spoken: str) -> None:
    """But what is the class's own: names, file names, sources, reasons that a human wrote, and the titles of hand-made exercises."""

    def make(name: str) -> Report:
        return REPORTS[name]().model_copy(update={"language": spoken})

    known = NAMES | {word for name in ("failed", "pictured", "passed") for word in own_words(make(name))}
    known |= {word for text in OF_THE_CLASS for word in WORD.findall(text)}
    with words.speaking(spoken):
        pages = PAGES(make)
    assert sorted(pages) == ["alone", "copies", "front", "student"]
    for page in pages.values():
        assert '<html lang="marked">' in page
        without_sources = re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)
        assert [text for text in shown(without_sources) if not known.issuperset(WORD.findall(text))] == []


def test_each_call_and_each_thread_speaks_its_own_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "submission.py"
    empty.write_text("")

    def said(language: str | None) -> str:
        with pytest.raises(SubmissionError) as error:
            grade(empty, "output-shapes", language=language)
        return error.value.message

    def read(language: str) -> str:
        with words.speaking(language), pytest.raises(SubmissionError) as error:
            read_submission(empty, "output-shapes")
        return error.value.message

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(read, ["de", "en"] * 5)) == ["submission.py ist leer.", "submission.py is empty."] * 5
    assert [said("de"), said("en"), said(None)] == ["submission.py ist leer.", "submission.py is empty.", "submission.py is empty."]
    assert words.language() == words.ENGLISH
    monkeypatch.setenv("GRADER_LANGUAGE", "de")
    assert said(None) == "submission.py ist leer."
    with pytest.raises(UsageError, match="There is no translation into 'tlh'"):
        grade(empty, "output-shapes", language="tlh")
    assert CliRunner().invoke(main, ["exercises", "--language", "de"]).exit_code == 0
    assert words.language() == words.ENGLISH


@pytest.mark.parametrize("key", sorted(reasons.REASONS.english))
def test_a_reason_in_evidence_is_read_in_the_language_that_is_spoken(key: str) -> None:
    told = dict.fromkeys((name for _, name, _, _ in Formatter().parse(reasons.REASONS.english[key]) if name), "7")
    sentence = reasons.reason(key, **told)
    assert reasons.spoken(sentence) == sentence
    with words.speaking("de"):
        assert reasons.spoken(sentence) == reasons.REASONS[key].format(**told) != sentence
    assert reasons.spoken("Something else.") == "Something else."
