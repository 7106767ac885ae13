"""This host: Python, the data folder, the port."""

import http.client
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from tessera.doctor.finding import Finding, look, trouble, well
from tessera.health import INSTANCE_HEADER
from tessera.runtime.config import Config, read_config

_OLDEST = (3, 11)
_LITTLE, _TOO_LITTLE = 2 * 2**30, 256 * 2**20
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared with, not bound to


def python() -> Iterator[Finding]:
    """The version."""
    name, version = _("Python"), ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST:
        yield trouble(name, version, _("Install Python 3.11 or newer, and run `make clean` once."))
    else:
        yield well(name, version)


def folder() -> Iterator[Finding]:
    """Whose the data folder is, whether it can be written, and how much room there is."""
    name, path = _("Data folder"), Path(settings.TESSERA_DATA)
    if not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
        told = _("%s is missing or can't be written.") % path
        yield trouble(name, told, _("Give it to the user who runs Tessera, or set TESSERA_DATA."))
        return
    owner = path.stat().st_uid
    if owner != os.geteuid():
        told = _("%(path)s belongs to user %(owner)d, this is user %(own)d.")
        told %= {"path": path, "owner": owner, "own": os.geteuid()}
        yield look(name, told, _("Run Tessera and its commands as the folder's owner."))
    else:
        yield well(name, str(path))
    yield _room(path)


def _room(path: Path) -> Finding:
    name, free = _("Free space"), shutil.disk_usage(path).free
    told = _("%d MB") % (free // 2**20)
    todo = _("Make room: without any, neither database nor broker can write.")
    if free < _TOO_LITTLE or os.statvfs(path).f_favail == 0:
        return trouble(name, told, todo)
    return look(name, told, todo) if free < _LITTLE else well(name, told)


def files() -> Iterator[Finding]:
    """Whether what people attach can be written, where it is no bucket's."""
    if not settings.MEDIA_ROOT:
        return
    name, path = _("Files"), Path(settings.MEDIA_ROOT)
    there = next(
        each for each in (path, *path.parents) if each.exists()
    )  # the first file makes the rest
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        yield well(name, str(path))
        return
    todo = _("Give it to the user who runs Tessera, or set TESSERA_STORAGE_URL.")
    yield trouble(name, _("%s can't be written.") % path, todo)


def secrets() -> Iterator[Finding]:
    """Who can read what signs sessions. How strong it is Django's own check says."""
    name = _("Secret key")
    if os.environ.get("TESSERA_SECRET_KEY"):
        yield well(name, _("from TESSERA_SECRET_KEY"))
        return
    path = Path(settings.TESSERA_DATA) / "secret_key"
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        told = _("%(path)s can be read by others (mode %(mode)o).") % {"path": path, "mode": mode}
        yield trouble(name, told, f"chmod 600 {path}")
    else:
        yield well(name, str(path))


def port() -> Iterator[Finding]:
    """Who answers where the web server should be."""
    config = read_config()
    name = _("Port %d") % config.port
    try:
        status, ours = _ask(config)
    except ConnectionRefusedError:
        told = _("Nobody listens.")
        yield look(name, told, _("If web processes belong on this host: `make up` starts them."))
    except (OSError, http.client.HTTPException) as error:
        todo = _("See who listens there; set TESSERA_PORT to another.")
        yield trouble(name, _("No answer: %s.") % error, todo)
    else:
        if ours:
            yield well(name, _("Tessera answers."))
        elif status == http.client.BAD_REQUEST:
            todo = _("Put a name of this host into TESSERA_ALLOWED_HOSTS.")
            yield look(name, _("The request was refused."), todo)
        else:
            todo = _("Set TESSERA_PORT to another port.")
            yield trouble(name, _("Something else answers."), todo)


def _ask(config: Config) -> tuple[int, bool]:
    """The status, and whether it is Tessera that gives it."""
    host = _WILDCARDS.get(config.host, config.host)
    line = http.client.HTTPConnection(host, config.port, timeout=5)
    names = [each.lstrip(".") for each in config.allowed_hosts if each != "*"]
    try:
        line.request("GET", "/api/health", headers={"Host": names[0] if names else "localhost"})
        answer = line.getresponse()
        body = answer.read(200)
        ours = bool(answer.headers.get(INSTANCE_HEADER)) or body == b'{"status": "ok"}'
        return answer.status, ours
    finally:
        line.close()
