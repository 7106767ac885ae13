"""The Celery app of workers and of everything that publishes tasks."""

import logging.config
import os
import warnings
from typing import Any

from celery import Celery, signals
from django.conf import settings

# Before anything that reads the settings: `celery -A tessera.celery` comes here first.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")

from tessera.liveness import LivenessStep
from tessera.messaging import CELERY

app = Celery(
    "tessera",
    include=["tessera.accounts.tasks", "tickets.tasks", "scrips.tasks", "tessera.desk.tasks"],
)
app.conf.update(CELERY)
# Of every thread, not of this one alone: web threads publish too.
app.set_default()
app.steps["consumer"].add(LivenessStep)

# Celery fears for workers of root because of pickle; we take JSON alone.
warnings.filterwarnings("ignore", message="You're running the worker with superuser")


@signals.setup_logging.connect
def _use_our_logging(**_signal: Any) -> None:
    """Celery writes as the rest does, instead of in a format of its own."""
    logging.config.dictConfig(settings.LOGGING)
