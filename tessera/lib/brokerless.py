"""Kombu's way to the broker, mended: who loses it with work in hand goes on, and what is said to it costs little."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from kombu.transport import redis, virtual
from redis import ConnectionError as BrokerLost


class QoS(redis.QoS):
    """What a worker has in hand, as the broker knows it.

    Of tasks that somebody looks after (`outlive_the_broker`) it is not told: for a short one to say that it was taken,
    and that it is done, was a fifth of a worker's time.
    """

    looked_after: Collection[str] = frozenset()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._untold: set[str] = set()  # tags; written by several threads, a step at a time

    def append(self, message: Any, delivery_tag: str) -> None:
        """Take a message in hand."""
        if message.headers.get("task") in self.looked_after:
            self._untold.add(delivery_tag)
            virtual.QoS.append(self, message, delivery_tag)
        else:
            super().append(message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        """It is done."""
        if delivery_tag in self._untold:
            self._untold.discard(delivery_tag)
            virtual.QoS.ack(self, delivery_tag)
        else:
            super().ack(delivery_tag)

    @contextmanager
    def pipe_or_acquire(self, pipe: Any = None, client: Any = None) -> Iterator[Any]:
        """Its two notes of a message travel together; nobody minds who looks between them, so they are no transaction,
        which would have twice as many answers to read."""
        if pipe:
            yield pipe
            return
        with self.channel.conn_or_acquire(client) as line:  # type: ignore[attr-defined]  # not in the stubs
            yield line.pipeline(transaction=False)


class Channel(redis.Channel):
    """Kombu's, which after a broken connection no longer knows where the broker is.

    Whoever then acknowledged what he had in hand, or gave it back, met an AttributeError, at which the worker ended. An
    error of the connection is what Celery expects there: it goes on, and the messages come back by themselves, as those
    of a worker that is killed do.
    """

    QoS = QoS
    _shared: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002  # kombu's
        """One for all commands of a pool. Kombu makes one for each, with a table of all answers that there are, which
        took a twelfth of a worker's time."""
        if asynchronous:
            return super()._create_client(asynchronous)  # type: ignore[misc]  # not in the stubs
        if self._shared is None or self._shared.connection_pool is not self.pool:
            self._shared = super()._create_client()  # type: ignore[misc]  # as above
        return self._shared

    def _connparams(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002  # kombu's
        if getattr(self.connection, "client", None) is None:
            raise BrokerLost("The connection to the broker was given up.")
        return super()._connparams(asynchronous)  # type: ignore[misc]  # not in the stubs


def outlive_the_broker(*, looked_after: Collection[str] = ()) -> None:
    """For all connections that this process makes from now on.

    `looked_after` are the names of tasks whose work is found again where their worker ends before them, sooner than
    the broker would give their messages to another.
    """
    QoS.looked_after = frozenset(looked_after)
    redis.Transport.Channel = Channel
