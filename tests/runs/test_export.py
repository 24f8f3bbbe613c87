"""Marks go into the exports of Canvas and Moodle: one column, everything else byte for byte, and nobody gets another's mark."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.cli import main
from grader.contracts.evidence import Evidence, Versions
from grader.contracts.report import Report
from grader.contracts.submission import Submission
from grader.contracts.verdict import CriterionVerdict, Status
from grader.runs.collect import Handed
from grader.runs.store import Store
from grader.runs.times import HandedAt

ROOT = Path(__file__).parents[2]
VERSIONS = Versions(grader="0.1.0", python="3.13.1")
DUE = 1_795_219_140.0  # 2026-11-20 23:59 UTC
HOSTILE = "<b onclick='x'>=HYPERLINK(1)</b>"

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Notes,"Quiz, ""warm-up"" (11)",output-shapes (12),Current Score,Final Score (2026)
,,,,,,,Manual Posting,,
    Points Possible,,,,,,5.00,10.00,(read only),(read only)
"Doe, Jane",12345,991,jdoe,"A, ""evening"" and B","=1+1
second line",5.00,,80.00,80.00
"Müller, Jürgen",222,12345x,juergen,A,,,3.00,,
"Roe, Rick",333,994,rroe,A,, 4.50 ,EX,,
"Roe, Rick",334,995,rroe2,A,,N/A,8,,
"Student, Test",999,,,A,,,,,
"""
MOODLE = {
    "english": 'Identifier,"Full name",Status,Grade,"Maximum grade","Grade can be changed","Last modified (grade)","Feedback comments"\n'
    '"Participant 1234","Ana Lúcia","Submitted, ""late""",,10.00,Yes,-,\n'
    '"Participant 77","Zoe Ω","No submission",-,10.00,Yes,-,"A note of the teacher"\n',
    "german": 'ID;"Vollständiger Name";Status;Bewertung;Bestwertung;"Bewertung kann geändert werden";"Zuletzt geändert (Bewertung)";'
    '"Feedback als Kommentar"\nTeilnehmer/in1234;"Ana Lúcia";"Zur Bewertung; ""spät""";;10,00;Ja;-;\n'
    'Teilnehmer/in77;"Zoe Ω";"Keine Abgabe";-;10,00;Ja;-;"A note of the teacher"\n',
    "french": "\ufeffIdentifiant,Nom complet,Statut,Note,Note maximale,La note peut être modifiée,Dernière modification (note),"
    'Feedback par commentaires\r\n"Participant 1234",Ana Lúcia,"Remis, \n en retard",,"10,00",Oui,-,\r\n'
    '"Participant 77",Zoe Ω,Pas de travail,-,"10,00",Oui,-,A note of the teacher\r\n',
    "spanish": 'Identificador\t"Nombre completo"\tEstatus\tCalificación\t"Calificación máxima"\tx\t"Última modificación (calificación)"\t'
    "Comentarios\nParticipante 1234\tAna Lúcia\tEnviado\t\t10.00\tSí\t-\t\nParticipante 77\tZoe Ω\tSin entrega\t-\t10.00\tSí\t-\t"
    "A note of the teacher\n",
}


def made(points: float = 8, status: Status = Status.PASSED, unmeasured: float = 0, exercise: str = "output-shapes") -> Report:
    criteria = [
        CriterionVerdict(id="conv", title=HOSTILE, status=Status.PARTIAL, points=points, max_points=10 - unmeasured, message=HOSTILE)
    ]
    if unmeasured:
        kind = Status.ERROR if status is Status.ERROR else Status.PENDING
        criteria.append(CriterionVerdict(id="rest", title="Rest", status=kind, points=0, max_points=unmeasured))
    return Report(
        file="submission.py",
        exercise=exercise,
        title="Output sizes",
        week=1,
        profile="native",
        data="embedded",
        status=status,
        points=points,
        max_points=10 - unmeasured,
        pass_mark=6,
        criteria=tuple(criteria),
        causes=(),
        notes=(),
        findings=(),
        left_out=(),
        submission_digest="a" * 64,
        rubric_digest="b" * 64,
        protocol_digest="c" * 64,
        holdout_digest="",
        official_mark=True,
        versions=VERSIONS,
        isolation=(),
        timings=(),
    )


