"""What is measured in: an empty database of this process's own, and a whole Tessera beside it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port
from tests.runtime.system import System


@contextmanager
def own_database() -> Iterator[None]:
    """Servers of this process's own, and Django at an empty database of theirs."""
    from tests import environment as servers_of

    here = servers_of.locate()
    here.publish()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tessera.settings"
    servers = servers_of.Servers(here)
    servers.start()
    try:
        import django

        django.setup()
        servers_of.make_database(here)
        yield
        from django.db import connections

        connections.close_all()
    finally:
        servers.stop()


@contextmanager
def whole() -> Iterator[tuple[System, Path]]:
    """`tessera up` in a folder of its own, and the folder."""
    os.environ["TESSERA_WEBHOOK_ALLOW"] = "127.0.0.1"
    # What tests are spared, it has as everybody.
    os.environ.pop("TESSERA_WORKER_NICENESS", None)
    data = Path(tempfile.mkdtemp(prefix="tessera-bench-")) / "var"
    system = System(data, free_port())
    try:
        system.wait_ready()
        yield system, data
    finally:
        system.stop()
        shutil.rmtree(data.parent, ignore_errors=True)
