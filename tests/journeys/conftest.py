import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pytest_django.fixtures import Settings

from tests.journeys.servers import MailServer, Receiver
from tests.journeys.stack import Stack
from tests.ports import HOST

# Ten quick tries, and a lease that outlasts a busy machine: that of a killed worker ends when the next one starts.
SCHEDULE = [0.0, *[0.3] * 9]
LEASE_S = 30.0


def patient() -> dict[str, str]:
    """Where a process waits for a lock as long as a busy machine makes it: what it does when it is refused one is no
    part of these stories."""
    options = {"options": "-c lock_timeout=90s -c plan_cache_mode=force_generic_plan"}
    url = os.environ["DATABASE_URL"]
    return {"DATABASE_URL": f"{url}{'&' if '?' in url else '?'}{urlencode(options)}"}


def environment(mail_server: MailServer, **more: str) -> dict[str, str]:
    return {
        **patient(),
        "EMAIL_URL": mail_server.url,
        "TESSERA_WEBHOOK_ALLOW": HOST,
        "TESSERA_RETRY_SCHEDULE": ",".join(map(str, SCHEDULE)),
        "TESSERA_DELIVERY_LEASE": str(LEASE_S),
        **more,
    }


@pytest.fixture(scope="module")
def _mail_server() -> MailServer:
    return MailServer()


@pytest.fixture
def mail_server(_mail_server: MailServer) -> Iterator[MailServer]:
    """The mail server that the worker knows, without memory of other tests."""
    _mail_server.forget()
    _mail_server.start()
    yield _mail_server
    _mail_server.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def _stack(_mail_server: MailServer) -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="tessera-journey-") as folder:
        stack = Stack(Path(folder), environment(_mail_server))
        stack.broker.start()
        stack.worker.start()
        yield stack
        stack.close()


@pytest.fixture
def stack(_stack: Stack, transactional_db: None, settings: Settings) -> Iterator[Stack]:
    """A worker and its broker, both running."""
    settings.TESSERA_RETRY_SCHEDULE = SCHEDULE
    settings.TESSERA_DELIVERY_LEASE = LEASE_S
    with _stack.using():
        yield _stack
        _stack.settle()
