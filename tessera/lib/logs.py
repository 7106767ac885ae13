"""Log lines that can be followed: each carries the ids of request, user, unit of work and delivery."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

_NAMES = ("request_id", "user_id", "batch_id", "delivery_id")
_IDS = {name: ContextVar(name, default="") for name in _NAMES}
_OF_DELIVERIES: ContextVar[Mapping[int, Mapping[str, str]]] = ContextVar(
    "of_deliveries", default=MappingProxyType({})
)
# What another process says of its ids is cut to this: a line of the log stays one.
_LONGEST = 128


@contextmanager
def log_ids(
    *,
    request_id: object = None,
    user_id: object = None,
    batch_id: object = None,
    delivery_id: object = None,
) -> Iterator[None]:
    """Every log line written inside carries the ids given; those not given stay, empty ones are left out."""
    given = dict(zip(_NAMES, (request_id, user_id, batch_id, delivery_id), strict=True))
    with ExitStack() as stack:
        for name, value in given.items():
            if value is not None:
                token = _IDS[name].set(str(value))
                stack.callback(_IDS[name].reset, token)
        yield


def current_request_id() -> str:
    """The id of the request being answered, or an empty string outside of one."""
    return _IDS["request_id"].get()


def note_user(user_id: int) -> None:
    """From now on the lines carry who is asking, until the block of `log_ids` ends that names a user."""
    _IDS["user_id"].set(str(user_id))


def carried() -> dict[str, str]:
    """The ids that are set."""
    return {name: value for name, variable in _IDS.items() if (value := variable.get())}


@contextmanager
def carrying(deliveries: Mapping[int, Mapping[str, str]]) -> Iterator[None]:
    """What is told to another process inside says of each of these deliveries which ids its lines carry."""
    token = _OF_DELIVERIES.set(deliveries)
    try:
        yield
    finally:
        _OF_DELIVERIES.reset(token)


def of_deliveries() -> Mapping[int, Mapping[str, str]]:
    """Which ids the lines about each of the deliveries carry that another process told of."""
    return _OF_DELIVERIES.get()


def about_delivery(delivery_id: int) -> AbstractContextManager[None]:
    """Every log line inside carries the ids of whoever told of the delivery, and its own. One that nobody told of came
    of another request."""
    ids = _OF_DELIVERIES.get().get(delivery_id, {})
    return log_ids(**{name: ids.get(name, "") for name in _NAMES} | {"delivery_id": delivery_id})


def to_tell() -> dict[str, Any]:
    """All of this, to go with a message to another process."""
    told: dict[str, Any] = dict(carried())
    if deliveries := _OF_DELIVERIES.get():
        told["deliveries"] = {str(number): dict(ids) for number, ids in deliveries.items()}
    return told


def adopt(told: Mapping[str, object]) -> None:
    """Carry these ids and no others, from now on: what `to_tell` gave in another process."""
    for name, value in _read(told).items():
        _IDS[name].set(value)
    deliveries = told.get("deliveries")
    _OF_DELIVERIES.set(
        {
            int(number): _read(ids)
            for number, ids in (deliveries if isinstance(deliveries, Mapping) else {}).items()
            if number.isdecimal() and isinstance(ids, Mapping)
        }
    )


def _read(told: Mapping[str, object]) -> dict[str, str]:
    """What a message says may be anything: here are all ids, empty those that it does not say."""
    said = ((name, told.get(name)) for name in _NAMES)
    return {
        name: value[:_LONGEST] if isinstance(value, str) and value.isprintable() else ""
        for name, value in said
    }


def _ids_of(record: logging.LogRecord) -> dict[str, str]:
    return {name: value for name in _IDS if (value := getattr(record, name, ""))}


class IdsFilter(logging.Filter):
    """Puts the ids on the record where it is made, so that a handler in another thread has them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        for name, variable in _IDS.items():
            setattr(record, name, variable.get())
        return True


class ConsoleFormatter(logging.Formatter):
    """`10:31:05 WARNING scrips.outbox: text [request_id=…]`, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        ids = " ".join(f"{name}={value}" for name, value in _ids_of(record).items())
        line = f"{at} {record.levelname} {record.name}: {record.getMessage()}"
        if ids:
            line += f" [{ids}]"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at, level, logger, message`, the ids that are set, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_ids_of(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
