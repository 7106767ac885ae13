"""Whether a worker is at work: each one leaves a mark in the cache that soon expires."""

import logging
from typing import Any

from celery import bootsteps
from django.core.cache import cache

_KEY = "tessera:worker-alive"
_EVERY_SECONDS = 4.0
_EXPIRES_SECONDS = 15

log = logging.getLogger(__name__)


def worker_alive() -> bool:
    """Whether some worker was connected to the broker within the last seconds."""
    return cache.get(_KEY) is not None


def forget_workers() -> None:
    """Count only those that report from now on; a living worker does so within seconds."""
    cache.delete(_KEY)


def mark_alive() -> None:
    """Leave the mark; a cache that is away only makes the worker seem to be."""
    try:
        cache.set(_KEY, 1, timeout=_EXPIRES_SECONDS)
    except Exception:  # noqa: BLE001 -- whatever ails the cache must not end the worker's timer
        log.warning("The cache does not answer: this worker is not seen as alive.")


class LivenessStep(bootsteps.StartStopStep):
    """Marks the worker as alive for as long as it consumes."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._entry: Any = None

    def start(self, consumer: Any) -> None:
        """The worker is connected and takes tasks."""
        mark_alive()
        self._entry = consumer.timer.call_repeatedly(_EVERY_SECONDS, mark_alive)

    def stop(self, consumer: Any) -> None:  # noqa: ARG002 -- Celery's signature
        """The connection is lost, or the worker ends."""
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None

    shutdown = stop