class Class:
    """A run made by hand, and an export to fill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = folder / "run"
        self.sheet = folder / "export.csv"
        with Store(self.run, create=True):
            pass

    def hand_in(self, student: str, report: Report | None, at: float = DUE - 60) -> None:
        file = self.folder / f"{len(list(self.folder.glob('*.py')))}.py"
        file.write_text(f"# {student}\n", encoding="utf-8")
        with Store(self.run) as store:
            row = store.add(Handed(student, file, handed=HandedAt(at, "timestamp.txt")))
            if report is None:
                store.settle(row, "unreadable", "It is no Python.", "output-shapes")
                return
            submission = Submission(file=file.name, exercise=report.exercise, source="", digest=str(row.id))
            evidence = Evidence(exercise=report.exercise, submission=str(row.id), protocol="p", holdout="h", versions=VERSIONS, calls={})
            store.finish(row, submission, str(row.id), evidence, report, "graded")

    def export(self, data: str | bytes, *options: object, lms: str = "canvas") -> Result:
        self.sheet.write_bytes(data.encode() if isinstance(data, str) else data)
        arguments = ["export", self.run, "--to", lms, "--into", self.sheet, *options]
        return CliRunner().invoke(main, [str(one) for one in arguments], prog_name="grader", catch_exceptions=False)

    @property
    def written(self) -> bytes:
        assert self.sheet.exists()
        return (self.folder / "export-graded.csv").read_bytes()


@pytest.fixture
def course(tmp_path: Path) -> Class:
    return Class(tmp_path)


def test_canvas_gets_one_column(course: Class) -> None:
    course.hand_in("doejane_12345", made(7.5))
    course.hand_in("müllerjürgen_222", made(8))
    course.hand_in("rroe", made(4))
    course.hand_in("995", made(8))
    done = course.export(CANVAS)
    assert (done.exit_code, done.stdout.splitlines()[0][:21]) == (0, "3 students filled in:"), done.output
    expected = CANVAS.replace('second line",5.00,,', 'second line",5.00,7.5,').replace("juergen,A,,,3.00", "juergen,A,,,8")
    assert course.written.decode() == expected
    assert course.sheet.read_text(encoding="utf-8") == CANVAS
    assert "Roe, Rick (333): holds 'EX', which is no number" in done.stderr
    assert "Student, Test (999): is not in the run" in done.stderr
    assert "Müller, Jürgen (222): 3 → 8" in done.stderr


@pytest.mark.parametrize("language", MOODLE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_moodle_gets_one_column_in_every_language(course: Class, language: str, encoding: str) -> None:
    text = MOODLE[language].lstrip("\ufeff")
    course.hand_in("Ana Lúcia_1234", made(7.5))
    done = course.export(text.encode(encoding), lms="moodle")
    assert done.exit_code == 0, done.output
    mark = {"english": ",7.5,10.00", "german": ";7,5;10,00", "french": ',"7,5","10,00"', "spanish": "\t7.5\t10.00"}[language]
    empty = {"english": ",,10.00", "german": ";;10,00", "french": ',,"10,00"', "spanish": "\t\t10.00"}[language]
    assert text.count(empty) == 1
    assert course.written == text.replace(empty, mark).encode(encoding)
    assert "Zoe Ω (77): is not in the run" in done.stderr


def test_canvas_as_europe_and_a_mac_write_it(course: Class) -> None:
    """Semicolons, decimal commas, CRLF, a byte order mark, and accents as two signs: in the export, in a folder's name, in the roster."""
    sheet = (
        "\ufeffStudent;ID;SIS Login ID;Section;Übung (11);output-shapes (12);Current Score\r\n"
        ";;;;;Muted;\r\n    Points Possible;;;;5,00;10,00;(read only)\r\n"
        '"Müller; Jürgen";222;jürgen@example.org;A;4,50;;90,00\r\n"Å. Ünal";333;ünal;A;;3,00;\r\n'
    )
    course.hand_in(unicodedata.normalize("NFD", "jürgen@example.org"), made(7.5))
    course.hand_in(unicodedata.normalize("NFD", "Ünal, Å."), made(4))
    roster = course.folder / "who.csv"
    roster.write_text("student,id\n" + unicodedata.normalize("NFC", '"Ünal, Å.",ünal\n'), encoding="utf-8")
    for text in (sheet, unicodedata.normalize("NFD", sheet)):
        done = course.export(text, "--roster", roster)
        assert done.exit_code == 0, done.output
        assert course.written.decode() == text.replace("4,50;;", "4,50;7,5;").replace(";3,00;", ";4;")
    named = course.export(unicodedata.normalize("NFD", sheet), "--roster", roster, "--column", "Übung", "--scale")
    assert named.exit_code == 0, named.output
    assert course.written.decode().count(";3,75;") == 1


