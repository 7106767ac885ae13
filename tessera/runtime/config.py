"""What `tessera up` itself reads from the environment. Its children read tessera.settings."""

import os
from dataclasses import dataclass
from pathlib import Path

import environ

from tessera.lib import environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent


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
    worker_niceness: int
    json_logs: bool

    @property
    def address(self) -> str:
        """Host and port as a URL has them."""
        return environment.authority(self.host, self.port)


def read_config() -> Config:
    """Read the environment and `.env`. Raises SettingInvalid for a value that can't be used."""
    if (BASE_DIR / ".env").exists():  # of one that is not there the reader tells whoever listens
        environ.Env.read_env(BASE_DIR / ".env")
    host = environment.text("TESSERA_HOST", "127.0.0.1")
    port = environment.number("TESSERA_PORT", default=8000, lowest=1, highest=65535)
    data = Path(environment.text("TESSERA_DATA", "var"))
    return Config(
        data=data if data.is_absolute() else BASE_DIR / data,
        host=host,
        port=port,
        base_url=environment.site(
            "TESSERA_BASE_URL", f"http://{environment.authority(host, port)}"
        ),
        allowed_hosts=tuple(environment.listed("TESSERA_ALLOWED_HOSTS")),
        database_url=environment.database_url(),
        redis_url=environment.redis_url(),
        web_workers=environment.number(
            "TESSERA_WEB_WORKERS", default=_cores(), lowest=1, highest=256
        ),
        worker_concurrency=environment.number(
            "TESSERA_WORKER_CONCURRENCY", default=16, lowest=1, highest=256
        ),
        worker_niceness=environment.number(
            "TESSERA_WORKER_NICENESS", default=10, lowest=0, highest=19
        ),
        json_logs=environment.choice(
            "TESSERA_LOG_FORMAT", default="console", among=environment.LOG_FORMATS
        )
        == "json",
    )


def _cores() -> int:
    """The cores that this process may use, from 1 to 8."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(max(usable or 1, 1), 8)
