"""The `tessera` command: Django's command line, and `tessera up`."""

import os
import sys


def main() -> int:
    """Run the command in sys.argv; its exit code."""
    if sys.argv[1:2] == ["up"]:
        from tessera.runtime.up import main as up

        return up(sys.argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, connection

    from tessera.lib.environment import SettingInvalid

    try:
        import tessera.celery  # noqa: F401 -- what a command publishes goes to our broker

        execute_from_command_line(sys.argv)
    except SettingInvalid as error:
        sys.stderr.write(f"tessera: {error}\n")
        return 2
    except OperationalError as error:
        if connection.connection is not None:
            raise  # the database is there and refused what it was asked
        why = str(error).splitlines()[0]
        sys.stderr.write(f"tessera: The database does not answer; is Tessera running? {why}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
