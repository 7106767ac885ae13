"""
The Celery app of beat, with nothing of the application loaded: beat sends the names of tasks and
runs none, and so it takes half the memory and time.
"""

import os
import secrets
import socket
import warnings
from typing import Any

from celery import Celery
from celery.beat import PersistentScheduler
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")

from tessera.messaging import CELERY
from tessera.runtime.lease import Lease
from tessera.telling import tell

# Django warns of statements before its applications are loaded; here none will be.
warnings.filterwarnings("ignore", message="Accessing the database during app initialization")


class OneOfMany(PersistentScheduler):
    """Beat may run on several hosts: the one that holds the lease acts, the others wait for it to end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # One that `tessera up` starts again need not wait for itself.
        own = settings.TESSERA_INSTANCE or secrets.token_hex(4)
        self._lease = Lease("beat", holder=f"{socket.gethostname()[:60]} {own}")
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Do what is due, if it is ours to do; the seconds to the next tick."""
        if not self._lease.held():
            return self._lease.every
        return min(float(super().tick(*args, **kwargs)), self._lease.every)

    def close(self) -> None:
        """The process ends: another may begin at once."""
        try:
            super().close()
        finally:
            self._lease.leave()


app = Celery("tessera", fixups=[])  # the fix-up for Django would load all of it
app.conf.update(CELERY, beat_scheduler="tessera.beat:OneOfMany")
tell()
