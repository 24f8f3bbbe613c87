"""What becomes of a submission that is built: how each call ends, what is told about it, and that one bad function costs only itself."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from grader.build import Builder, probe
from grader.build.backends import FreshBackend
from grader.contracts.errors import GraderError

CALL = {"kind": "table", "parameters": [], "cases": [[]]}


def calls(*names: str) -> list[dict[str, object]]:
    return [{"id": name, "function": name, **CALL} for name in names]


FATES = {
    "returns": ("return 1", {}, "finished", ""),
    "loops": ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", {"seconds": 1.5}, "timeout", ""),
    "sleeps": ("time.sleep(1000)", {"seconds": 1.5}, "timeout", ""),
    "ignores-signals": ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass", {"seconds": 1.5}, "timeout", ""),
    "eats-memory": ("return str(len([b'x' * (8 << 20 | n) for n in range(10**5)]))", {"memory_mb": 1500}, "out-of-memory", ""),
    "fills-disk": ("for n in range(10**6): open(str(n), 'wb').write(bytes(1 << 20))", {"disk_mb": 50}, "disk-full", ""),
    "fills-disk-with-nothing": ("for n in range(10**7): open(str(n), 'wb').close()", {"disk_mb": 20}, "disk-full", ""),
    "fills-disk-unseen": (
        "files = []\nfor n in range(10**3):\n    files.append(open('f', 'wb'))\n    os.unlink('f')\n    files[-1].write(bytes(1 << 20))\n"
        "time.sleep(1000)",
        {"disk_mb": 50},
        "disk-full",
        "",
    ),
    "exits-0": ("os._exit(0)", {}, "died", "exit code 0"),
    "exits-3": ("os._exit(3)", {}, "died", "exit code 3"),
    "crashes": ("import ctypes\nctypes.string_at(0)", {}, "died", "signal SIGSEGV"),
    "kills-itself": ("os.kill(os.getpid(), 9)", {}, "died", "signal SIGKILL"),
    "aborts": ("os.abort()", {}, "died", "signal SIGABRT"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="memory and unlinked files are measured the Linux way")
@pytest.mark.parametrize("name", FATES)
def test_fate(name, bench, nothing_left):
    body, limits, fate, status = FATES[name]
    lines = "\n    ".join(body.splitlines())
    built = bench.attack(f"import os, signal, time\ndef attack():\n    {lines}\n", limits)
    outcome = built.outcome.calls["attack"]
    assert (outcome.fate, outcome.exit_status) == (fate, status)
    assert ("attack" in built.artifacts) == (fate == "finished")


RAISED = {
    "exception": ("raise ValueError('too many')", "ValueError", "too many"),
    "system-exit": ("raise SystemExit(4)", "SystemExit", "the code ends the program (exit code 4)"),
    "exit": ("exit()", "SystemExit", "the code ends the program (exit code None)"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
    "base-exception": ("raise BaseException('all')", "BaseException", "all"),
    "input": ("input('?')", "EOFError", "the code asks for keyboard input"),
    "recursion": ("return attack()", "RecursionError", "maximum recursion"),
    "missing-package": ("import nosuchpackage", "ModuleNotFoundError", "'nosuchpackage'"),
    "huge-array": ("import numpy\nnumpy.ones(10**15)", "MemoryError", "Unable to allocate"),
    "escapes": ("raise ValueError('\\x1b[2J\\u202e')", "ValueError", r"\x1b[2J\u202e"),
    "unprintable": ("class E(Exception):\n    def __str__(self): raise KeyError\nraise E", "E", "cannot be shown"),
    "surrogate": ("raise ValueError('\\ud800')", "ValueError", r"\ud800"),
}


@pytest.mark.parametrize("name", RAISED)
def test_what_a_function_raises_is_told(name, bench):
    body, kind, words = RAISED[name]
    lines = "\n    ".join(body.splitlines())
    artifact = bench.build(
        f"# first line\ndef attack():\n    {lines}\n", [{"id": "attack", "kind": "model", "function": "attack"}]
    ).artifacts["attack"]
    assert artifact.error is not None
    assert artifact.error.type == kind
    assert words in artifact.error.message
    assert 3 <= artifact.error.line <= 3 + body.count("\n")


IMPORTS = {
    "raises": ("x = 1\nraise ValueError('on import')", "raised-on-import", "ValueError", "on import", 2),
    "syntax": ("def f(:\n    pass", "raised-on-import", "SyntaxError", "", 1),
    "exits": ("\nexit()", "raised-on-import", "SystemExit", "ends the program", 2),
    "missing-package": ("import torchvision_nosuch", "raised-on-import", "ModuleNotFoundError", "torchvision_nosuch", 1),
    "loops": ("while True: pass", "timeout", "TimeoutError", "outside the functions", None),
    "dies": ("import os\nos._exit(0)", "died", "SystemExit", "exit code 0", None),
    # Before 3.11.4 Python called it a ValueError; the reader turns such a file down before it comes here.
    "null-byte": ("x = 1\0", "raised-on-import", "SyntaxError" if sys.version_info >= (3, 11, 4) else "ValueError", "null", None),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_a_file_that_cannot_be_imported(name, bench):
    source, fate, kind, words, line = IMPORTS[name]
    built = bench.build(source, calls("f", "g"), {"seconds": 2})
    assert {outcome.fate for outcome in built.outcome.calls.values()} == {fate}
    error = built.outcome.import_error
    assert error is not None
    assert (error.type, error.line) == (kind, line)
    assert words in error.message


def test_one_bad_function_costs_only_itself(bench):
    source = "import os\ndef a(): return 1\ndef b(): os._exit(7)\ndef c(): return 3\ndef d():\n    while True: pass\ndef e(): return 5\n"
    outcome = bench.build(source, calls("a", "b", "c", "d", "e"), {"seconds": 2}).outcome
    assert [outcome.calls[name].fate for name in "abcde"] == ["finished", "died", "finished", "timeout", "finished"]
    assert outcome.calls["d"].seconds >= 2


def test_calls_are_announced_in_order(bench, tmp_path):
    from grader.contracts.artifacts import Job
    from grader.contracts.protocol import Protocol

    work = bench.builder.jobs / "announced"
    work.mkdir()
    protocol = Protocol.model_validate({"exercise": "bench", "calls": calls("a", "b")})
    source = "def a(): pass\ndef other(): pass\n"
    job = Job(source=source, functions={"a": "a", "b": "other"}, protocol=protocol, work=str(work), artifacts=str(work / "artifacts"))
    said = []
    bench.builder.build(job, said.append)
    assert [(step.doing, step.text, step.done, step.total) for step in said] == [
        ("calling", "a", 0, 2),
        ("calling", "other", 1, 2),
    ]


def test_a_function_that_vanishes_is_an_error(bench):
    error = bench.build("if False:\n    def f(): pass\n", calls("f")).artifacts["f"].error
    assert error is not None
    assert (error.type, error.message) == ("NameError", "the file defines no `f` when it is imported")


def test_output_is_kept_in_part_and_made_harmless(bench):
    source = (
        "import sys\ndef attack():\n    print('start \\x1b[31m\\r\\n\\u202e')\n"
        "    for _ in range(800): sys.stdout.write('x' * 65536)\n    return 1\n"
    )
    built = bench.attack(source)
    assert built.fate() == "finished"
    assert built.outcome.stdout.startswith("start \\x1b[31m\n\\u202e\nxxx")
    assert len(built.outcome.stdout) == 20_000


def test_output_of_a_child_that_is_ended_is_kept(bench):
    assert bench.attack("def attack():\n    print('so far')\n    while True: pass\n", {"seconds": 1}).outcome.stdout == "so far\n"


def test_what_is_measured(bench):
    outcome = bench.attack("def attack():\n    x = bytearray(300 << 20)\n    import time; time.sleep(0.2)\n    return 1\n").outcome
    assert 300 < outcome.peak_memory_mb < 1500
    assert outcome.calls["attack"].seconds >= 0.2
    assert outcome.seconds >= outcome.calls["attack"].seconds


def test_module_is_named_and_cached(bench, answer):
    source = "import sys\ndef attack():\n    return __name__ + ' ' + str(sys.modules['submission'] is sys.modules[__name__])\n"
    assert answer(bench.attack(source)) == "submission True"


def test_each_build_draws_its_own_numbers(bench, answer):
    source = "import numpy, random\ndef attack():\n    return str((numpy.random.rand(), random.random()))\n"
    assert answer(bench.attack(source)) != answer(bench.attack(source))


@pytest.mark.confinement
def test_layers_are_told(bench):
    layers = {layer.name: layer for layer in bench.attack("def attack(): return 1").outcome.isolation}
    assert {name for name, layer in layers.items() if layer.in_force} == {"landlock", "seccomp", "privileges", "zygote", "limits"}
    assert "ABI" in layers["landlock"].why


def test_probe_needs_no_tensorflow():
    before = "tensorflow" in sys.modules
    assert {layer.name for layer in probe()} == {"landlock", "seccomp", "privileges", "zygote", "bubblewrap"}
    assert ("tensorflow" in sys.modules) == before


def test_results_must_lie_in_the_jobs_folder(bench, tmp_path):
    from grader.contracts.artifacts import Job
    from grader.contracts.protocol import Protocol

    protocol = Protocol.model_validate({"exercise": "bench", "calls": calls("a")})
    job = Job(source="", functions={"a": "a"}, protocol=protocol, work=str(tmp_path), artifacts=str(tmp_path.parent))
    with pytest.raises(GraderError, match="directly inside"):
        bench.builder.build(job)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a zygote")
def test_a_dead_zygote_is_replaced(bench, answer):
    bench.builder.start()
    zygotes = [process for process in bench.processes() if "grader.build.zygote" in " ".join(process.cmdline())]
    assert zygotes
    for zygote in zygotes:
        zygote.kill()
    psutil.wait_procs(zygotes, timeout=10)
    assert answer(bench.attack("def attack(): return 2")) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a zygote")
def test_a_zygote_that_never_lives_is_our_fault(monkeypatch, bench):
    monkeypatch.setattr("grader.build.backends._command", lambda module: [sys.executable, "-c", "print('no')"])
    with Builder() as builder, pytest.raises(GraderError, match="ended twice"):
        type(bench)(builder).attack("def attack(): return 1")


def test_a_fresh_process_builds_the_same(bench, monkeypatch, answer):
    backend = FreshBackend(bench.builder.jobs, confine=False)
    monkeypatch.setattr(bench.builder, "_backend", backend)
    source = "import os\ndef attack():\n    print('heard')\n    return 2\ndef gone(): os._exit(3)\n"
    built = bench.build(source, [*calls("attack"), *calls("gone")])
    assert answer(built) == 2
    assert built.fate("gone") == "died"
    assert built.outcome.stdout == "heard\n"
    layers = {layer.name: layer.in_force for layer in built.outcome.isolation}
    assert layers == {"landlock": False, "seccomp": False, "privileges": False, "zygote": False, "limits": True}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has bubblewrap")
def test_the_wall_holds_around_the_zygote(bench, answer, nothing_left):
    offered = {layer.name: layer for layer in probe()}["bubblewrap"]
    if not offered.in_force:
        pytest.skip(offered.why)
    # Without the inner layers, so that it is the wall that is seen.
    with Builder(confine=False, wall="bubblewrap") as builder:
        walled = type(bench)(builder)
        seen = "sorted(int(p) for p in os.listdir('/proc') if p.isdigit())"
        source = f"""
import os, socket
def attack():
    open('/dev/shm/grader-attack', 'w').close()
    assert len({seen}) <= 4, {seen}
    assert not os.path.exists({str(nothing_left)!r})
    assert not os.path.exists({str(Path(__file__).parents[2] / "rubrics")!r})
    assert [name for _, name in socket.if_nameindex()] == ['lo']
    return 'walled'
"""
        built = walled.attack(source)
        assert answer(built) == "walled"
        assert {layer.name: layer.in_force for layer in built.outcome.isolation}["bubblewrap"]
