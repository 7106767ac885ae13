"""The tickets that there are, in groups that hang together, each with all its rows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from scrips.models import Attempt, Delivery, Run
from tessera.demo.bulk.copies import NUMBERED
from tickets.models import Attachment, Link, Message, Queue, Ticket, Transaction, Watcher
from tickets.state import TicketState, states_of

MODELS: tuple[type[Model], ...] = (
    Ticket, Transaction, Message, Watcher, Link, Delivery, Attempt, Run,
)  # fmt: skip


class Unfit(ValueError):
    """A pattern has something that a copy could not have too."""


@dataclass(slots=True)
class Group:
    """The rows of tickets that hang together, each kind in the order of ids."""

    states: list[TicketState]
    queue: Queue
    rows: dict[str, list[Any]] = field(default_factory=dict)

    def place(self, table: str, number: int) -> int:
        """Which of the group's rows of that table has that id. Raises `Unfit` where none has."""
        for place, row in enumerate(self.rows[table]):
            if row.pk == number:
                return place
        raise Unfit(f"{table} {number} is of another ticket")


def groups() -> Iterator[Group]:
    """All tickets. Raises `Unfit` where there is something that is not copied."""
    if Attachment.objects.exists():
        raise Unfit("files are not copied")
    tickets = list(Ticket.objects.select_related("queue").order_by("pk"))
    states = {state.id: state for state in states_of(tickets)}
    by_table = {table: _by_ticket(model) for table, model in zip(NUMBERED, MODELS, strict=True)}
    for ids in _together(states):
        first = next(ticket for ticket in tickets if ticket.pk == ids[0])
        group = Group([states[number] for number in ids], first.queue)
        for table, held in by_table.items():
            found = [row for number in ids for row in held.get(number, ())]
            group.rows[table] = sorted(found, key=lambda row: row.pk)
        yield group


def _together(states: Mapping[int, TicketState]) -> list[list[int]]:
    """The ids of tickets that links join, in the order of the first of each."""
    group_of: dict[int, list[int]] = {number: [number] for number in states}
    for state in states.values():
        for other in (number for ids in state.links.values() for number in ids):
            mine, theirs = group_of[state.id], group_of[other]
            if mine is not theirs:
                mine += theirs
                group_of.update(dict.fromkeys(theirs, mine))
    return [
        sorted(group_of[number]) for number in sorted(states) if number == min(group_of[number])
    ]


_TICKET: dict[type[Model], str] = {
    Ticket: "pk",
    Link: "source_id",
    Attempt: "delivery__ticket_id",
    Run: "transaction__ticket_id",
}


def _by_ticket(model: type[Model]) -> dict[int, list[Any]]:
    """A table's rows by the ticket that they are of."""
    path = _TICKET.get(model, "ticket_id")
    rows = model._default_manager.order_by("pk")  # noqa: SLF001  # documented
    if "__" in path:
        rows = rows.select_related(path.partition("__")[0])
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[_along(row, path)].append(row)
    return found


def _along(row: Any, path: str) -> int:
    for name in path.split("__"):
        row = getattr(row, name)
    return int(row)
