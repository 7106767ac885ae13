"""
What the last start of `tessera up` prepared, noted so that the next need not look through all of it again.

The note counts while nothing changed that preparing depends on: the code, the packages, the settings, and in the
database the migrations and the configuration. To see that takes a tenth of the time that loading Django does.
"""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis

from tessera.lib import tally
from tessera.lib.rundir import run_dir
from tessera.runtime.config import BASE_DIR, Config

_NOTE = "run/prepared"
_ROOMS = ("tessera", "lifecycles", "customfields", "tickets", "scrips", "static", "locale")
_SETTINGS = ("TESSERA_", "DATABASE_URL", "REDIS_URL", "EMAIL_URL")
# Different in each start, or judged before.
_INDIFFERENT = frozenset({"TESSERA_INSTANCE", "TESSERA_PORT", "TESSERA_HOST"})
_WORKER = ":1:tessera:worker-alive"  # as `pulse` and Django's cache name it
_STATE = """
SELECT md5(string_agg(concat_ws(' ', app, name, applied), ',' ORDER BY id))
           || (SELECT number FROM accounts_configgeneration),
       (SELECT username FROM accounts_user WHERE id = %s AND NOT disabled)
FROM django_migrations
"""


def administrator(config: Config) -> str | None:
    """The first administrator's name, if nothing is to be done but what `begin_anew` does; else None."""
    try:
        note = json.loads((config.data / _NOTE).read_text())
        if note["depends"] != depends() or not (config.data / "static/.collected").exists():
            return None
        state, username = _state(config, note["administrator"])
        if state != note["state"]:
            return None
        begin_anew(config)
    except (OSError, ValueError, KeyError, psycopg.Error, redis.RedisError):
        return None  # whoever prepares says what is wrong
    return username


def begin_anew(config: Config) -> None:
    """The mark of the last run's worker would let us seem ready too early; what was counted begins anew."""
    url = config.redis_url or f"unix://{run_dir(config.data) / 'valkey.sock'}"
    with redis.Redis.from_url(url, socket_timeout=3) as cache:
        cache.delete(_WORKER)
    tally.forget(config.data / tally.FOLDER)


def note(config: Config, *, depends: str, administrator: int) -> None:
    """Everything is prepared, from what `depends` said before it began. Without a note the next start looks again."""
    path = config.data / _NOTE
    fresh = path.with_suffix(".new")
    with contextlib.suppress(OSError, ValueError, psycopg.Error):
        state, _username = _state(config, administrator)
        noted = {"depends": depends, "state": state, "administrator": administrator}
        fresh.write_text(json.dumps(noted))
        fresh.replace(path)


def depends() -> str:
    """A digest of the files and settings that preparing depends on."""
    digest = hashlib.sha256(f"{sys.version} {sys.prefix} {BASE_DIR}".encode())
    packages = Path(psycopg.__file__).parent.parent
    digest.update(str(packages.stat().st_mtime_ns).encode())
    for name, value in sorted(os.environ.items()):
        if name.startswith(_SETTINGS) and name not in _INDIFFERENT:
            digest.update(f"{name}={value}\0".encode(errors="surrogateescape"))
    for room in _ROOMS:
        for path, size, changed in sorted(_files(BASE_DIR / room)):
            digest.update(f"{path} {size} {changed}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of each file below; without what Python compiled."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files(Path(entry.path))
            else:
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns


def _state(config: Config, person: int) -> tuple[str, str | None]:
    url = config.database_url or f"postgresql://tessera@/tessera?host={run_dir(config.data)}"
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(_STATE, [person]).fetchone()
    if row is None or None in row:
        raise ValueError("not what was prepared")
    return str(row[0]), str(row[1])
