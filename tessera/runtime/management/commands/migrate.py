"""`tessera migrate`: Django's, on one host at a time, and never for long in the way of those who write."""

import time
from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from tessera.runtime.alone import MIGRATE, alone

# Who waits for the lock of a table holds up everybody who comes after him.
_LOCK_TIMEOUT = "1s"
_AGAIN_SECONDS = 2.0
_TRIES = 60


class Command(migrate.Command):
    """Several hosts may start it at the same time: one applies what is missing, the others find it done."""

    def handle(self, *args: Any, **options: Any) -> None:
        """A migration that can't have its lock within a second lets the others pass and tries again."""
        if options["check_unapplied"] or options["plan"]:
            super().handle(*args, **options)
            return
        with alone(
            MIGRATE, waiting=lambda: self._tell(_("Another host migrates; waiting for it."))
        ):
            held = self._lock_timeout(_LOCK_TIMEOUT)
            try:
                self._try(*args, **options)
            finally:
                self._lock_timeout(held)

    def _try(self, *args: Any, **options: Any) -> None:
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if last or not isinstance(error.__cause__, LockNotAvailable):
                    raise
                self._tell(_("A table is in use; trying again."))
                time.sleep(_AGAIN_SECONDS)
            else:
                return

    def _tell(self, text: str) -> None:
        self.stderr.write(f"tessera: {text}")

    @staticmethod
    def _lock_timeout(value: str) -> str:
        """Set it for this session; what it was."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            (held,) = cursor.fetchone()
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [value])
        return str(held)
