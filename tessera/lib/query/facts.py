"""The plain values of one ticket over which a query is evaluated in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal, TypeAlias

# A custom field's canonical value, a link's ticket, what a transaction changed.
Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Person:
    """A user, or (`id` None, `username` empty) somebody known by the e-mail address alone."""

    id: int | None
    username: str
    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A transaction of the ticket's log; `old` and `new` hold no member where there is no value. `by_rule`: a scrip
    made it."""

    type: str
    field: str | None = None
    old: tuple[Scalar, ...] = ()
    new: tuple[Scalar, ...] = ()
    content: str | None = None
    creator: Person | None = None
    created_at: datetime | None = None
    by_rule: bool = False


def _empty_log() -> Sequence[Event]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFacts:
    """One ticket at one moment, with what a query may ask besides.

    `watchers` are by role (`requestor`, `cc`, `admin_cc`), `custom_fields` by key and only those
    with a value, `links` by direction as the API names them. `log` gives the whole log and is
    called only if the query has a log field. `transaction` and `actor` are those of the event that
    a condition judges, `caller` the user whom `__CurrentUser__` means. All times are aware.
    """

    id: int
    subject: str
    queue_id: int
    queue_name: str
    status: str
    status_kind: Literal["initial", "active", "inactive"]
    lifecycle: str
    priority: int
    now: datetime
    zone: tzinfo
    created_at: datetime | None = None
    started_at: datetime | None = None
    resolved_at: datetime | None = None
    due_at: datetime | None = None
    updated_at: datetime | None = None
    owner: Person | None = None
    creator: Person | None = None
    last_updated_by: Person | None = None
    watchers: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    custom_fields: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    links: Mapping[str, frozenset[int]] = field(default_factory=dict)
    log: Callable[[], Sequence[Event]] = _empty_log
    transaction: Event | None = None
    actor: Person | None = None
    caller: Person | None = None
