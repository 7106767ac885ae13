"""What migrations say in SQL: append-only tables, and the number that each change of configuration raises."""

from django.db.migrations.operations import RunSQL

RAISE_GENERATION = RunSQL(
    """
    -- A sequence gives the number, because it does not roll back: no number ever stands for two configurations.
    CREATE SEQUENCE config_generation_number;
    CREATE FUNCTION raise_config_generation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE accounts_configgeneration SET number = nextval('config_generation_number');
        RETURN NULL;
    END $$;
    """,
    "DROP FUNCTION raise_config_generation(); DROP SEQUENCE config_generation_number;",
)

REFUSE_CHANGE = RunSQL(
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- Only databases that tests make and empty again carry this setting.
        IF current_setting('tessera.allow_truncate', true) IS DISTINCT FROM 'on' THEN
            RAISE EXCEPTION '% is append-only: TRUNCATE is refused', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END $$;
    """,
    "DROP FUNCTION refuse_truncate(); DROP FUNCTION refuse_change();",
)


def raises_generation(table: str) -> RunSQL:
    """Every change of a row of `table` raises the configuration's number.

    A deferred constraint trigger: whoever writes can't forget it, and the number's row is locked only at COMMIT.
    """
    return RunSQL(
        f"CREATE CONSTRAINT TRIGGER raises_generation AFTER INSERT OR UPDATE OR DELETE ON {table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_config_generation()",
        f"DROP TRIGGER raises_generation ON {table}",
    )


def append_only(table: str) -> RunSQL:
    """The database refuses UPDATE, DELETE and TRUNCATE of `table`."""
    return RunSQL(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
        """,
        f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};",
    )
