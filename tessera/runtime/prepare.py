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
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from tessera.lib import environment
from tessera.lib.environment import SettingInvalid
from tessera.runtime import unchanged
from tessera.runtime.config import BASE_DIR, read_config

if TYPE_CHECKING:
    from tessera.accounts.models import User

_CODE = ("tessera", "lifecycles", "customfields", "tickets", "scrips")


def main() -> int:
    """Do what is missing. Exit code 2 after an `error` that the user can mend."""
    config = read_config()
    if (name := unchanged.administrator(config)) is not None:
        _tell(administrator=name)
        return 0
    depends = unchanged.depends()
    code = _prepare()
    if code == 0 and (first := _first_administrator()) is not None:
        unchanged.note(config, depends=depends, administrator=first.pk)
    return code


def _prepare() -> int:
    _bytecode()
    try:
        import django

        django.setup()
    except SettingInvalid as error:
        _tell(error=str(error))
        return 2
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    try:
        _database()
        _migrations()
        _rows()
        _fonts()
        _translations()
        static_files()
    except (OperationalError, psycopg.OperationalError, ImproperlyConfigured) as error:
        reason = str(error).strip().splitlines()[0]
        _tell(error=f"The database of DATABASE_URL can't be used: {reason}")
        return 2
    return 0


def _bytecode() -> None:
    """Compile what changed, also where Python is told to leave no bytecode behind: else each of five processes would
    compile all of the code at every start."""
    import compileall

    for room in _CODE:
        compileall.compile_dir(BASE_DIR / room, quiet=2)


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


def _rows() -> None:
    """Several hosts may start on one database: one of them makes what the first start brings."""
    from tessera.runtime.alone import PREPARE, alone

    with alone(
        PREPARE, waiting=lambda: _tell(say="Another host prepares the data; waiting for it.")
    ):
        _administrator()
        _demo()
        unchanged.begin_anew(read_config())


def _demo_wanted() -> Path:
    """
    Lies in TESSERA_DATA from the first administrator until the demo data are complete, so that an
    interrupted first run is continued, and a system in use is never filled.
    """
    from django.conf import settings

    return Path(settings.TESSERA_DATA) / "demo-wanted"


def _first_administrator() -> "User | None":
    from tessera.accounts.rights import SUPER_USER
    from tickets import config, holding

    return holding.holders(config.current(), SUPER_USER).order_by("pk").first()


def _administrator() -> None:
    from tessera.accounts.models import User
    from tickets.stock import make_administrator

    people = User.objects.filter(kind=User.Kind.PERSON)
    if (first := _first_administrator()) is not None:
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
    from tessera import setup_assets

    try:
        if setup_assets.make():
            _tell(say="Made the fonts of the pages.")
    except OSError as error:
        _tell(say=f"The pages do without their fonts, which can't be made: {error}")


def _translations() -> None:
    from tessera import setup_messages

    try:
        if setup_messages.make():
            _tell(say="Compiled the translations.")
    except OSError as error:
        _tell(say=f"The pages stay in English, since the translations can't be compiled: {error}")


def static_files() -> None:
    """Collect them when one was added, removed or changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    from tessera.lib import staticfiles

    # How they are collected belongs to it: a newer version may name or compress them otherwise.
    found = hashlib.sha256(Path(staticfiles.__file__).read_bytes())
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


if __name__ == "__main__":
    sys.exit(main())
