from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.journeys.servers import MailServer, Receiver
from tests.ports import HOST


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """A mail server that EMAIL_URL names."""
    server = MailServer()
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = server.url, HOST, server.port
    server.start()
    yield server
    server.stop()


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver of webhooks that may be called."""
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    server = Receiver()
    server.start()
    yield server
    server.stop()
