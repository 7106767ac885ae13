"""
The berth of a process on its host, by which it learns who was there before.

Each process has a name for its life, which it notes beside what it has in hand. Its lock on the berth ends with it,
however it ends: so whoever takes the berth next knows that the one before is gone, and by which name it went.
"""

import fcntl
import itertools
import uuid
from pathlib import Path
from typing import IO

_mine: tuple[IO[str], uuid.UUID] | None = None


def take(folder: Path) -> uuid.UUID | None:
    """Take the first berth in the folder that is free, for as long as this process lives; the name of the one that was
    there before.

    Raises OSError where the folder can't be used. It must be one of this host alone.
    """
    global _mine  # noqa: PLW0603  # a process has one
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in itertools.count(1):
        file = (folder / str(number)).open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        before, given = _read(file), uuid.uuid4()
        file.truncate(0)
        file.write(str(given))
        file.flush()
        _mine = file, given
        return before
    raise AssertionError  # there is always a next number


def name() -> uuid.UUID | None:
    """That of this process; None for one that has no berth."""
    return _mine[1] if _mine else None


def leave() -> None:
    """Give it up."""
    global _mine  # noqa: PLW0603
    if _mine:
        _mine[0].close()
        _mine = None


def _read(file: IO[str]) -> uuid.UUID | None:
    file.seek(0)
    try:
        return uuid.UUID(file.read())
    except ValueError:  # nobody yet, or one whose writing was broken off
        return None
