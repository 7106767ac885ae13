"""Indexes and unique constraints that a migration makes and drops beside the traffic."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres import operations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint
from django.db.models import UniqueConstraint


class AddIndexPatiently(operations.AddIndexConcurrently):
    """Django's AddIndexConcurrently for `tessera migrate`, which lets no statement wait for a lock for over a second.

    This one must, there and back: it waits, without a lock in anybody's way, for all who write at its beginning, and
    somebody always does. What an attempt that was broken off left behind it drops first.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        with _waiting(schema_editor):
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        with _waiting(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class AddUniquePatiently(AddConstraint):
    """A unique constraint of columns: its index is made as above, and then becomes the constraint, which reads no row.

    Where rows are twice there it ends with PostgreSQL's error, which names one of them; made again it begins anew.
    """

    constraint: UniqueConstraint

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ARG002  # Django's signature
        to_state: Any,
    ) -> None:
        meta = to_state.apps.get_model(app_label, self.model_name)._meta  # noqa: SLF001  # documented
        quoted = schema_editor.quote_name
        table, name = quoted(meta.db_table), quoted(self.constraint.name)
        fields = [meta.get_field(each) for each in self.constraint.fields]
        columns = ", ".join(quoted(each.column) for each in fields)
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        with _waiting(schema_editor):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            schema_editor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns})")
        schema_editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"
        )


@contextmanager
def _waiting(schema_editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    """For as long as it takes."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (held,) = cursor.fetchone()
    schema_editor.execute("SET lock_timeout = 0")
    try:
        yield
    finally:
        schema_editor.execute(f"SET lock_timeout = '{held}'")
