"""How long we wait for a database or cache that does not answer: a host that was cut off closes no connection."""

from collections.abc import Mapping
from typing import Any

# A peer that is silent for about 25 seconds is given up; without these it takes a quarter of an hour, or two hours.
_CLIENT = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
# For the session: whoever waits longer for a ticket's lock is told that it is busy, instead of holding a worker up;
# and what a host that was cut off held locked is free when the server gives its connection up.
_SERVER = {
    "lock_timeout": "5s",
    # Of what `database.prepared` asks: it says that one plan serves all values.
    "plan_cache_mode": "force_generic_plan",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
CACHE = {"socket_timeout": 3}


def options(given: Mapping[str, Any], *, pooled: bool) -> dict[str, Any]:
    """Those of a connection to PostgreSQL; what DATABASE_URL gives wins. A pooler takes none for the session: there
    they are the role's (`ALTER ROLE … SET lock_timeout = '5s'`)."""
    session = {} if pooled else {"options": " ".join(f"-c {k}={v}" for k, v in _SERVER.items())}
    return {**_CLIENT, **session, **given}
