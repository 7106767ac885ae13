"""The servers, the database and the clean broker that every test finds."""

import importlib
import os
import threading
from collections.abc import Iterator

import django
import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tessera import setup_messages
from tessera.lib import patience
from tests import drawing, environment

# Before anything reads the settings: conftest modules of the folders below may import models.
HERE = environment.locate()
HERE.publish()
os.environ["DJANGO_SETTINGS_MODULE"] = "tessera.settings"
setup_messages.make()
django.setup()
# Names the settings too, so before the next line; what tests publish goes to this run's broker.
importlib.import_module("tessera.celery")
# An xdist worker that inherits it has its settings read before it comes to this line.
del os.environ["DJANGO_SETTINGS_MODULE"]
# Tests need no collected files and no slow hashes; what they start by itself has the real ones.
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
settings.PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    *settings.PASSWORD_HASHERS,
]

drawing.load()
# A second way is taken where the first took 60 ms: which one, and so what it reads, is no busy machine's to say.
patience.TIMES = 10

SERVERS = pytest.StashKey[environment.Servers]()


def pytest_configure(config: pytest.Config) -> None:
    """The controller (or the only process) starts the servers; workers find them started."""
    if HERE.worker == "main" and not config.option.collectonly:
        config.stash[SERVERS] = servers = environment.Servers(HERE)
        servers.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """After the last worker ended."""
    if servers := config.stash.get(SERVERS, None):
        servers.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> None:
    """Replaces pytest-django's: a copy of the one migrated template instead of migrating anew."""
    with django_db_blocker.unblock():
        environment.make_database(HERE)


@pytest.fixture(autouse=True)
def _clean_broker() -> Iterator[None]:
    """No test sees another's cached values or messages."""
    from django.core.cache import cache

    from scrips.wakes import THREAD

    cache.clear()
    yield
    for thread in threading.enumerate():
        if thread.name == THREAD:  # else it told of this test's deliveries in the next
            thread.join()
    cache.close()


@pytest.fixture(autouse=True)
def _configuration_counts_at_once(request: pytest.FixtureRequest) -> None:
    """A test that is rolled back never commits: its changes of configuration count as they are made."""
    marker = request.node.get_closest_marker("django_db")
    transactional = "transactional_db" in request.fixturenames or (
        marker is not None and marker.kwargs.get("transaction", False)
    )
    if transactional or ("db" not in request.fixturenames and marker is None):
        return
    request.getfixturevalue("db")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")


from tests.office import office  # noqa: E402  # models can be imported only after django.setup()

__all__ = ["office"]
