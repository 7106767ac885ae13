"""Workers are told of deliveries: messages that hold ids.

The rows are the truth: a message may be lost or come twice, and what nobody was told of, `scrips.sweeper` finds.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from celery import Celery, current_app
from celery.app import app_or_default
from django.conf import settings
from kombu.exceptions import KombuError
from redis import RedisError

from scrips.models import Delivery
from tessera.lib import logs

log = logging.getLogger(__name__)

# So many go into a message at most.
MESSAGE = 50
# So many that wait for one host are worth a place more, where they came of several units of work: whoever takes one of
# them goes on with what waits beside it.
_WORTH_A_PLACE = 4
# Of the thread that tells what is told soon.
THREAD = "wakes"
# What is told soon waits so long for others to come along; so long where some just did. A message costs the sender and
# the worker the same for one delivery and for fifty.
_GATHERING_S, _BUSY_GATHERING_S = 0.03, 0.1
_TASKS = {"email": "scrips.tasks.deliver_mail", "webhook": "scrips.tasks.deliver_webhook"}
# What Celery adds to a message costs as much as the rest: the queues are the workers' to declare, and nobody reads how
# the arguments look.
_BARE: Mapping[str, Any] = {"declare": (), "argsrepr": "", "kwargsrepr": ""}

_holding: ContextVar[bool] = ContextVar("holding_deliveries", default=False)


class Due(Protocol):
    """What a worker is told of: the row itself, or as much of it."""

    pk: int
    kind: str
    host: str


# Of each delivery, what the log lines about it carry.
_Ids = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Message:
    """Deliveries of one kind, all for one host."""

    kind: str
    ids: list[int]


@contextmanager
def held() -> Iterator[None]:
    """Within the block no worker is told of anything: whoever holds settles the deliveries itself, and what it
    leaves the sweep finds.
    """
    token = _holding.set(True)
    try:
        yield
    finally:
        _holding.reset(token)


def publish(deliveries: Iterable[Due]) -> list[int]:
    """Tell the workers of deliveries; answer the ids that they were told.

    Called after COMMIT. With the broker away it comes back in milliseconds: the rest is logged and
    left to `sweeper.sweep`.
    """
    return [] if _holding.get() else _tell(_messages([deliveries]), {})


def publish_soon(deliveries: Sequence[Due]) -> None:
    """The same a moment later, in a thread of its own: no request waits for the broker, and what several bring in that
    moment travels together. Called after COMMIT. Of a process that is killed before, the sweep tells.
    """
    if not deliveries or _holding.get():
        return
    for delivery in deliveries:
        # By this line a delivery is followed back to its request, whoever sends it in the end.
        log.info("A worker is told of %s %d", delivery.kind, delivery.pk)
    _soon.add(deliveries, dict.fromkeys((each.pk for each in deliveries), logs.carried()))


def hand_on(kind: str, ids: Iterable[int]) -> None:
    """Tell another worker of what is left of a message."""
    _tell([_Message(kind, list(ids))], logs.of_deliveries())


class _Soon:
    """What is to be told, and the thread that tells it: there is one as long as there is something. It is no daemon, so
    a process that ends does so first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Sequence[Due]] = []
        self._ids: dict[int, Mapping[str, str]] = {}
        self._running = False

    def add(self, deliveries: Sequence[Due], ids: _Ids) -> None:
        """Those of one unit of work."""
        with self._lock:
            self._waiting.append(deliveries)
            self._ids.update(ids)
            begun, self._running = self._running, True
        if begun:
            return
        try:
            # Which app is the current one Celery keeps by thread.
            threading.Thread(target=self._run, args=(app_or_default(),), name=THREAD).start()
        except RuntimeError as error:  # there are as many as there may be
            log.warning("Deliveries wait for the sweep: %s", error)
            while self._take():  # until the next who comes finds that there is no thread
                pass

    def _run(self, app: Celery) -> None:
        app.set_current()
        time.sleep(_GATHERING_S)
        while taken := self._take():
            try:
                _tell(_messages(taken[0]), taken[1])
            except Exception:
                log.exception("Deliveries wait for the sweep: the workers could not be told.")
            time.sleep(_BUSY_GATHERING_S)

    def _take(self) -> tuple[list[Sequence[Due]], _Ids] | None:
        """What waits; None where nothing does: then the thread ends."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            ids, self._ids = self._ids, {}
            self._running = bool(waiting)
        return (waiting, ids) if waiting else None


_soon = _Soon()


def _tell(messages: Sequence[_Message], of: _Ids) -> list[int]:
    """Answers the ids that the broker took."""
    if not messages:
        return []
    told = [delivery_id for message in messages for delivery_id in message.ids]
    try:
        # In one journey, where the broker takes them so.
        with current_app.producer_or_acquire() as producer, producer.batch():
            for message in messages:
                with logs.carrying({each: of[each] for each in message.ids if each in of}):
                    current_app.send_task(
                        _TASKS[message.kind], args=[message.ids], producer=producer, **_BARE
                    )
    except (KombuError, RedisError, OSError) as error:
        log.warning("The broker is away (%s): %d deliveries wait for the sweep.", error, len(told))
        return []
    return told


def _messages(units: Iterable[Iterable[Due]]) -> list[_Message]:
    """What units of work bring, each host's in messages of its own."""
    places: defaultdict[tuple[str, str], int] = defaultdict(int)
    ids: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for unit in units:
        by_host: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for delivery in unit:
            by_host[delivery.kind, delivery.host].append(delivery.pk)
        for host, mine in by_host.items():
            ids[host] += mine
            places[host] = max(places[host], len(mine))
    return [
        _Message(host[0], list(each))
        for host, mine in ids.items()
        for each in _shared_out(host[0], mine, places[host])
    ]


def _shared_out(kind: str, ids: Sequence[int], together: int) -> Iterator[Sequence[int]]:
    """For one host: in as many messages as it has places, where one unit of work brings so many (`together`), or that
    many times `_WORTH_A_PLACE` wait; mails, which share a connection, in as few as can."""
    number = -(-len(ids) // MESSAGE)
    if kind != Delivery.Kind.EMAIL:
        worth = max(together, -(-len(ids) // _WORTH_A_PLACE))
        number = max(number, min(worth, settings.TESSERA_HOST_CONCURRENCY))
    return (ids[start::number] for start in range(number))
