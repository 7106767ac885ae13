"""Settings as the environment holds them, with one sentence for whoever wrote one wrong.

A variable that is set to nothing counts as not set. The sentences never show a URL: it may hold a password.
"""

import ipaddress
import math
import os
import re
from collections.abc import Iterable, Sequence
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

LOG_FORMATS = ("console", "json")

_DATABASE_SCHEMES = ("postgres", "postgresql", "psql", "pgsql")
_DATABASE_EXAMPLE = "postgres://user:password@host:5432/name"
_REDIS_SCHEMES = ("redis", "rediss", "unix")
_FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_YEAR = 365 * 24 * 3600
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")


class SettingInvalid(ImproperlyConfigured):
    """A variable of the environment that can't be used. The message is a sentence that names it."""


def text(name: str, default: str = "") -> str:
    """The variable without white space at its ends."""
    return os.environ.get(name, "").strip() or default


def listed(name: str, default: Sequence[str] = ()) -> list[str]:
    """What stands between the commas."""
    given = [part.strip() for part in text(name).split(",")]
    return [part for part in given if part] or list(default)


def number(name: str, *, default: int, lowest: int, highest: int) -> int:
    """A whole number between both bounds."""
    given = text(name)
    if not given:
        return default
    digits = given.isascii() and given.isdigit() and len(given) < 20
    if not digits or not lowest <= int(given) <= highest:
        raise SettingInvalid(
            f"{name} must be a whole number from {lowest} to {highest}, not “{given}”."
        )
    return int(given)


def seconds(name: str, *, default: float, lowest: float) -> float:
    """A time in seconds."""
    given = text(name)
    return _seconds(name, given, lowest) if given else default


def schedule(name: str, *, default: Sequence[float]) -> list[float]:
    """Times in seconds, joined by commas."""
    return [_seconds(name, part, 0) for part in listed(name)] or list(default)


def caps(name: str) -> list[tuple[int, float]]:
    """How many within how many seconds, `1000/3600`, joined by commas."""
    return read_caps(name, listed(name))


def read_caps(name: str, parts: Iterable[str]) -> list[tuple[int, float]]:
    """The same of texts from elsewhere. Raises `SettingInvalid`, which begins with the name."""
    found = []
    for part in parts:
        count, slash, span = part.partition("/")
        if not (
            slash and count.strip().isascii() and count.strip().isdigit() and int(count) < 2**31
        ):
            raise SettingInvalid(f"{name} must be caps such as 1000/3600, not “{part}”.")
        found.append((int(count), _seconds(name, span, 1)))
    return found


def _seconds(name: str, given: str, lowest: float) -> float:
    try:
        found = float(given)
    except ValueError:
        found = math.nan
    if not lowest <= found <= _YEAR:  # false for what is no number
        raise SettingInvalid(f"{name} must be seconds, from {lowest:g} to {_YEAR}, not “{given}”.")
    return found


def flag(name: str, *, default: bool) -> bool:
    """Yes or no."""
    given = text(name).lower()
    if given and given not in _FLAGS:
        raise SettingInvalid(f"{name} must be 0 or 1, not “{given}”.")
    return _FLAGS.get(given, default)


def choice(name: str, *, default: str, among: Sequence[str]) -> str:
    """One of a few words."""
    given = text(name, default)
    if given not in among:
        known = f"{', '.join(among[:-1])} or {among[-1]}"
        raise SettingInvalid(f"{name} must be {known}, not “{given}”.")
    return given


def address(name: str, default: str) -> str:
    """A mail address, with a name or without."""
    return read_address(name, text(name, default))


def read_address(name: str, given: str) -> str:
    """The same of a text from elsewhere. Raises `SettingInvalid`, which begins with the name."""
    _name, found = parseaddr(given)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", found) or not given.isprintable():
        raise SettingInvalid(f"{name} must be a mail address, not “{given}”.")
    return given


def url(name: str, *, schemes: Iterable[str], example: str, bare: Iterable[str] = ()) -> str:
    """A URL of one of these schemes, or nothing. Those that are `bare` need name no place."""
    given = text(name)
    if not given:
        return ""
    try:
        parts = urlsplit(given)
        placed = bool(parts.netloc or parts.path) or parts.scheme in bare
        sound = parts.scheme in schemes and placed and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise SettingInvalid(f"{name} can't be read; it should look like {example}")
    return given


def folder(name: str, default: Path) -> Path:
    """A folder, as a URL with the scheme `file` and an absolute path; or the default."""
    given = url(name, schemes=("file",), example="file:///srv/tessera/files")
    if not given:
        return default
    parts = urlsplit(given)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise SettingInvalid(f"{name} can't be read; it should look like file:///srv/tessera/files")
    return Path(unquote(parts.path))


def site(name: str, default: str) -> str:
    """The address of the site: scheme, host and perhaps a path, without a slash at its end."""
    given = text(name, default).rstrip("/")
    try:
        parts = urlsplit(given)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingInvalid(f"{name} must look like https://tickets.example.com, not “{given}”.")
    return given


def hosts(name: str) -> list[str]:
    """Names of hosts, addresses and networks."""
    found = listed(name)
    for entry in found:
        is_name = _HOST.fullmatch(entry) and not re.fullmatch(r"[0-9.]+", entry)
        if not is_name and not _is_network(entry):
            raise SettingInvalid(
                f"{name} must list hosts, addresses and networks such as 10.1.0.0/16,"
                f" not “{entry}”."
            )
    return found


def networks(name: str) -> list[str]:
    """Addresses and networks, joined by commas."""
    found = listed(name)
    for entry in found:
        if not _is_network(entry):
            raise SettingInvalid(
                f"{name} must be addresses or networks such as 10.1.0.0/16, not “{entry}”."
            )
    return found


def _is_network(entry: str) -> bool:
    try:
        ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return False
    return True


def authority(host: str, port: int) -> str:
    """Host and port as a URL has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def database_url() -> str:
    """DATABASE_URL, or nothing."""
    found = url("DATABASE_URL", schemes=_DATABASE_SCHEMES, example=_DATABASE_EXAMPLE)
    if found and not urlsplit(found).path.strip("/"):
        raise SettingInvalid("DATABASE_URL names no database; it should end in /name")
    return found


def redis_url() -> str:
    """REDIS_URL, or nothing. Its database stands where the cache and Celery both look for it."""
    found = url("REDIS_URL", schemes=_REDIS_SCHEMES, example="redis://host:6379/0")
    parts = urlsplit(found)
    if parts.scheme != "unix" and "db" in parse_qs(parts.query):
        raise SettingInvalid(
            "REDIS_URL names its database after the slash: redis://host:6379/1, not ?db=1"
        )
    return found
