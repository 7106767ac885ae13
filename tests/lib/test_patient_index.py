"""An index or a unique constraint that a migration makes beside the traffic, and again where it was broken off."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.utils import timezone

from tessera.lib.patient import AddIndexPatiently, AddUniquePatiently
from tessera.runtime.models import Lease
from tests.runtime.system import wait_until

NAME = "patient_index_of_test"


def there() -> list[tuple[str, bool]]:
    """The index of that name, and whether it is valid."""
    query = (
        "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid"
        " WHERE relname = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [NAME])
        return list(cursor.fetchall())


def states(operation: Operation) -> tuple[ProjectState, ProjectState]:
    """What a migration knows before and after it."""
    before = ProjectState()
    before.add_model(ModelState.from_model(Lease))
    after = before.clone()
    operation.state_forwards("runtime", after)
    return before, after


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
    operation = AddIndexPatiently("Lease", models.Index(fields=["until"], name=NAME))
    before, after = states(operation)
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


def constraints() -> list[str]:
    query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [NAME])
        return [definition for (definition,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "left",
    [
        f"CREATE UNIQUE INDEX {NAME} ON runtime_lease (until)",
        f"ALTER TABLE runtime_lease ADD CONSTRAINT {NAME} UNIQUE (until)",
    ],
)
def test_unique_constraint_is_made_beside_writers_and_again_where_it_was_broken_off(
    left: str,
) -> None:
    operation = AddUniquePatiently(
        "Lease", models.UniqueConstraint(fields=["until", "holder"], name=NAME)
    )
    before, after = states(operation)
    with connection.cursor() as cursor:
        cursor.execute(left)

    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("runtime", editor, before, after)

    assert (there(), constraints()) == ([(NAME, True)], ["UNIQUE (until, holder)"])
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("runtime", editor, after, before)
    assert (there(), constraints()) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_unique_constraint_that_rows_break_is_refused_until_they_are_gone() -> None:
    operation = AddUniquePatiently("Lease", models.UniqueConstraint(fields=["holder"], name=NAME))
    before, after = states(operation)
    until = timezone.now()
    Lease.objects.bulk_create(
        [Lease(name=f"patient {place}", holder="twice", until=until) for place in range(2)]
    )

    with (
        pytest.raises(IntegrityError, match="twice"),
        connection.schema_editor(atomic=False) as editor,
    ):
        operation.database_forwards("runtime", editor, before, after)
    assert constraints() == []

    Lease.objects.filter(name="patient 1").delete()
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("runtime", editor, before, after)
    assert constraints() == ["UNIQUE (holder)"]
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("runtime", editor, after, before)
