"""The one clock. Everything that records a time asks here, so that history can be made at the time it speaks of."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_moved: ContextVar[datetime | None] = ContextVar("moved_clock", default=None)


def now() -> datetime:
    """The present in UTC, or the time that `at` set for this thread or task."""
    return _moved.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block `now()` answers `moment` (aware); used to lay down history at its own time."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware datetimes only")
    token = _moved.set(moment)
    try:
        yield
    finally:
        _moved.reset(token)
