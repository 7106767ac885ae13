"""Migrations hold no big table's lock for as long as the table is big: CONTRIBUTING.md has the rules."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

# Those that grow with the tickets.
BIG = (
    "tickets_ticket",
    "tickets_transaction",
    "tickets_message",
    "tickets_attachment",
    "tickets_watcher",
    "tickets_link",
    "scrips_delivery",
    "scrips_attempt",
    "scrips_run",
    "accounts_auditentry",
)
# The last of each app that the first release brings: what comes after meets tables that are big already.
FIRST_RELEASE = {
    "accounts": "0015_unwanted_mails",
    "customfields": "0004_for_customers",
    "lifecycles": "0002_triggers",
    "runtime": "0001_leases",
    "scrips": "0013_who_sends",
    "tickets": "0021_one_index_of_the_log",
}
_TABLE = rf'(?:ONLY )?"?(?:{"|".join(BIG)})"?\b'
_FAULTS = {
    rf"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY).* ON {_TABLE}": "an index that is not made CONCURRENTLY",
    rf"ALTER TABLE {_TABLE}.* ALTER COLUMN \S+ (SET DATA )?TYPE": "another type: writes the table anew",
    rf"ALTER TABLE {_TABLE}.* SET NOT NULL": "reads the whole table: a CHECK NOT VALID first",
    rf"ALTER TABLE {_TABLE}.* ADD COLUMN .* DEFAULT (?!NULL)[^,']*\(": "a default that is computed",
    rf"ALTER TABLE {_TABLE}.* ADD COLUMN .* GENERATED": "a generated column: writes the table anew",
    rf"ALTER TABLE {_TABLE}.* ADD COLUMN .* (UNIQUE|PRIMARY KEY)": "makes an index under its lock",
    rf"ALTER TABLE {_TABLE}.* ADD CONSTRAINT (?!.*(NOT VALID|USING INDEX))": "a constraint without NOT VALID",
    # Of a field with `default`: Django gives it to the rows that are there, and takes it away again.
    r"ALTER TABLE .* ALTER COLUMN .* DROP DEFAULT": "the release before writes no such column: `db_default`",
    rf"(UPDATE|DELETE FROM) {_TABLE}": "changes all rows at once",
    rf"(LOCK( TABLE)?|TRUNCATE( TABLE)?|CLUSTER|VACUUM FULL) {_TABLE}": "holds the table",
    rf"REINDEX TABLE (?!CONCURRENTLY){_TABLE}": "holds the table",
}


def faults(statement: str) -> list[str]:
    """Why the statement would hold a big table for long."""
    line = " ".join(re.sub(r"--.*", "", statement).split())
    return [why for pattern, why in _FAULTS.items() if re.search(pattern, line, re.IGNORECASE)]


def later(loader: MigrationLoader) -> Iterator[tuple[str, str]]:
    """The migrations of ours that come after the first release."""
    for app, name in sorted(loader.graph.nodes):
        if app in FIRST_RELEASE and name > FIRST_RELEASE[app]:
            yield app, name


@pytest.mark.django_db(transaction=True)  # an index is not made CONCURRENTLY within one
def test_no_later_migration_holds_a_big_table() -> None:
    loader = MigrationLoader(connection)
    found = [
        f"{app} {name}: {why}: {statement.strip()}"
        for app, name in later(loader)
        for statement in loader.collect_sql([(loader.graph.nodes[app, name], False)])
        for why in faults(statement)
    ]
    assert found == []


def test_every_app_and_big_table_that_is_named_is_there() -> None:
    from django.apps import apps

    assert set(BIG) <= {model._meta.db_table for model in apps.get_models()}
    loader = MigrationLoader(None)
    assert set(FIRST_RELEASE.items()) <= set(loader.graph.nodes)


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX "x" ON "tickets_ticket" ("subject");',
        "CREATE UNIQUE INDEX x ON tickets_transaction USING btree (seq)",
        'ALTER TABLE "tickets_ticket" ALTER COLUMN "subject" TYPE text USING "subject"::text',
        'ALTER TABLE "tickets_ticket" ALTER COLUMN "subject" SET NOT NULL;',
        'ALTER TABLE "tickets_ticket" ADD COLUMN "x" uuid DEFAULT gen_random_uuid() NOT NULL;',
        'ALTER TABLE "tickets_ticket" ADD COLUMN "x" int GENERATED ALWAYS AS (1) STORED',
        'ALTER TABLE "tickets_ticket" ADD COLUMN "x" int NULL UNIQUE;',
        'ALTER TABLE "scrips_run" ADD CONSTRAINT "c" CHECK ("x" > 0);',
        'ALTER TABLE "scrips_run" ADD CONSTRAINT "c" FOREIGN KEY ("x") REFERENCES "y" ("id");',
        'ALTER TABLE "tickets_queue" ALTER COLUMN "x" DROP DEFAULT;',
        "UPDATE tickets_ticket SET subject = ''",
        "DELETE FROM scrips_run",
        "LOCK TABLE tickets_ticket IN EXCLUSIVE MODE",
    ],
)
def test_statement_that_holds_a_big_table_is_found(statement: str) -> None:
    assert len(faults(statement)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX CONCURRENTLY "x" ON "tickets_ticket" ("subject");',
        'CREATE INDEX "x" ON "tickets_queue" ("name");',
        'ALTER TABLE "tickets_ticket" ADD COLUMN "x" int NULL;',
        'ALTER TABLE "tickets_ticket" ADD COLUMN "x" varchar(9) DEFAULT \'a (b)\' NOT NULL;',
        'ALTER TABLE "scrips_run" ADD CONSTRAINT "c" CHECK ("x" > 0) NOT VALID;',
        'ALTER TABLE "scrips_run" VALIDATE CONSTRAINT "c";',
        "-- UPDATE tickets_ticket",
    ],
)
def test_statement_that_holds_none_is_let_through(statement: str) -> None:
    assert faults(statement) == []
