"""Packs evidence and reports for the database: each picture is kept once and named by its digest, the text around them is compressed."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import zlib

from grader.contracts.base import Frozen

_PICTURE = re.compile(r'"png":"([A-Za-z0-9+/]{65,}={0,2})"')
_NAMED = re.compile(r'"png":"([0-9a-f]{64})"')


def pack(db: sqlite3.Connection, value: Frozen) -> bytes:
    """Return a value packed, its pictures put into the table of pictures; a picture that is only named stays so."""
    new: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        digest = hashlib.sha256(found[1].encode()).hexdigest()
        new[digest] = found[1]
        return f'"png":"{digest}"'

    text = _PICTURE.sub(name, value.model_dump_json())
    db.executemany("INSERT OR IGNORE INTO pictures VALUES (?, ?)", list(new.items()))
    return zlib.compress(text.encode())


def unpack(db: sqlite3.Connection, packed: bytes | str, *, pictures: bool) -> str:
    """Return the JSON of what was packed; without `pictures`, each stays its digest. Text of an older grader was never packed."""
    text = packed if isinstance(packed, str) else zlib.decompress(packed).decode()
    names = set(_NAMED.findall(text)) if pictures else ()
    if not names:
        return text
    known = {}
    for name in names:
        row = db.execute("SELECT png FROM pictures WHERE digest = ?", (name,)).fetchone()
        known[name] = str(row[0]) if row else name
    return _NAMED.sub(lambda found: f'"png":"{known[found[1]]}"', text)


def drop_unused(db: sqlite3.Connection) -> None:
    """Remove pictures that nothing names any more."""
    used: set[str] = set()
    for table, column in (("evidence", "value"), ("trainings", "value"), ("marks", "report")):
        for (packed,) in db.execute(f"SELECT {column} FROM {table}"):  # noqa: S608 - names of ours
            used.update(_NAMED.findall(unpack(db, packed, pictures=False)))
    unused = [(name,) for (name,) in db.execute("SELECT digest FROM pictures") if name not in used]
    db.executemany("DELETE FROM pictures WHERE digest = ?", unused)