def test_feedback_is_text_and_the_teachers_own_stays(course: Class) -> None:
    course.hand_in("Ana Lúcia_1234", made())
    course.hand_in("Zoe Ω_77", made(4))
    done = course.export(MOODLE["english"], "--feedback", "feedback comments", lms="moodle")
    assert done.exit_code == 0, done.output
    text = course.written.decode()
    assert "Graded automatically.<br>" in text
    assert "&lt;b onclick=&#x27;x&#x27;&gt;=HYPERLINK(1)&lt;/b&gt;" in text
    assert "<b " not in text
    assert ',4,10.00,Yes,-,"A note of the teacher"\n' in text
    assert "Zoe Ω (77): has a comment, which stays" in done.stderr
    again = course.export(course.written, "--feedback", "Feedback comments", lms="moodle")
    assert again.exit_code == 0
    assert course.written.decode() == text


def test_the_late_policy_and_decisions_by_hand_count(course: Class) -> None:
    course.hand_in("doejane_12345", made(8), at=DUE + 3600)
    course.hand_in("müllerjürgen_222", made(8))
    with Store(course.run) as store:
        store.keep_policy("timezone: UTC\ndeadline: 2026-11-20 23:59\nper_day: 10%\n")
    assert CliRunner().invoke(main, ["override", str(course.run), "müllerjürgen_222", "conv", "9", "--why", "right"]).exit_code == 0
    assert course.export(CANVAS).exit_code == 0
    assert course.written.decode() == CANVAS.replace('second line",5.00,,', 'second line",5.00,7,').replace("A,,,3.00", "A,,,9")


@pytest.mark.parametrize(
    ("students", "words"),
    [
        (["jane doe"], "jane doe: no row has this as its ID, SIS User ID, SIS Login ID"),
        (["Roe, Rick"], "is it Roe, Rick (33"),  # two are called so: a name decides nothing
        (["doejanet_12345"], "has the number of Doe, Jane (12345), but another name"),
        (["jdoe", "12345"], "12345: shares the row of Doe, Jane (12345) with jdoe"),
        (["doejane_12346"], "no row has this"),
        (["jdoe_222"], "has the number of Müller, Jürgen (222), but another name"),
    ],
)
def test_without_a_certain_row_nothing_is_written(course: Class, students: list[str], words: str) -> None:
    for student in [*students, "müllerjürgen_222"]:
        course.hand_in(student, made())
    done = course.export(CANVAS)
    assert done.exit_code == 2
    assert words in done.stderr
    assert "--roster" in done.stderr
    assert not (course.folder / "export-graded.csv").exists()
    partial = course.export(CANVAS, "--partial")
    assert partial.exit_code == 0, partial.output
    assert course.written.decode() == CANVAS.replace("juergen,A,,,3.00", "juergen,A,,,8")


def test_a_number_of_one_that_is_anothers_elsewhere_is_ambiguous(course: Class) -> None:
    course.hand_in("222", made())
    done = course.export(CANVAS.replace(",991,", ",222,"))
    assert done.exit_code == 2
    assert "222: fits several rows: Doe, Jane (12345); Müller, Jürgen (222)" in done.stderr


@pytest.mark.parametrize("key", ["334", "995", "rroe2"])
def test_a_roster_says_which_row_is_meant(course: Class, key: str) -> None:
    course.hand_in("Roe, Rick", made(5))
    roster = course.folder / "who.csv"
    roster.write_text(f'\ufeffid;student\n{key};"Roe, Rick"\n', encoding="utf-8")
    done = course.export(CANVAS, "--roster", roster)
    assert done.exit_code == 0, done.output
    assert course.written.decode() == CANVAS.replace("N/A,8,,", "N/A,5,,")


