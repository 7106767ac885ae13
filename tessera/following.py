"""A worker goes by what a message says of whoever told of it: its log lines carry his ids, and the wait is counted."""

import time
from collections.abc import Mapping
from typing import Any

from celery import signals

from tessera.lib import logs, metrics
from tessera.telling import HEADER


def follow() -> None:
    """From now on what this process runs is counted, and its lines carry the ids that came with it."""
    signals.task_prerun.connect(_begin)
    signals.task_postrun.connect(_end)


def _begin(task: Any, **_signal: Any) -> None:
    if task.request.is_eager:  # it is a part of whatever called it
        return
    told = _mapping(task.request.get(HEADER))
    logs.adopt(_mapping(told.get("ids")))
    if isinstance(at := told.get("at"), int | float):
        info = _mapping(task.request.delivery_info)
        queue = str(info.get("routing_key") or "default")
        metrics.task_began(queue, waited=time.time() - at)


def _end(task: Any, state: str | None = None, **_signal: Any) -> None:
    if not task.request.is_eager:
        logs.adopt({})  # the thread's next task is another's
        metrics.task_ended(task.name, state or "unknown")


def _mapping(found: object) -> Mapping[str, Any]:
    """What a message says may be anything."""
    return found if isinstance(found, Mapping) else {}
