"""Every change there is, in the order in which one request's changes are made and recorded.

To add one: a file with its class, a line here, and a test.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tessera.lib.errors import Invalid
from tickets.changes.base import Change
from tickets.changes.fields import SetCustomFields
from tickets.changes.links import SetLinks
from tickets.changes.message import AddMessage
from tickets.changes.owner import SetOwner
from tickets.changes.plain import SetDueAt, SetPriority, SetSubject
from tickets.changes.queue import SetQueue
from tickets.changes.status import SetStatus
from tickets.changes.version import SetVersion
from tickets.changes.watchers import SetAdminCc, SetCc, SetRequestors

CHANGES: dict[str, type[Change]] = {
    "subject": SetSubject,
    "priority": SetPriority,
    "due_at": SetDueAt,
    "queue": SetQueue,
    "lifecycle_version": SetVersion,
    "owner": SetOwner,
    "custom_fields": SetCustomFields,
    "requestors": SetRequestors,
    "cc": SetCc,
    "admin_cc": SetAdminCc,
    "links": SetLinks,
    "status": SetStatus,
    "message": AddMessage,
}
KEYS = frozenset(key for change in CHANGES.values() for key in change.keys)
READ_ONLY = frozenset(
    {"id", "key", "creator_id", "started_at", "resolved_at", "created_at", "updated_at"}
    | {"lifecycle_id", "lifecycle_version", "watchers", "enabled_transitions"}
)


_PLACES = {change: number for number, change in enumerate(CHANGES.values())}


def place(change: Change) -> int:
    """Where a change stands in the order of one request's changes."""
    return _PLACES[type(change)]


def parse(raw: Mapping[str, Any], *, begins: bool = False) -> list[Change]:
    """The changes that a request asks for, in the order of CHANGES.

    Raises `Invalid` that names every field which is unknown, read-only or of the wrong kind.
    """
    found, errors = read(raw, begins=begins)
    if errors:
        raise Invalid(errors)
    return found


def read(
    raw: Mapping[str, Any], *, begins: bool = False
) -> tuple[list[Change], dict[str, list[str]]]:
    """As `parse`, but gives what is wrong beside what is right, so that both can be told at once."""
    errors: dict[str, list[str]] = {}
    for key in raw:
        if key not in KEYS:
            read_only = key in READ_ONLY
            errors[key[:64]] = [_("is read-only") if read_only else _("unknown field")]
    found: list[Change] = []
    for change in CHANGES.values():
        try:
            if change is AddMessage:
                parsed: Change | None = AddMessage.parse(raw, begins=begins)
            else:
                parsed = change.parse(raw)
        except Invalid as error:
            errors |= error.errors
        else:
            if parsed is not None:
                found.append(parsed)
    return found, errors
