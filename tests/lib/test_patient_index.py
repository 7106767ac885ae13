"""An index that a migration makes beside the traffic, and makes again where it was broken off."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.state import ModelState, ProjectState

from tessera.lib.patient import AddIndexPatiently
from tessera.runtime.models import Lease
from tests.runtime.system import wait_until

NAME = "patient_index_of_test"


def there() -> list[tuple[str, bool]]:
    query = (
        "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid"
        " WHERE relname = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [NAME])
        return list(cursor.fetchall())


@contextmanager
def somebody_writes() -> Iterator[None]:
    """Until he has been waited for longer than a statement of a migration may wait."""
    waiting = "SELECT count(*) FROM pg_locks WHERE clock_timestamp() - waitstart > '30ms'"
    writing = threading.Event()

    def waited_for(cursor: CursorWrapper) -> bool:
        cursor.execute(waiting)
        (number,) = cursor.fetchone()
        return bool(number)

    def write() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE runtime_lease IN ROW EXCLUSIVE MODE")
                writing.set()
                wait_until(lambda: waited_for(cursor))
        finally:
            writing.set()
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    writing.wait(30)
    yield
    writer.join(30)


@pytest.mark.django_db(transaction=True)
def test_index_that_was_broken_off_is_made_again() -> None:
    before = ProjectState()
    before.add_model(ModelState.from_model(Lease))
    operation = AddIndexPatiently("Lease", models.Index(fields=["until"], name=NAME))
    after = before.clone()
    operation.state_forwards("runtime", after)
    with connection.cursor() as cursor:  # as an attempt leaves it that ended half way
        cursor.execute(f"CREATE INDEX {NAME} ON runtime_lease (holder)")
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [NAME]
        )
        cursor.execute("SET lock_timeout = '1s'")

    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("runtime", editor, before, after)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("1s",)
        cursor.execute("SET lock_timeout = '10ms'")
    assert there() == [(NAME, True)]
    with somebody_writes(), connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("runtime", editor, after, before)
    assert there() == []
