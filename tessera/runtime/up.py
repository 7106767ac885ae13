"""`tessera up`: everything in the foreground, on one machine."""

import argparse
import errno
import json
import os
import secrets
import signal
import socket
import sys

from tessera.lib.environment import SettingInvalid
from tessera.lib.rundir import make_run_dir, remove_run_dir
from tessera.runtime.config import Config, read_config
from tessera.runtime.console import Console
from tessera.runtime.errors import CannotRun
from tessera.runtime.folder import DataFolder
from tessera.runtime.postgres import Postgres
from tessera.runtime.services import Services
from tessera.runtime.spawn import die_with_parent
from tessera.runtime.supervisor import KeepsDying, Stopped, Supervisor
from tessera.runtime.valkey import Valkey

_SERVERS_SECONDS = 120.0  # PostgreSQL may have a long log to replay
_SERVICES_SECONDS = 60.0
# Who takes requests first, then who works on them, then what both stand on.
_STOP_ORDER = (("web",), ("worker", "beat"), ("valkey",), ("postgres",))


def main(arguments: list[str]) -> int:
    """
    Run until a signal. The exit code: 0 after a signal, 1 when something kept failing, 2 when it
    could not begin, with one line that says why.
    """
    argparse.ArgumentParser(
        prog="tessera up",
        description="Run database, broker, web, worker and beat in the foreground. Its settings"
        " come from the environment and .env; Ctrl-C stops everything it started.",
    ).parse_args(arguments)
    if "MAKELEVEL" in os.environ:  # a `make up` that is killed takes us along
        die_with_parent(os.getppid(), signal.SIGTERM)
    os.umask(0o077)
    try:
        return _run(read_config())
    except (CannotRun, SettingInvalid) as error:
        sys.stderr.write(f"tessera: {error}\n")
        return 2


def _run(config: Config) -> int:
    folder = DataFolder(config.data)
    port = _claim_port(config)
    console = Console(json_lines=config.json_logs)
    supervisor = Supervisor(folder, console)
    try:
        _Start(config, supervisor, console).begin()
        supervisor.run()
    except Stopped as why:
        console.say(f"tessera: stopping ({why})")
        return 0
    except KeepsDying as end:
        lines = "\n".join((f"tessera: {end}", *(f"  {line}" for line in end.tail)))
        sys.stderr.write(lines + "\n")
        return 1
    finally:
        supervisor.stop(*_STOP_ORDER)
        port.close()
        remove_run_dir(config.data)
    return 0


class _Start:
    """One start, from nothing to ready."""

    def __init__(self, config: Config, supervisor: Supervisor, console: Console) -> None:
        self._config = config
        self._supervisor = supervisor
        self._console = console
        self._services = Services(config, secrets.token_hex(8))
        self._told: dict[str, str] = {}

    def begin(self) -> None:
        """Raises Stopped, KeepsDying or CannotRun; returns when everything is ready."""
        self._servers()
        self._prepare()
        services = self._services
        self._supervisor.start(services.web(), services.worker(), services.beat())
        self._supervisor.wait_ready(_SERVICES_SECONDS)
        self._greet()

    def _servers(self) -> None:
        config = self._config
        if config.database_url and config.redis_url:
            return
        try:
            sockets = make_run_dir(config.data)
        except OSError as error:
            raise CannotRun(f"The folder for sockets can't be used: {error}") from None
        if not config.database_url:
            postgres = Postgres(config.data / "postgres", sockets)
            if not (postgres.cluster / "PG_VERSION").exists():
                self._console.say("tessera: first start, setting up the database")
            self._supervisor.start(postgres.spec(postgres.prepare()))
        if not config.redis_url:
            valkey = Valkey(config.data / "valkey", sockets)
            valkey.prepare()
            self._supervisor.start(valkey.spec())
        self._supervisor.wait_ready(_SERVERS_SECONDS)

    def _prepare(self) -> None:
        code = self._supervisor.run_once(self._services.prepare(), self._on_line)
        if error := self._told.get("error"):
            raise CannotRun(error)
        if code != 0:
            raise CannotRun(f"The data could not be prepared (exit code {code}), see above.")

    def _on_line(self, name: str, line: str) -> None:
        """What the preparing child tells; anything else that it prints is passed on."""
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            self._console.pass_on(name, line)
        elif "say" in told:
            self._console.say(f"tessera: {told['say']}")
        else:
            self._told |= told
            if told.get("password"):  # now, for a start that fails later must not lose it
                self._console.say(f"tessera: made the administrator, {_credentials(told)}")

    def _greet(self) -> None:
        self._console.say(f"Tessera is ready at {self._config.base_url}/")
        self._console.say(f"  {_credentials(self._told)}")
        self._console.say(f"  data in {self._config.data}, Ctrl-C stops everything")


def _credentials(told: dict[str, str]) -> str:
    name = told.get("administrator", "none")
    password = told.get("password")
    if password:
        return f"administrator: {name}  password: {password}"
    kept = "as in TESSERA_ADMIN_PASSWORD" if password == "" else "as chosen before"
    return f"administrator: {name}  password: {kept} (`tessera changepassword {name}` sets another)"


def _claim_port(config: Config) -> socket.socket:
    """
    Hold the port for as long as we run. The web server shares ports with whoever has it open,
    so an orphan or another `tessera up` would silently take part of the requests.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        for shared in (False, True):
            claim = socket.socket(family, kind, protocol)
            claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared:
                claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            claim.bind(address)
            if shared:
                break
            claim.close()
    except OSError as error:
        why = error.strerror
        if error.errno == errno.EADDRINUSE:
            why = "it is in use; set TESSERA_PORT to another"
        raise CannotRun(f"Can't listen on {config.address}: {why}.") from None
    return claim
