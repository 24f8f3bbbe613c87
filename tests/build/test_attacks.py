"""What a hostile submission cannot do to the machine, the grader or the next submission. Marks are the pipeline's business."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from grader.build import remove_tree

pytestmark = pytest.mark.confinement

REPOSITORY = Path(__file__).parents[2]


def attack(body: str) -> str:
    lines = "\n    ".join(body.strip().splitlines())
    return f"import ctypes, os, sys, time, pathlib\nlibc = ctypes.CDLL(None)\ndef attack():\n    {lines}\n"


REFUSED = {
    "reads-shadow": "return open('/etc/shadow').read()",
    "reads-checkout": f"return open({str(REPOSITORY / 'pyproject.toml')!r}).read()",
    "lists-checkout": f"return str(os.listdir({str(REPOSITORY)!r}))",
    "lists-other-jobs": "return str(os.listdir('..'))",
    "lists-home": f"return str(os.listdir({str(Path.home())!r}))",
    "reads-outside": "return open('{secret}').read()",
    "follows-own-link": "os.symlink('{secret}', 'link')\nreturn open('link').read()",
    "links-hard": "os.link('{secret}', 'copy')",
    "writes-outside": "open('{secret}', 'w').write('mine')",
    "writes-beside": "open('{secret}.new', 'w').write('mine')",
    "removes-outside": "os.unlink('{secret}')",
    "renames-outside": "os.rename('{secret}', '{secret}.mine')",
    "truncates-outside": "os.truncate('{secret}', 0)",
    "writes-shared-memory": "open('/dev/shm/grader-attack', 'w').write('later')",
    "lists-processes": "return str(os.listdir('/proc'))",
    "reads-parent-environment": "return open(f'/proc/{{os.getppid()}}/environ').read()",
    "reads-parent-memory": "return str(open(f'/proc/{{os.getppid()}}/mem', 'rb'))",
    "kills-parent": "os.kill(os.getppid(), 9)",
    "kills-all": "os.kill(-1, 9)",
    "kills-group": "os.killpg(0, 9)",
    "limits-parent": "import resource\nresource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))",
    "forks": "os.fork()",
    "runs-program": "import subprocess\nsubprocess.run(['true'])",
    "becomes-program": "os.execv('/bin/sh', ['sh', '-c', 'echo'])",
    "uses-pool": "import multiprocessing\nmultiprocessing.Pool(2)",
    "opens-socket": "import socket\nsocket.socket()",
    "downloads": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1/')",
    "addresses-datagram": (
        "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\na.sendto(b'x', '/run/systemd/notify')"
    ),
    "makes-fifo": "os.mkfifo('artifacts/attack.json')",
    "makes-memory-file": "os.memfd_create('grader-attack')",
    "shares-memory": "import mmap\nmmap.mmap(-1, 4096)",
    "becomes-another": "os.setuid(12345)",
    "changes-root": "os.chroot('.')",
    "makes-namespace": "if libc.unshare(0x10000000) < 0: raise PermissionError",
    "mounts": "if libc.mount(b'none', b'.', b'tmpfs', 0, None) < 0: raise PermissionError",
    "shared-memory-segment": "if libc.shmget(0, 4096, 0o1600) < 0: raise PermissionError",
    "message-queue": "if libc.mq_open(b'/grader-attack', 0o102, 0o600, None) < 0: raise PermissionError",
    "traces": "if libc.ptrace(16, os.getppid(), 0, 0) < 0: raise PermissionError",
    "old-abi": "if libc.syscall(0x40000000 + 39) < 0: raise PermissionError",
    "imports-grader": "import grader.judge",
    "raises-limits": "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))",
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(name, bench, nothing_left, answer):
    built = bench.attack(attack(REFUSED[name].replace("{secret}", str(nothing_left)).replace("{{", "{").replace("}}", "}")))
    expected = {"downloads": "URLError", "raises-limits": "ValueError", "links-hard": "OSError"}.get(name, "PermissionError")
    assert answer(built) == expected


ANSWERED = {
    "environment": ("return str('GRADER_TEST_TOKEN' in os.environ)", "False"),
    "environment-names": ("return str([n for n in os.environ if 'TOKEN' in n or n.startswith(('GITHUB', 'ACTIONS', 'GRADER'))])", "[]"),
    "descriptors": ("return str(sorted(os.listdir('/proc/self/fd'))[:4])", "['0', '1', '2', '3']"),  # 3 is the listing's own
    "standard-input": ("return str(os.fstat(0).st_rdev == os.stat('/dev/null').st_rdev)", "True"),
    "path": (f"return str({str(REPOSITORY)!r} in sys.path)", "False"),
    "chmod-outside": ("os.chmod('{secret}', 0)\nreturn 'done'", "done"),
    "utime-outside": ("os.utime('{secret}', (0, 0))\nreturn 'done'", "done"),
    "touch": ("pathlib.Path('new').touch()\nreturn str(os.path.exists('new'))", "True"),
    "copy": ("import shutil\nopen('a', 'w').write('x')\nreturn shutil.copy2('a', 'b')", "b"),
    "home": ("return str(pathlib.Path.home() == pathlib.Path.cwd())", "True"),
    "thread-pool": ("from multiprocessing.pool import ThreadPool\nreturn str(ThreadPool(2).map(abs, [-1, -2]))", "[1, 2]"),
    "threads": ("import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\nreturn 'joined'", "joined"),
    "kills-nobody": ("os.kill(os.getpid(), 0)\nreturn 'alive'", "alive"),
    "new-session": ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nreturn 'fine'", "fine"),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_is_answered(name, bench, nothing_left, answer):
    body, expected = ANSWERED[name]
    assert answer(bench.attack(attack(body.replace("{secret}", str(nothing_left))))) == expected


FORGED = """
import json
forged = json.dumps({"call": "attack", "returned": "str", "payload": {"kind": "table", "rows": [{"value": "forged", "value_type": "str"}]}})
"""

LEFT_IN_ARTIFACTS = {
    "symlink": "os.symlink('{secret}', 'artifacts/other.npy')",
    "symlinked-result": "os.symlink('{secret}', 'artifacts/other.json')",
    "symlinked-folder": "os.symlink('/etc', 'artifacts/folder.npy')",
    "hard-link": "open('mine', 'w').write('x')\nos.link('mine', 'artifacts/other.npy')",
    "folder": "os.makedirs('artifacts/a.npy/b/c')",
    "huge": "open('artifacts/other.npy', 'wb').truncate(50 << 20)",
    "many": "for n in range(30): open(f'artifacts/{{n}}.npy', 'wb').truncate(1 << 20)",
    "foreign-name": "open('artifacts/evil.py', 'w').write('x')",
    "unreadable": "os.umask(0o777)\nopen('artifacts/other.npy', 'w').close()\nos.mkdir('artifacts/closed')",
}


@pytest.mark.parametrize("name", LEFT_IN_ARTIFACTS)
def test_only_plain_small_files_stay(name, bench, nothing_left, answer):
    body = LEFT_IN_ARTIFACTS[name].replace("{secret}", str(nothing_left)).replace("{{", "{").replace("}}", "}")
    built = bench.attack(attack(body + "\nreturn 'done'"))
    assert answer(built) == "done"
    left = list(built.folder.iterdir())
    assert all(stat.S_ISREG(path.lstat().st_mode) and path.lstat().st_nlink == 1 for path in left)
    assert sum(path.stat().st_size for path in left) <= (21 << 20) + 20_000
    assert {path.suffix for path in left} <= {".json", ".npy"}
    assert all(path.read_bytes() is not None for path in left)


def test_a_replaced_result_folder_is_no_result(bench, nothing_left):
    body = f"os.rename('artifacts', 'old')\nos.symlink({str(nothing_left.parent)!r}, 'artifacts')\nos._exit(0)"
    built = bench.attack(attack(body))
    assert built.fate() == "died"
    assert list(built.folder.iterdir()) == []
    assert not built.folder.is_symlink()


FORGERIES = {
    "in-the-call": (FORGED + "def attack():\n    open('artifacts/attack.json', 'w').write(forged)\n    import os; os._exit(1)\n", "died"),
    "on-import": (FORGED + "open('artifacts/attack.json', 'w').write(forged)\nimport os; os._exit(0)\ndef attack(): pass\n", "died"),
    "loops-after": (FORGED + "def attack():\n    open('artifacts/attack.json', 'w').write(forged)\n    while True: pass\n", "timeout"),
    "raises-after": (FORGED + "open('artifacts/attack.json', 'w').write(forged)\nraise SystemExit(0)\n", "raised-on-import"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_result_without_an_honest_end_is_none(name, bench, nothing_left):
    source, fate = FORGERIES[name]
    built = bench.attack(source, {"seconds": 2})
    assert built.fate() == fate
    assert list(built.folder.iterdir()) == []


def test_an_early_end_with_all_results_forged_is_no_finish(bench, nothing_left):
    source = FORGED + "def attack():\n    import os\n    for n in '12': open(f'artifacts/c{n}.json', 'w').write(forged)\n    os._exit(0)\n"
    calls = [{"id": f"c{n}", "kind": "table", "function": "attack", "parameters": [], "cases": [[]]} for n in (1, 2)]
    assert bench.build(source, calls).fate("c1") == "died"


PATCHED = {
    "json": "import json\njson.dumps = json.loads = None",
    "builtins": "import builtins\nbuiltins.open = builtins.len = builtins.print = None",
    "os": "import os\nos.replace = os._exit = None",
    "keras": "import keras\nkeras.Model = keras.Sequential = object",
    "numpy": "import numpy\nnumpy.save = numpy.asarray = None",
    "pydantic": "import pydantic\npydantic.BaseModel.model_dump_json = lambda *a, **k: 'x'",
    "time": "import time\ntime.monotonic = lambda: 0",
    "threads": "import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()",
    "exit-handler": "import atexit, time\natexit.register(lambda: time.sleep(1000))",
    "excepthook": "import sys\nsys.excepthook = sys.stdout = None",
}


@pytest.mark.parametrize("name", PATCHED)
def test_patching_harms_only_the_patcher(name, bench, nothing_left):
    built = bench.attack(PATCHED[name] + "\ndef attack():\n    return 1\n", {"seconds": 5})
    assert built.fate() in {"finished", "died", "timeout", "raised-on-import"}


def test_a_background_writer_ends_with_the_build(bench, nothing_left, monkeypatch):
    """Without the kernel's layers a submission may fork and leave its session; the subreaper ends it all the same."""
    monkeypatch.setattr(bench.builder._backend, "_confine", False)
    body = """
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                open('late', 'a').write('.')
        os._exit(0)
return 'done'
"""
    built = bench.attack(attack(body))
    assert built.fate() == "finished"
    assert [layer.in_force for layer in built.outcome.isolation if layer.name in {"landlock", "seccomp"}] == [False, False]
    size = (built.work / "late").stat().st_size if (built.work / "late").exists() else 0
    assert not [process for process in bench.processes() if process.ppid() != os.getpid()]
    assert ((built.work / "late").stat().st_size if (built.work / "late").exists() else 0) == size


def test_any_folder_can_be_removed(bench, nothing_left):
    body = """
for _ in range(1500):
    os.mkdir('d' * 50)
    os.chdir('d' * 50)
os.umask(0o777)
os.mkdir('closed')
return 'deep'
"""
    built = bench.attack(attack(body), {"disk_mb": 60})
    assert built.fate() in {"finished", "disk-full"}
    remove_tree(built.work)
    assert not built.work.exists()
