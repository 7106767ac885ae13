"""
The child that `tessera up` runs before the web: database, migrations, first administrator, static
files, demo data. It tells the supervisor of its work in JSON lines on standard output.
"""

import hashlib
import json
import os
import secrets
import sys
from pathlib import Path

import django
import psycopg
from psycopg import sql

from tessera import setup_assets
from tessera.lib import environment
from tessera.lib.environment import SettingInvalid


def main() -> int:
    """Do what is missing. Exit code 2 after an `error` that the user can mend."""
    try:
        django.setup()
    except SettingInvalid as error:
        _tell(error=str(error))
        return 2
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    try:
        _database()
        _migrations()
        _administrator()
        _fonts()
        _static_files()
        _demo()
        _forget_old_workers()
    except (OperationalError, psycopg.OperationalError, ImproperlyConfigured) as error:
        reason = str(error).strip().splitlines()[0]
        _tell(error=f"The database of DATABASE_URL can't be used: {reason}")
        return 2
    return 0


def _tell(**what: str) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _database() -> None:
    """The embedded server begins without the database; another server's is its keeper's to make."""
    from django.conf import settings

    if os.environ.get("DATABASE_URL"):
        return
    target = settings.DATABASES["default"]
    where = {"host": target["OPTIONS"]["host"], "user": target["USER"]}
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as connection:
        name = target["NAME"]
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _migrations() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def _demo_wanted() -> Path:
    """
    Lies in TESSERA_DATA from the first administrator until the demo data are complete, so that an
    interrupted first run is continued, and a system in use is never filled.
    """
    from django.conf import settings

    return Path(settings.TESSERA_DATA) / "demo-wanted"


def _administrator() -> None:
    from tessera.accounts.models import User
    from tessera.accounts.rights import SUPER_USER
    from tickets import access, config
    from tickets.stock import make_administrator

    people = User.objects.filter(kind=User.Kind.PERSON)
    first = access.holders(config.current(), SUPER_USER).order_by("pk").first()
    if first is not None:
        _tell(administrator=first.username)
        return
    if people.filter(username__iexact="admin").exists():
        _tell(say="There is no administrator: make one with `tessera createsuperuser`.")
        return
    _demo_wanted().touch()
    given = os.environ.get("TESSERA_ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    make_administrator(
        User.objects.create_user("admin", password, email="admin@localhost.localdomain")
    )
    _tell(administrator="admin", password="" if given else password)


def _fonts() -> None:
    """Set-up made them; whoever cleans the checkout may have removed them since."""
    try:
        if setup_assets.make():
            _tell(say="Made the fonts of the pages.")
    except OSError as error:
        _tell(say=f"The pages do without their fonts, which can't be made: {error}")


def _static_files() -> None:
    """Collect them when one was added, removed or changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda entry: str(entry[0])):
            status = Path(storage.path(path)).stat()
            found.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    note = Path(settings.STATIC_ROOT) / ".collected"
    if note.exists() and note.read_text() == found.hexdigest():
        return
    _tell(say="Collecting static files …")
    call_command(
        "collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=["redoc"]
    )
    note.write_text(found.hexdigest())


def _demo() -> None:
    from django.core.management import call_command

    from tickets.models import Ticket

    wanted = _demo_wanted()
    if not wanted.exists():
        return
    if environment.flag("TESSERA_DEMO", default=True) and not Ticket.objects.exists():
        _tell(say="Loading the demo data …")
        call_command("demo")
    wanted.unlink()


def _forget_old_workers() -> None:
    """The mark of a worker of the last run would let us seem ready too early."""
    from tessera.liveness import forget_workers

    forget_workers()


if __name__ == "__main__":
    sys.exit(main())
