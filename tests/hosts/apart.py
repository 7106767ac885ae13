"""The hosts by name, and a place for tests whose parts run on them."""

from dataclasses import replace
from pathlib import Path

from tessera.runtime.postgres import Postgres
from tessera.runtime.spec import Spec
from tessera.runtime.valkey import Valkey
from tests.hosts.network import NETWORK, Host, On
from tests.places import Here

DB, BROKER = Host("db", 2), Host("broker", 3)
WEBS = (Host("web1", 4), Host("web2", 5))
WORKERS = (Host("work1", 6), Host("work2", 7))
# A second database, for the journeys that stop theirs.
OWN_DB = Host("db2", 8)
HOSTS = (DB, BROKER, *WEBS, *WORKERS, OWN_DB)


def on(host: Host, spec: Spec) -> Spec:
    """As it runs on that host."""
    return replace(spec, identity=On(host=host.name, user=spec.identity))


def postgres_on(host: Host, server: Postgres, *more: str) -> Spec:
    """Listening to the other hosts, with `more` options."""
    identity = server.prepare()
    rule = f"host all all {NETWORK}.0/24 trust\n"
    path = server.cluster / "pg_hba.conf"
    if rule not in path.read_text():
        with path.open("a") as rules:
            rules.write(rule)
    spec = server.spec(identity)
    options = (f"listen_addresses={host.address}", *more)
    argv = (*spec.argv, *(part for option in options for part in ("-c", option)))
    return on(host, replace(spec, argv=argv))


def valkey_on(host: Host, server: Valkey, port: int) -> Spec:
    """Listening to the other hosts."""
    server.prepare()
    spec = server.spec()
    more = ("--port", str(port), "--bind", host.address, "--protected-mode", "no")
    return on(host, replace(spec, argv=(*spec.argv, *more)))


class Apart(Here):
    """One host for the database, one for the broker, two for web and two for workers."""

    apart = True
    webs = tuple(host.address for host in WEBS)
    workers = tuple(host.address for host in WORKERS)

    def __init__(self) -> None:
        self._ports: dict[Path, int] = {}

    def put(self, spec: Spec, address: str) -> Spec:
        (host,) = (host for host in HOSTS if host.address == address)
        # Whoever knows the host may ask it; the name that people use is a load balancer's.
        own = {"TESSERA_HOST": address, "TESSERA_ALLOWED_HOSTS": "*"}
        return on(host, replace(spec, env={**(spec.env or {}), **own}))

    def postgres(self, server: Postgres) -> Spec:
        return postgres_on(self._host(server), server)

    def postgres_host(self, server: Postgres) -> str:
        return self._host(server).address

    def valkey(self, server: Valkey) -> Spec:
        return valkey_on(BROKER, server, self._port(server))

    def redis_url(self, server: Valkey, number: int = 0) -> str:
        return f"redis://{BROKER.address}:{self._port(server)}/{number}"

    def broker_url(self, server: Valkey) -> str:
        return self.redis_url(server)

    def database_url(self, server: Postgres, *, user: str, name: str) -> str:
        return f"postgres://{user}@{self._host(server).address}:5432/{name}"

    def _host(self, server: Postgres) -> Host:
        """The run's own one, which nobody stops, need not be durable."""
        return OWN_DB if server.durable else DB

    def _port(self, server: Valkey) -> int:
        """A journey's broker is another than the run's, on the same host."""
        return self._ports.setdefault(server.address, 6379 + len(self._ports))
