"""The `tessera` command: Django's command line, `up`, each of its parts alone, `metrics` and `doctor`."""

import os
import sys

PARTS = ("web", "worker", "beat")


def main() -> int:
    """Run the command in sys.argv; its exit code."""
    if sys.argv[1:2] == ["up"]:
        from tessera.runtime.up import main as up

        return up(sys.argv[2:])
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        from tessera.runtime.part import main as part

        return part(sys.argv[1], sys.argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")
    if sys.argv[1:2] == ["check-config"]:
        sys.argv[1] = "check_config"  # a module's name has no hyphen
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, connection

    from tessera.lib.environment import SettingInvalid

    try:
        import tessera.celery  # noqa: F401 -- what a command publishes goes to our broker

        if sys.argv[1:] == ["metrics"]:
            _print_metrics()
        elif sys.argv[1:2] == ["doctor"]:
            return _examine(sys.argv[2:])
        else:
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


def _examine(arguments: list[str]) -> int:
    import django

    django.setup()
    from tessera.doctor.main import main as doctor

    return doctor(arguments)


def _print_metrics() -> None:
    """For a host without a web process: what its workers counted, as Prometheus' text collectors read it."""
    import django

    django.setup()
    from tessera import metrics

    sys.stdout.buffer.write(metrics.text(metrics.folder()))


if __name__ == "__main__":
    sys.exit(main())