def test_a_roster_for_moodle_may_name_the_participant(course: Class) -> None:
    course.hand_in("ana", made())
    roster = course.folder / "who.csv"
    roster.write_text("student,id\nana,Participant 1234\n", encoding="utf-8")
    done = course.export(MOODLE["english"], "--roster", roster, lms="moodle")
    assert done.exit_code == 0, done.output
    assert course.written.decode() == MOODLE["english"].replace(",,10.00", ",8,10.00")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("student,name\na,b\n", "has no columns student and id"),
        ("student,id\na,1\na,2\n", "names the student 'a' more than once"),
        ("student,id\na,1\nb,1\n", "names the id '1' more than once"),
        ("student,id\njane,4711\n", "jane: no row has the id '4711' that --roster gives"),
    ],
)
def test_a_wrong_roster_is_said(course: Class, text: str, words: str) -> None:
    course.hand_in("jane", made())
    roster = course.folder / "who.csv"
    roster.write_text(text, encoding="utf-8")
    done = course.export(CANVAS, "--roster", roster)
    assert done.exit_code == 2
    assert words in done.stderr


def test_our_own_failure_is_no_zero(course: Class) -> None:
    course.hand_in("doejane_12345", made(4, Status.ERROR, unmeasured=5))
    course.hand_in("rroe2", None)
    course.hand_in("müllerjürgen_222", made())
    done = course.export(CANVAS)
    assert done.exit_code == 0, done.output
    assert course.written.decode() == CANVAS.replace("juergen,A,,,3.00", "juergen,A,,,8")
    assert "Doe, Jane (12345): was not graded: the grader failed" in done.stderr
    assert "Roe, Rick (334): could not be read" in done.stderr


def test_points_are_scaled_only_where_that_is_asked(course: Class) -> None:
    course.hand_in("doejane_12345", made(4, unmeasured=5))
    course.hand_in("rroe2", made(8))
    hundred = CANVAS.replace("5.00,10.00,(read", "5.00,100,(read")
    refused = course.export(hundred)
    assert (refused.exit_code, "is worth 100 points there, the exercise 10" in refused.stderr) == (2, True)
    part = course.export(CANVAS)
    assert (part.exit_code, "doejane_12345: 4 of 5; 10 in all" in part.stderr) == (2, True)
    assert "--scale takes the share for everyone" in part.stderr
    assert course.export(hundred, "--scale").exit_code == 0
    assert course.written.decode() == hundred.replace('second line",5.00,,', 'second line",5.00,80,').replace("N/A,8,", "N/A,80,")
    unknown = course.export("\n".join(line for line in CANVAS.split("\n") if "Possible" not in line), "--scale")
    assert "does not say how many points" in unknown.stderr


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        (CANVAS.replace("output-shapes", "Week 1"), (), "There are: 'Quiz, \"warm-up\" (11)', 'Week 1 (12)'."),
        (CANVAS, ("--column", "Current Score"), "has no assignment 'Current Score'"),
        (CANVAS, ("--column", "Final Score (2026)"), "has no assignment"),  # read-only, whatever it is called
        (CANVAS.replace('"Quiz, ""warm-up"" (11)"', "output-shapes (11)"), (), "'output-shapes (11)', 'output-shapes (12)'"),
        (CANVAS, ("--exercise", "fashion"), "Nothing of 'fashion' was graded"),
        (CANVAS, ("--feedback", "Notes"), "takes no comments"),
        (CANVAS, ("-o", "{sheet}"), "is the export itself"),
        (CANVAS, ("-o", "x.csv", "--in-place"), "exclude one another"),
        (MOODLE["english"], (), "is no export of Canvas' gradebook"),
        (CANVAS.splitlines()[0] + "\n", (), "no mark has a row"),
        (b"PK\x03\x04", (), "spreadsheet"),
    ],
)
def test_what_is_not_certain_is_refused(course: Class, data: str | bytes, options: tuple[str, ...], words: str) -> None:
    course.hand_in("jdoe", made()) if "no mark" not in words else course.hand_in("jdoe", None)
    done = course.export(data, *(one.format(sheet=course.sheet) for one in options))
    assert done.exit_code == 2
    assert words in done.stderr
    assert sorted(path.name for path in course.folder.glob("*.csv")) == ["export.csv"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (CANVAS, "is no grading worksheet of Moodle"),
        (MOODLE["english"].replace("Grade,", "Points,", 1), "has no column 'Grade'"),
        (MOODLE["english"].replace("Status", "grade"), "several times 'Grade'"),
    ],
)
def test_a_worksheet_is_one_of_moodle(course: Class, data: str, words: str) -> None:
    course.hand_in("Ana Lúcia_1234", made())
    done = course.export(data, lms="moodle")
    assert done.exit_code == 2
    assert words in done.stderr


