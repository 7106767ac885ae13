"""What `tessera up` itself reads from the environment. Its children read tessera.settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import environ

from tessera.runtime.errors import CannotRun

BASE_DIR = Path(__file__).resolve().parent.parent.parent
_DATABASE_SCHEMES = ("postgres", "postgresql", "psql", "pgsql")
_REDIS_SCHEMES = ("redis", "rediss", "unix")


@dataclass(frozen=True)
class Config:
    """The part of the settings that decides which children run, and how."""

    data: Path
    host: str
    port: int
    base_url: str
    allowed_hosts: tuple[str, ...]
    database_url: str
    redis_url: str
    web_workers: int
    worker_concurrency: int
    json_logs: bool

    @property
    def address(self) -> str:
        """Host and port as a URL has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_config() -> Config:
    """Read the environment and `.env`. Raises CannotRun for a value that can't be used."""
    environ.Env.read_env(BASE_DIR / ".env")
    values = os.environ
    host = values.get("TESSERA_HOST") or "127.0.0.1"
    port = _number(values, "TESSERA_PORT", default=8000, lowest=1, highest=65535)
    data = Path(values.get("TESSERA_DATA") or "var")
    config = Config(
        data=data if data.is_absolute() else BASE_DIR / data,
        host=host,
        port=port,
        base_url=(values.get("TESSERA_BASE_URL") or f"http://{host}:{port}").rstrip("/"),
        allowed_hosts=tuple(filter(None, values.get("TESSERA_ALLOWED_HOSTS", "").split(","))),
        database_url=values.get("DATABASE_URL", ""),
        redis_url=values.get("REDIS_URL", ""),
        web_workers=_number(values, "TESSERA_WEB_WORKERS", default=_cores(), lowest=1, highest=256),
        worker_concurrency=_number(
            values, "TESSERA_WORKER_CONCURRENCY", default=16, lowest=1, highest=256
        ),
        json_logs=_log_format(values) == "json",
    )
    _check_url("DATABASE_URL", config.database_url, _DATABASE_SCHEMES)
    _check_url("REDIS_URL", config.redis_url, _REDIS_SCHEMES)
    return config


def _cores() -> int:
    """The cores that this process may use, from 1 to 8."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(max(usable or 1, 1), 8)


def _number(
    values: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int
) -> int:
    text = values.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
        raise CannotRun(f"{name} must be a whole number from {lowest} to {highest}, not “{text}”.")
    return int(text)


def _log_format(values: Mapping[str, str]) -> str:
    text = values.get("TESSERA_LOG_FORMAT") or "console"
    if text not in ("console", "json"):
        raise CannotRun(f"TESSERA_LOG_FORMAT must be console or json, not “{text}”.")
    return text


def _check_url(name: str, url: str, schemes: tuple[str, ...]) -> None:
    """Never shows the URL: it may hold a password."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        known = parts.scheme in schemes
        complete = bool(parts.port is None or parts.port) and bool(parts.path or parts.netloc)
    except ValueError:
        known = complete = False
    if not known or not complete:
        example = "postgres://user:password@host:5432/name"
        if name == "REDIS_URL":
            example = "redis://host:6379/0"
        raise CannotRun(f"{name} can't be read; it should look like {example}")
    if name == "DATABASE_URL" and not parts.path.strip("/"):
        raise CannotRun(f"{name} names no database; it should end in /name")
