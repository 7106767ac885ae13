"""The connection to PostgreSQL: what it prepares, and how it is seen that it broke."""

from collections.abc import Iterator
from typing import cast

import pytest
from django.db import DataError, NotSupportedError, connection

from tessera.lib.database.base import DatabaseWrapper

ASKED = "SELECT %s::int + 1"


@pytest.fixture
def line(db: None) -> Iterator[DatabaseWrapper]:
    """A connection of its own, in no transaction."""
    made = cast("DatabaseWrapper", connection.copy())
    yield made
    made.close()


def ask(line: DatabaseWrapper, statement: str = ASKED, value: int = 1) -> object:
    with line.prepared() as cursor:
        cursor.execute(statement, [value])
        return cursor.fetchone()[0]


def kept(line: DatabaseWrapper) -> list[str]:
    """What the server has prepared."""
    with line.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_what_is_asked_again_and_again_is_prepared_once_and_nothing_else(
    line: DatabaseWrapper,
) -> None:
    assert [ask(line, value=number) for number in range(5)] == [1, 2, 3, 4, 5]
    with line.cursor() as cursor:
        for _turn in range(5):
            cursor.execute("SELECT %s", ["its value in its text"])
    assert kept(line) == ["SELECT $1::int + 1"]


def test_through_a_pooler_nothing_is_prepared(line: DatabaseWrapper) -> None:
    line.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
    assert [ask(line, value=number) for number in range(5)] == [1, 2, 3, 4, 5]
    assert kept(line) == []


def test_connection_that_the_server_gave_up_is_seen_without_a_statement(
    line: DatabaseWrapper,
) -> None:
    ask(line)
    line.force_debug_cursor = True
    assert line.is_usable()
    assert line.queries == []
    with connection.cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [line.connection.info.backend_pid])
    assert not line.is_usable()


def test_plan_of_a_table_that_has_changed_is_made_anew_for_the_next_request(
    line: DatabaseWrapper,
) -> None:
    with line.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE changing AS SELECT 1::int AS number")
        statement = "SELECT number FROM changing WHERE number = %s"
        for _turn in range(4):
            assert ask(line, statement) == 1
        cursor.execute("DO $$ BEGIN ALTER TABLE changing ALTER number TYPE bigint; END $$")
    with pytest.raises(NotSupportedError):
        ask(line, statement)
    line.close_if_unusable_or_obsolete()
    assert ask(line, statement) == 1


def test_what_is_undone_costs_no_plans_unless_something_failed_in_it(
    line: DatabaseWrapper,
) -> None:
    line.set_autocommit(False)
    for _turn in range(4):
        ask(line)
    before = str(line.savepoint())
    line.savepoint_rollback(before)
    assert kept(line) == ["SELECT $1::int + 1"]
    line.rollback()
    assert kept(line) == ["SELECT $1::int + 1"]

    before = str(line.savepoint())
    for _turn in range(2):
        ask(line, "SELECT 6 / %s::int")
    with pytest.raises(DataError):
        ask(line, "SELECT 6 / %s::int", 0)
    line.savepoint_rollback(before)
    assert kept(line) == []
    assert [ask(line), ask(line, "SELECT 6 / %s::int")] == [2, 6]
    for _turn in range(3):
        ask(line)
    with pytest.raises(DataError):
        ask(line, "SELECT 6 / %s::int", 0)
    line.rollback()
    assert kept(line) == []
    line.rollback()
