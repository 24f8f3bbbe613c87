"""Why a layer of isolation is in force or not: the child that says so in English sees nothing of the grader but `build` and `contracts`."""

from __future__ import annotations

from .sentences import Sentences

ISOLATION = Sentences(
    "isolation",
    {
        "files": "ABI {version}: keeps it from files outside its own folder",
        "files-tcp": "ABI {version}: keeps it from files outside its own folder, TCP",
        "files-tcp-signals": "ABI {version}: keeps it from files outside its own folder, TCP, "
        "signals and abstract sockets to other processes",
        "no-landlock": "this kernel has no Landlock, or it is switched off",
        "calls": "no new processes, programs or sockets, no signals to others",
        "no-filter": "no filter for {machine}",
        "privileges": "no capabilities, no new privileges, no core dumps",
        "refused": "the machine refused it: {problem}",
        "only-linux": "only Linux has it",
        "switched-off": "switched off",
        "no-bwrap": "bubblewrap (bwrap) is not installed",
        "bwrap-fails": "bwrap does not start here: {problem}",
        "wall": "the zygote sees no other process, no network, and of the files only the system, the packages and its jobs",
        "fresh": "each build is a fresh process",
        "fresh-elsewhere": "only on Linux; a fresh process per build instead",
        "fork": "TensorFlow is imported once, each build is a fork of it",
        "fork-offered": "TensorFlow is imported once, each build is a fork",
        "limits": "kept from outside: {seconds} s a function, {memory} MB memory, {disk} MB disk",
    },
)
