"""Commands asked at a real terminal."""

import os
import pty
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def command(name: str) -> list[str]:
    """What runs `tessera NAME`."""
    return [sys.executable, str(ROOT / "manage.py"), name]


def environment() -> dict[str, str]:
    """That of a process which finds this test's database."""
    return {
        **os.environ,
        "DATABASE_URL": _database_url(),
        "DJANGO_SETTINGS_MODULE": "tessera.settings",
    }


def _database_url() -> str:
    at = connection.settings_dict
    return f"postgres://{at['USER']}@/{at['NAME']}?host={at['HOST'] or at['OPTIONS']['host']}"


def at_terminal(name: str, answers: Sequence[tuple[str, str]], *arguments: str) -> tuple[int, str]:
    """Type each answer when its question has come; gives the exit code and all that stood on the screen."""
    child, screen = pty.fork()
    if child == 0:
        # Whoever runs the tests in the background ignores it, and so would all that he starts.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execve(sys.executable, [*command(name), *arguments], environment())  # noqa: S606
    shown = b""
    for question, answer in answers:
        start = len(shown)
        while question.encode() not in shown[start:]:
            piece = _read(screen)
            assert piece, f"no {question!r} in {shown.decode()!r}"
            shown += piece
        os.write(screen, answer.encode())
    while piece := _read(screen):
        shown += piece
    _child, status = os.waitpid(child, 0)
    os.close(screen)
    return os.waitstatus_to_exitcode(status), shown.decode()


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096)
    except OSError:  # how Linux says that the other end was closed
        return b""
