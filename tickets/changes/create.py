"""How a ticket begins: everything it is given is one `Create`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from customfields.spec import to_json
from tessera.lib.errors import Invalid
from tickets.access import require
from tickets.changes.base import NO_QUEUE, Change
from tickets.changes.fields import SetCustomFields
from tickets.changes.links import SetLinks
from tickets.changes.message import AddMessage
from tickets.changes.plain import SetDueAt, iso
from tickets.changes.queue import SetQueue
from tickets.changes.status import SetStatus
from tickets.config import QueueSpec
from tickets.entries import as_values
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit


def target_queue(changes: Iterable[Change]) -> SetQueue | None:
    """The change that names the queue, which a ticket can't begin without."""
    return next((change for change in changes if isinstance(change, SetQueue)), None)


def begin(
    unit: Unit, changes: list[Change], errors: Mapping[str, list[str]] = MappingProxyType({})
) -> int:
    """Begin a ticket inside a unit of work and give its id, taken only when nothing can refuse it any more.

    Raises `Invalid` naming every wrong field, those of `errors` included, and `Forbidden` without
    the right to create in the queue.
    """
    queue = _queue(unit, changes, errors)
    require(unit.acting.actor, "CreateTicket", queue_id=queue.id)
    state = _blank(unit, queue.id, queue.lifecycle.version_id)
    completed = _completed(changes, queue.lifecycle.definition.on_create)
    state = _check_all(unit, state, completed, errors)
    state = replace(state, id=unit.ids.take("ticket"))
    message = next((change for change in changes if isinstance(change, AddMessage)), None)
    data: dict[str, Any] = {"values": _values(unit, state)}
    if message is not None:
        data |= message.data(unit, state.id)
    unit.record(state, "Create", data=data)
    for change in changes:
        if isinstance(change, SetLinks):
            change.write_other_sides(unit, state)
    return state.id


def _queue(unit: Unit, changes: list[Change], errors: Mapping[str, list[str]]) -> QueueSpec:
    """Where it begins. Raises `Invalid` without one, naming also what is wrong in every queue."""
    wanted = target_queue(changes)
    found = dict(errors)
    try:
        if wanted is not None:
            return wanted.target(unit)
    except Invalid as error:
        found |= error.errors
    _check_all(unit, _blank(unit, NO_QUEUE, 0), [c for c in changes if c.anywhere], found)
    raise Invalid(found)


def _blank(unit: Unit, queue_id: int, lifecycle_version_id: int) -> TicketState:
    """A ticket before anything is known of it."""
    return TicketState(
        id=0,
        queue_id=queue_id,
        lifecycle_version_id=lifecycle_version_id,
        status="",
        creator_id=unit.acting.actor.id,
        updated_by_id=unit.acting.actor.id,
        created_at=unit.now,
        updated_at=unit.now,
    )


def _completed(changes: list[Change], on_create: str) -> list[Change]:
    """The changes with what every ticket begins with: a status, and its fields' defaults."""
    completed = [change for change in changes if not isinstance(change, SetQueue)]
    if not any(isinstance(change, SetCustomFields) for change in completed):
        completed.insert(0, SetCustomFields({}))
    if not any(isinstance(change, SetStatus) for change in completed):
        completed.append(SetStatus(on_create))
    return completed


def _check_all(
    unit: Unit, state: TicketState, changes: list[Change], known: Mapping[str, list[str]]
) -> TicketState:
    """The ticket with all changes. Raises `Invalid` where anything is wrong or `known` to be."""
    errors = dict(known)
    for change in changes:
        try:
            change.check(unit, state)
            state = change.after(unit, state)
        except Invalid as error:
            errors |= error.errors
    if errors:
        raise Invalid(errors)
    return state


def _values(unit: Unit, state: TicketState) -> dict[str, Any]:
    """All that the ticket began with, as JSON: what `replay` makes the first state from."""
    specs = unit.config.fields
    return {
        "subject": state.subject,
        "queue": state.queue_id,
        "lifecycle_version": state.lifecycle_version_id,
        "status": state.status,
        "owner": state.owner_id,
        "priority": state.priority,
        "due_at": iso(state.due_at),
        "started_at": iso(state.started_at),
        "resolved_at": iso(state.resolved_at),
        "custom_fields": {
            key: to_json(specs[key], held) for key, held in state.custom_fields.items()
        },
        "watchers": {role: list(held) for role, held in state.watchers.items()},
        "links": {direction: list(ids) for direction, ids in state.links.items()},
    }


def replay(entry: Entry) -> TicketState:
    """The ticket as its `Create` tells it."""
    values: Mapping[str, Any] = entry.data["values"]
    moment = SetDueAt.from_json
    return TicketState(
        id=entry.ticket_id,
        subject=values["subject"],
        queue_id=values["queue"],
        lifecycle_version_id=values["lifecycle_version"],
        status=values["status"],
        owner_id=values["owner"],
        creator_id=entry.creator_id,
        updated_by_id=entry.creator_id,
        priority=values["priority"],
        due_at=moment(values["due_at"]),
        started_at=moment(values["started_at"]),
        resolved_at=moment(values["resolved_at"]),
        created_at=entry.created_at,
        updated_at=entry.created_at,
        custom_fields={key: as_values(held) for key, held in values["custom_fields"].items()},
        watchers={role: tuple(held) for role, held in values["watchers"].items()},
        links={direction: tuple(ids) for direction, ids in values["links"].items()},
    )
