"""What others read from the repository: the action, example workflows, the container, the hook; each validated, and its steps run."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
WORKFLOWS = [ROOT / "docs/ci/student.yml", ROOT / "docs/ci/instructor.yml", *sorted((ROOT / ".github/workflows").glob("*.yml"))]
STARTER = ROOT / "exercises/output-shapes/submission.py"


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_files_fit_the_schemas_of_those_who_read_them() -> None:
    for kind, files in {"github-actions": [ACTION], "github-workflows": WORKFLOWS, "gitlab-ci": [ROOT / "docs/ci/gitlab.yml"]}.items():
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}", *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_read_and_no_more(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job and job["timeout-minutes"] for job in workflow["jobs"].values())
    assert "pull_request_target" not in workflow[True]  # YAML 1.1 reads `on` so


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_no_expression_reaches_a_shell(path: Path) -> None:
    """Whoever names a branch or a file must not write the script: values come as variables."""
    steps = [step for part in _steps(loaded(path)) for step in part]
    assert steps
    for step in steps:
        assert "${{" not in step.get("run", "")


def program(name: str) -> str:
    """Return where a linter of the extra `dev` is; there are none for every machine."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    return found or pytest.skip(f"{name} is not installed")


def test_workflows_run_on_todays_runners() -> None:
    """Actions whose runtime GitHub removes, wrong inputs, wrong expressions, and what shellcheck says of each script."""
    command = [program("actionlint"), "-no-color", "-oneline", "-shellcheck", program("shellcheck"), *map(str, WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_action_uses_what_the_workflows_use(tmp_path: Path) -> None:
    """Actionlint reads no action.yml; its steps as a job's are the same."""
    steps = [{name: _plain(value) for name, value in step.items() if name != "if"} for step in loaded(ACTION)["runs"]["steps"]]
    workflow = tmp_path / "action.yml"
    workflow.write_text(yaml.safe_dump({"on": "push", "jobs": {"action": {"runs-on": "ubuntu-latest", "steps": steps}}}))
    command = [program("actionlint"), "-no-color", "-oneline", "-shellcheck", program("shellcheck"), str(workflow)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def _plain(value: Any) -> Any:
    """Return a step's value without its expressions: a job has no inputs of an action."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return re.sub(r"\$\{\{.*?\}\}", "x", value) if isinstance(value, str) else value


@pytest.mark.parametrize("path", [".ci/run", "grader/bundle/files/gradescope/setup.sh", "grader/bundle/files/gradescope/run_autograder"])
def test_scripts_have_no_trap_of_the_shell(path: str) -> None:
    done = subprocess.run([program("shellcheck"), str(ROOT / path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_action_hands_on_every_input_and_output() -> None:
    action = loaded(ACTION)
    text = ACTION.read_text(encoding="utf-8")
    assert all(f"inputs.{name}" in text for name in action["inputs"])
    for name, output in action["outputs"].items():
        assert output["value"] == f"${{{{ steps.grade.outputs.{name} }}}}"


@pytest.mark.parametrize("path", [ACTION, ROOT / "docs/ci/instructor.yml"], ids=lambda path: path.name)
def test_a_failing_job_keeps_its_cache(path: Path) -> None:
    """Who has not passed yet has a failing job on every push, for which actions/cache itself saves nothing."""
    (steps,) = _steps(loaded(path))
    used = {step["uses"].partition("@")[0]: step for step in steps if "uses" in step}
    assert "actions/cache" not in used
    restored, saved = used["actions/cache/restore"], used["actions/cache/save"]
    assert saved["with"] == {name: value for name, value in restored["with"].items() if name != "restore-keys"}
    assert re.search(r"always\(\)|!cancelled\(\)", saved["if"])


def test_a_failing_job_of_gitlab_keeps_its_cache() -> None:
    assert loaded(ROOT / "docs/ci/gitlab.yml")["grade"]["cache"]["when"] == "always"


def test_every_example_names_the_tag_that_the_guide_makes() -> None:
    guide = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    (tag,) = re.findall(r"git tag (\S+)", guide)
    for name, form in {
        "student.yml": "@{}\n",
        "autograder.py": '@{}"',
        "instructor.yml": "ref: {}\n",
        "gitlab.yml": "--branch {} ",
    }.items():
        assert form.format(tag) in (ROOT / "docs/ci" / name).read_text(encoding="utf-8")
    assert f"rev: {tag}\n" in guide
    assert "." in tag  # pre-commit takes a name without a dot for a branch


class Job:
    """A recreated job: runs the `run` steps of an action as the runner does, each with a GITHUB_OUTPUT of its own."""

    def __init__(self, folder: Path, action: Path = ROOT) -> None:
        self.workspace = folder / "workspace"
        self.workspace.mkdir(parents=True)
        self._folder = folder
        self._values: dict[str, str] = {"github.action_path": str(action), "steps.python.outputs.python-path": sys.executable}
        self._values["steps.python.outputs.python-version"] = "3.12.0"
        self.summary = folder / "summary.md"
        self.summary.touch()
        self.environment: dict[str, str] = {}
        self.log = ""

    def run(self, **inputs: str) -> int:
        """Run the steps that have a script up to the first that fails, and return its exit code."""
        action = loaded(ACTION)
        for name, one in action["inputs"].items():
            self._values[f"inputs.{name}"] = inputs.get(name.replace("-", "_"), one["default"])
        for step in action["runs"]["steps"]:
            if "run" in step and (code := self._step(step)):
                return code
        return 0

    def outputs(self) -> dict[str, str]:
        return {name: self._filled(one["value"]) for name, one in loaded(ACTION)["outputs"].items()}

    def _step(self, step: dict[str, Any]) -> int:
        output, script = self._folder / "output", self._folder / "script.sh"
        output.write_text("")
        script.write_text(step["run"])
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GRADER_HOLDOUT"))},
            **{name: self._filled(str(value)) for name, value in step.get("env", {}).items()},
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_TOKEN": "CANARY",
            "RUNNER_TEMP": str(self._folder / "temp"),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            **self.environment,
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(command, cwd=self.workspace, env=environment, capture_output=True, text=True, check=False)
        self.log += done.stdout + done.stderr
        text = output.read_text()
        blocks = re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
        plain = re.findall(r"^([\w-]+)=(.*)$", text, re.MULTILINE)
        for name, value in [*((name, value) for name, _, value in blocks), *plain]:
            self._values[f"steps.{step.get('id')}.outputs.{name}"] = value
        return done.returncode

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda match: self._values.get(match[1], ""), text)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job whose environment is this one: TensorFlow is not installed once more. Only the step that installs sees a stand-in for pip."""
    job = Job(tmp_path, _stand_in(tmp_path / "action"))
    venv = tmp_path / "temp/cnn-grader/venv/bin"
    venv.mkdir(parents=True)
    (venv / "grader").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m grader "$@"\n')
    (venv / "grader").chmod(0o755)
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nmkdir -p "$3/bin"; printf \'#!/bin/sh\\necho "$@"\\n\' > "$3/bin/python"; chmod +x "$3/bin/python"\n')
    python.chmod(0o755)
    job._values["steps.python.outputs.python-path"] = str(python)
    return job


def _stand_in(folder: Path) -> Path:
    """The files of the repository that the action's own steps read."""
    (folder / ".ci").mkdir(parents=True)
    for name in ("pyproject.toml", ".ci/constraints.txt"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def test_the_steps_of_the_action(job: Job) -> None:
    (job.workspace / "submission.py").write_bytes(STARTER.read_bytes())
    assert job.run() == 1
    assert job.outputs() == {"points": "0", "max-points": "10", "passed": "false", "status": "below-pass-mark", "report": "grader-report"}
    assert f"install --quiet --disable-pip-version-check -c {job._values['github.action_path']}/.ci/constraints.txt" in job.log
    assert "::notice file=submission.py,title=Output sizes of convolution and pooling::Not started yet" in job.log
    assert "Not started yet: 0 of 10 points" in job.summary.read_text(encoding="utf-8")
    assert {file.name for file in (job.workspace / "grader-report").iterdir()} == {"report.json", "report.html", "junit.xml", "summary.md"}
    assert "CANARY" not in job.log
    assert re.search(r"key=cnn-grader-Linux-X64-3\.12\.0-[0-9a-f]{16}$", f"key={job._values['steps.places.outputs.key']}")


def test_inputs_are_no_script(job: Job) -> None:
    for name in ("a b.py", "$(touch owned).py", "-v.py"):
        (job.workspace / name).write_bytes(STARTER.read_bytes())
    code = job.run(paths="a b.py\n\n$(touch owned).py\n-v.py\n", exercise="output-shapes", exit_zero="true", output="$(touch owned) report")
    assert code == 0, job.log
    assert not (job.workspace / "owned").exists()
    assert json.loads((job.workspace / "$(touch owned) report/3-output-shapes/report.json").read_text())["file"] == "-v.py"
    assert job.outputs()["max-points"] == "30"


@pytest.mark.exhaustive
@pytest.mark.skipif(not os.environ.get("GRADER_TEST_INSTALL"), reason="installs TensorFlow; set GRADER_TEST_INSTALL to let it")
def test_the_action_from_an_empty_machine(tmp_path: Path) -> None:
    job = Job(tmp_path)
    solution = (ROOT / "solutions/output-shapes/solution.py").read_text(encoding="utf-8")
    (job.workspace / "submission.py").write_text(solution, encoding="utf-8")
    assert job.run() == 0, job.log
    assert job.outputs()["points"] == "10"


@pytest.fixture
def marks(tmp_path: Path) -> Job:
    """The instructor's job after its checkouts: three students, one of whom has no repository. Only what installs is replaced."""
    job = Job(tmp_path)
    remote, stand_in = tmp_path / "remote", tmp_path / "stand-in"
    stand_in.mkdir()
    for program_, script in {
        "sudo": 'echo sudo "$@"',
        "python": 'echo python "$@"',
        "grader": f'exec {shlex.quote(sys.executable)} -P -m grader "$@"',
    }.items():
        (stand_in / program_).write_text(f"#!/bin/sh\n{script}\n")
        (stand_in / program_).chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "file://{remote}/"]\n\tinsteadOf = https://github.com/\n[safe]\n\tdirectory = *\n')
    secrets = {"GRADER_HOLDOUT_SECRET": "a secret that is long enough", "SUBMISSIONS_TOKEN": "CANARY"}
    job._values |= {f"secrets.{name}": value for name, value in secrets.items()}
    job._values["github.workspace"] = str(job.workspace)
    job.environment = {
        "PATH": f"{stand_in}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_TERMINAL_PROMPT": "0",
    }
    for student, file in {"cnn/ada": "solution.py", "cnn/bob": "wrong/m57-convolution-padded.py"}.items():
        origin = remote / student
        origin.mkdir(parents=True)
        (origin / "submission.py").write_bytes((ROOT / "solutions/output-shapes" / file).read_bytes())
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(origin)]
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "done"]):
            subprocess.run([*git, *command], check=True)
    (job.workspace / "students.txt").write_text("cnn/ada\ncnn/bob\ncnn/eve\n$(touch owned)/x\n\n")
    return job