def test_any_column_can_be_named_and_the_export_itself_be_filled(course: Class) -> None:
    course.hand_in("doejane_12345", made())
    course.hand_in("doejane_12345", made(1, exercise="fashion"))
    several = course.export(CANVAS, "--column", "11", "--in-place")
    assert "--exercise is one of: fashion, output-shapes" in several.stderr
    done = course.export(CANVAS.replace("5.00,10.00,", "10,10.00,"), "--column", "11", "--in-place", "--exercise", "output-shapes")
    assert done.exit_code == 0, done.output
    assert course.sheet.read_text(encoding="utf-8") == CANVAS.replace("5.00,10.00,", "10,10.00,").replace('line",5.00,', 'line",8,')


@pytest.mark.parametrize("student", ["77", "Bo_77", "zoe@example.org", "Zoe Ω"])
def test_a_number_alone_is_nobodys_in_moodle(course: Class, student: str) -> None:
    course.hand_in(student, made())
    done = course.export(MOODLE["english"], lms="moodle")
    assert (done.exit_code, f"  {student}: " in done.stderr) == (2, True)
    assert not (course.folder / "export-graded.csv").exists()


def test_an_anonymous_worksheet_is_filled_by_number(course: Class) -> None:
    sheet = "Identifier,Status,Grade,Last modified (grade)\r\nParticipant 5,x,,-\r\nParticipant 55,x,,-\r\n"
    course.hand_in("Participant_55", made())
    assert course.export(sheet, lms="moodle").exit_code == 0
    assert course.written.decode() == sheet.replace("Participant 55,x,,", "Participant 55,x,8,")


@pytest.mark.exhaustive
@pytest.mark.parametrize("lms", ["canvas", "moodle"])
def test_a_class_that_was_really_graded(tmp_path: Path, lms: str) -> None:
    """Full, part, starter, unreadable, two of one name, a name that a spreadsheet would run; folders as the LMS's own export names them."""
    solved, wrong, starter = (
        ROOT / one
        for one in (
            "solutions/output-shapes/solution.py",
            "solutions/output-shapes/wrong/m57-convolution-padded.py",
            "exercises/output-shapes/submission.py",
        )
    )
    people = {
        1: ("Lee, Kim", solved, "10"),
        2: ("Lee, Kim", wrong, "8"),
        3: ("=1+1", starter, "0"),
        4: ("Ünal, Å.", None, ""),
        5: ("Away", "", ""),
    }
    header = {
        "canvas": "Student,ID,Section,output-shapes (12)\r\n    Points Possible,,,10.00\r\n",
        "moodle": "Identifier,Full name,Status,Grade,Maximum grade,Last modified (grade)\r\n",
    }
    row = {"canvas": '"{name}",{number},A,{mark}\r\n', "moodle": 'Participant {number},"{name}",x,{mark},10.00,-\r\n'}
    empty, expected = header[lms], header[lms]
    for number, (name, file, mark) in people.items():
        empty += row[lms].format(name=name, number=number, mark="")
        expected += row[lms].format(name=name, number=number, mark=mark)
        if file != "":
            folder = tmp_path / "handed-in" / unicodedata.normalize("NFD", f"{name}_{number}")
            folder.mkdir(parents=True)
            (folder / "submission.py").write_text(file.read_text(encoding="utf-8") if file else "def broken(:\n", encoding="utf-8")
    (tmp_path / "export.csv").write_text(empty, encoding="utf-8", newline="")
    run = [str(tmp_path / "handed-in"), "--run", str(tmp_path / "run"), "--exercise", "output-shapes"]
    assert CliRunner().invoke(main, ["grade", *run], prog_name="grader").exit_code == 0
    into = [str(tmp_path / "run"), "--to", lms, "--into", str(tmp_path / "export.csv")]
    done = CliRunner().invoke(main, ["export", *into], prog_name="grader")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "export-graded.csv").read_bytes().decode() == expected
