"""Where the embedded servers' sockets lie: one answer for supervisor, settings and tests."""

import contextlib
import hashlib
import os
import re
from pathlib import Path

# A unix socket's path may have 107 bytes, PostgreSQL's name takes these of them.
_LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432")
# Clients read it out of URLs and lists: with other characters each would want its own quoting.
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
# Not tempfile.gettempdir(): another shell may have another TMPDIR and must find the same folder.
_SHORT_ROOT = Path("/tmp")  # noqa: S108 -- made by make_run_dir, which checks its owner and mode


def run_dir(data: Path) -> Path:
    """
    The folder of the sockets for the absolute data folder `data`: `data/run`, or where that is too
    long for a unix socket or has a space or the like in it, a short folder below /tmp that depends
    on `data` and the user alone. The folder is not made here.
    """
    folder = data / "run"
    if len(os.fsencode(folder)) <= _LONGEST_FOLDER and _PLAIN.fullmatch(str(folder)):
        return folder
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return _SHORT_ROOT / f"tessera-{os.geteuid()}-{digest}"


def make_run_dir(data: Path) -> Path:
    """
    The folder of `run_dir`, made where it was missing, for its owner alone.

    Raises PermissionError if it belongs to another user, who could listen in our name.
    """
    folder = run_dir(data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user")
    folder.chmod(0o700)
    return folder


def remove_run_dir(data: Path) -> None:
    """Remove the folder again where it lies outside of `data` and no socket is left in it."""
    folder = run_dir(data)
    if not folder.is_relative_to(data):
        with contextlib.suppress(OSError):
            folder.rmdir()
