"""What runs on the hosts: PostgreSQL, Valkey, `tessera web`, `tessera worker` and `tessera beat`."""

import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tessera.lib.rundir import make_run_dir
from tessera.runtime.config import BASE_DIR
from tessera.runtime.postgres import USER, Postgres
from tessera.runtime.spec import Spec
from tessera.runtime.valkey import Valkey
from tests.hosts.apart import BROKER, DB, WEBS, WORKERS, on, postgres_on, valkey_on
from tests.hosts.network import CLIENT, NETWORK, Host
from tests.journeys.stack import Child

_POOLER = """
[databases]
* = host={socket} user={user}
[pgbouncer]
listen_addr = {address}
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
unix_socket_dir =
tcp_user_timeout = 25000
tcp_keepidle = 10
tcp_keepintvl = 5
tcp_keepcnt = 3
"""


@dataclass
class Parts:
    """Everything in `folder`; `more` settings for all parts of ours."""

    folder: Path
    pooled: bool
    more: dict[str, str]
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def __post_init__(self) -> None:
        self.database = self._child(DB, self._postgres())
        self.broker = self._child(BROKER, self._valkey())
        self.webs = [self._tessera(host, "web") for host in WEBS]
        self.workers = [self._tessera(host, "worker") for host in WORKERS]
        self.beats = [self._tessera(host, "beat") for host in WORKERS]
        self.pooler = self._child(DB, self._pgbouncer()) if self.pooled else None

    def settings(self, host: Host) -> dict[str, str]:
        """As the page on growing gives them to each host."""
        port = 6432 if self.pooled else 5432
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"postgres://{USER}@{DB.address}:{port}/postgres",
            "TESSERA_DATABASE_POOLED": "1" if self.pooled else "0",
            "REDIS_URL": f"redis://{BROKER.address}:6379/0",
            "TESSERA_SECRET_KEY": self.secret,
            "TESSERA_STORAGE_URL": f"file://{self.folder / 'files'}",
            "TESSERA_DATA": str(self.folder / host.name),
            "TESSERA_HOST": host.address,
            "TESSERA_BASE_URL": f"http://{CLIENT}",
            "TESSERA_ALLOWED_HOSTS": "*",
            "TESSERA_WEB_WORKERS": "1",
            "TESSERA_WEBHOOK_ALLOW": f"{NETWORK}.0/24",
            **self.more,
        }

    def command(self, *arguments: str) -> str:
        """What a command of `tessera` prints on the first web host; straight to the database, as migrations go."""
        straight = {
            "DATABASE_URL": f"postgres://{USER}@{DB.address}:5432/postgres",
            "TESSERA_DATABASE_POOLED": "0",
        }
        return subprocess.run(
            [sys.executable, "-m", "tessera.cli", *arguments],
            cwd=BASE_DIR,
            env=self.settings(WEBS[0]) | straight,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    def _child(self, host: Host, spec: Spec) -> Child:
        return Child(spec, self.folder / f"{host.name}-{spec.name}.log")

    def _tessera(self, host: Host, part: str) -> Child:
        argv = (sys.executable, "-m", "tessera.cli", part)
        env = self.settings(host)
        if part == "beat":  # its notes and the worker's lie apart
            env |= {"TESSERA_DATA": f"{env['TESSERA_DATA']}-beat", "TESSERA_INSTANCE": host.name}
        spec = Spec(part, argv, BASE_DIR, lambda: True, env=env, stop_seconds=30)
        return self._child(host, on(host, spec))

    def _postgres(self) -> Spec:
        server = Postgres(self.folder / "postgres", make_run_dir(self.folder))
        return postgres_on(DB, server, "unix_socket_permissions=0777")

    def _valkey(self) -> Spec:
        server = Valkey(self.folder / "valkey", make_run_dir(self.folder))
        return valkey_on(BROKER, server, 6379)

    def _pgbouncer(self) -> Spec:
        path = self.folder / "pgbouncer.ini"
        sockets = make_run_dir(self.folder)
        path.write_text(_POOLER.format(socket=sockets, user=USER, address=DB.address))
        for each in (self.folder, sockets):
            each.chmod(0o755)
        argv = ("pgbouncer", "-u", "nobody", str(path))
        return on(DB, Spec("pgbouncer", argv, self.folder, lambda: True))