def _marks(job: Job, *names: str) -> None:
    """Run these steps of the instructor's workflow, in its order."""
    (steps,) = _steps(loaded(ROOT / "docs/ci/instructor.yml"))
    chosen = [step for step in steps if step.get("name") in names]
    assert [step["name"] for step in chosen] == list(names)
    for step in chosen:
        assert job._step(step) == 0, job.log


@pytest.mark.parametrize("name", ["GRADER_HOLDOUT_SECRET", "SUBMISSIONS_TOKEN"])
def test_the_instructors_job_ends_where_a_secret_is_missing(marks: Job, name: str) -> None:
    """Without its secret each run would make another one, and measure everybody anew on other images."""
    (steps,) = _steps(loaded(ROOT / "docs/ci/instructor.yml"))
    assert marks._step(steps[0]) == 0
    marks._values[f"secrets.{name}"] = ""
    assert marks._step(steps[0]) == 1
    assert f"::error::The secret {name} is missing" in marks.log


def test_the_token_is_for_github_alone(tmp_path: Path) -> None:
    """A repository's `.lfsconfig` may name another server, which would ask git for a password."""
    (steps,) = _steps(loaded(ROOT / "docs/ci/instructor.yml"))
    (step,) = (step for step in steps if step.get("name") == "Collect submissions")
    assert step["env"]["GIT_LFS_SKIP_SMUDGE"] == "1"
    helper = re.search(r"-c (\S+)='(!f\(\).*?)'", step["run"])
    assert helper is not None
    for host, given in {"github.com": True, "evil.example.org": False}.items():
        asked = subprocess.run(
            ["git", "-c", f"{helper[1]}={helper[2]}", "credential", "fill"],
            input=f"protocol=https\nhost={host}\n\n",
            env={**os.environ, "TOKEN": "CANARY", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ("CANARY" in asked.stdout) is given


def test_the_instructors_job_collects_what_there_is(marks: Job) -> None:
    _marks(marks, "Install", "Collect submissions")
    assert "python -m pip install --quiet -c cnn-grader/.ci/constraints.txt ./cnn-grader" in marks.log
    assert {folder.name for folder in (marks.workspace / "submissions").iterdir()} == {"cnn-ada", "cnn-bob"}
    assert "::warning::cnn/eve could not be read" in marks.log
    assert not (marks.workspace / "owned").exists()
    assert "CANARY" not in marks.log
    assert "CANARY" not in (marks.workspace / "submissions/cnn-ada/.git/config").read_text()


@pytest.mark.exhaustive
def test_the_instructors_job_gives_marks_and_goes_on(marks: Job) -> None:
    """Run twice: what the cache brings back is not graded again."""
    _marks(marks, "Install", "Collect submissions", "Grade")
    table = (marks.workspace / "marks.csv").read_text(encoding="utf-8-sig")
    rows = {row["student"]: row for row in csv.DictReader(table.splitlines())}
    assert {name: row["total"] for name, row in rows.items()} == {"cnn-ada": "10", "cnn-bob": "8"}, table
    assert "long enough" not in marks.log
    shutil.rmtree(marks.workspace / "submissions")
    _marks(marks, "Collect submissions", "Grade")
    assert (marks.workspace / "marks.csv").read_text(encoding="utf-8-sig") == table
    with closing(sqlite3.connect(marks.workspace / "run/run.sqlite")) as run:
        assert run.execute("SELECT count(*) FROM marks").fetchall() == [(2,)]


def test_the_autograder_of_classroom50(tmp_path: Path) -> None:
    """In a checkout that holds a `grader.py` and a result of its own; pip is replaced, so nothing is installed."""
    checkout, stand_in = tmp_path / "checkout", tmp_path / "stand-in"
    for folder in (checkout, stand_in):
        folder.mkdir()
    (checkout / "submission.py").write_bytes(STARTER.read_bytes())
    for name in ("grader", "pip", "socket", "random"):
        (checkout / f"{name}.py").write_text("open('hijacked', 'w').close()\nraise SystemExit(0)\n")
    (checkout / "result.json").write_text('{"score": 1000}')
    (stand_in / "pip.py").write_text("import sys\nprint('pip', *sys.argv[1:])\n")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")},
        "PYTHONPATH": os.pathsep.join([str(stand_in), str(ROOT)]),
        **dict.fromkeys(("CLASSROOM", "ASSIGNMENT", "OWNER", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL"), "x"),
        "SUBMISSION_TAG": "submit/1",
    }
    command = [sys.executable, "-P", str(ROOT / "docs/ci/autograder.py")]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (checkout / "hijacked").exists()
    assert json.loads((checkout / "result.json").read_text())["score"] == 0
    assert done.stdout.startswith("pip install --quiet git+")


# The container


def test_the_container_copies_what_is_there_and_nothing_else() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sources = [part for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE) for part in line.split()[:-1]]
    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(sources)
    assert ignored[0] == "*"
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)


def test_the_devcontainer_makes_what_the_makefile_knows() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    target = container["onCreateCommand"].split()[-1]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert target.replace(".venv", "$(VENV)") + ":" in makefile


# The commit hook


def test_the_hook_is_a_command_that_exists() -> None:
    (hook,) = loaded(ROOT / ".pre-commit-hooks.yaml")
    program, *arguments = hook["entry"].split()
    assert program == "grader"
    done = subprocess.run(
        [sys.executable, "-m", "grader", *arguments, str(STARTER), str(ROOT / "tests/conftest.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "nothing to object to" in done.stdout
    assert "not checked" in done.stdout


def _steps(document: dict[str, Any]) -> list[list[dict[str, Any]]]:
    if "runs" in document:
        return [document["runs"]["steps"]]
    return [job["steps"] for job in document["jobs"].values()]
