"""Errors of SQLite, told as what the user can mend."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faceaccess.core.errors import BugError, KnownError

BACKUP_REMEDY = "Nothing was changed. Move the file away and put a backup in its place."
_LOCKED = ("is in use by another program", "Close the other program, or try again in a moment.")
_READ_ONLY = (
    "cannot be written to: the file or its folder is read-only",
    "Give yourself the right to write there, or choose another data folder.",
)
_DAMAGED = ("is damaged", BACKUP_REMEDY)

_SAID = ("decode to UTF-8", "unsupported file format")

# Primary result codes, https://www.sqlite.org/rescode.html
_KNOWN: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_FULL: (
        "cannot grow: the disk is full",
        "Free some space; nothing of the last change was stored.",
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "See that the data folder is there and that you may read and write it.",
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: the disk reports an error or is full",
        "See that the disk is there, has space, and is sound.",
    ),
}


def primary_code(error: sqlite3.Error) -> int | None:
    """Return SQLite's primary result code, or None for an error of the Python module itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF


def told(error: sqlite3.Error | UnicodeDecodeError, path: Path) -> KnownError | BugError:
    """Return the error to raise in place of SQLite's."""
    # A text that is not UTF-8, in a row or in SQLite's own message on a broken schema, comes
    # from the Python module, without a code; a broken header has only the general one.
    if isinstance(error, UnicodeDecodeError) or any(said in str(error) for said in _SAID):
        what: tuple[str, str] | None = _DAMAGED
    else:
        what = _KNOWN.get(primary_code(error) or 0)
    if what is None:
        return BugError(f"{path}: {type(error).__name__}: {error}")
    return KnownError(f"The database {path} {what[0]}.", what[1])


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Raise `told(error)` for every error of SQLite in the block."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise told(error, path) from error
