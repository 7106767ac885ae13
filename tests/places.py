"""Where the parts of a test's system run: all of them here, or each on a host of its own, when `make hosts` runs it."""

import os
from collections.abc import Sequence

from tessera.runtime.postgres import Postgres
from tessera.runtime.spec import Spec
from tessera.runtime.valkey import Valkey
from tests.ports import HOST

# Set by tests/hosts, which has made the hosts then.
APART = "TESSERA_TEST_APART"


class Here:
    """This machine: its servers are reached by their sockets, and of each part of ours there is one."""

    apart = False
    webs: Sequence[str] = (HOST,)
    workers: Sequence[str] = (HOST,)

    def put(self, spec: Spec, address: str) -> Spec:
        """As it runs on the host with that address."""
        assert address == HOST
        return spec

    def postgres(self, server: Postgres) -> Spec:
        """The server, its cluster made where there is none."""
        return server.spec(server.prepare())

    def postgres_host(self, server: Postgres) -> str:
        """What a client calls its host."""
        return str(server.sockets)

    def valkey(self, server: Valkey) -> Spec:
        server.prepare()
        return server.spec()

    def redis_url(self, server: Valkey, number: int = 0) -> str:
        """That database of it, as REDIS_URL has it."""
        return f"unix://{server.address}?db={number}"

    def broker_url(self, server: Valkey) -> str:
        """As Celery has it."""
        return f"redis+socket://{server.address}"

    def database_url(self, server: Postgres, *, user: str, name: str) -> str:
        """As DATABASE_URL has it."""
        return f"postgres://{user}@/{name}?host={self.postgres_host(server)}"


def _place() -> Here:
    if os.environ.get(APART):
        from tests.hosts.apart import Apart  # only there: it needs the hosts

        return Apart()
    return Here()


PLACE = _place()
