"""The Celery app of workers and of everything that publishes tasks."""

import logging
import logging.config
import os
import warnings
from pathlib import Path
from typing import Any

from celery import Celery, Task, signals
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

# Before anything that reads the settings: `celery -A tessera.celery` comes here first.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")

from tessera.following import follow
from tessera.lib import berth, brokerless, codememory, ending, tally
from tessera.liveness import LivenessStep
from tessera.messaging import CELERY, LOOKED_AFTER
from tessera.telling import tell

log = logging.getLogger(__name__)

app = Celery(
    "tessera",
    include=["tessera.accounts.tasks", "tickets.tasks", "scrips.tasks", "tessera.desk.tasks"],
)
app.conf.update(CELERY)
# Of every thread, not of this one alone: web threads publish too.
app.set_default()
app.steps["consumer"].add(LivenessStep)
# Celery would close a thread's connection to the database after each task: the next paid for a new one more than for
# all that it had to do.
app.conf["CELERY_DB_REUSE_MAX"] = 2**62
tell()
follow()
brokerless.outlive_the_broker(looked_after=LOOKED_AFTER)

# Celery fears for workers of root because of pickle; we take JSON alone.
warnings.filterwarnings("ignore", message="You're running the worker with superuser")


@signals.setup_logging.connect
def _use_our_logging(**_signal: Any) -> None:
    """Celery writes as the rest does, instead of in a format of its own."""
    logging.config.dictConfig(settings.LOGGING)


@signals.task_prerun.connect
def _mend_connections(task: Task[Any, Any], **_signal: Any) -> None:
    """As before a request: one that broke since the last task is made anew.

    A task that is called in place shares its caller's connection, which may stand in a transaction.
    """
    if not task.request.is_eager:
        close_old_connections()


@signals.worker_init.connect
def _share_figures(**_signal: Any) -> None:
    """Before the first task, and before a pool of processes is forked."""
    tally.share(Path(settings.TESSERA_DATA) / tally.FOLDER, "worker")


@signals.worker_ready.connect
def _follow_the_one_before(**_signal: Any) -> None:
    """What the worker that was here before had in hand need not wait for the end of its lease."""
    from scrips import claims  # models, which are there by now

    try:
        before = berth.take(Path(settings.TESSERA_DATA) / "workers")
        if before and (left := claims.inherit(before)):
            log.warning(
                "A worker was killed with %d deliveries in hand; they are sent again.", left
            )
    except (OSError, DatabaseError) as error:
        log.warning("What a killed worker had in hand waits for the end of its lease: %s", error)
    finally:
        connection.close()


@signals.worker_shutting_down.connect
def _finish(**_signal: Any) -> None:
    """A message may name fifty mails: end with the one that is being sent, long before the supervisor's patience."""
    ending.asked.set()


@signals.worker_ready.connect
def _set_code_aside(**_signal: Any) -> None:
    """All tasks are loaded, and none has begun."""
    codememory.set_aside()
