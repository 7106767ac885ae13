"""What of a ticket and of its log somebody is shown: its links lead only to tickets that he may see."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tickets.access import Actor, held_on, hidden_types, visible_to
from tickets.outcome import Entry, Outcome
from tickets.state import TicketState

_LINKS = frozenset({"AddLink", "DeleteLink"})


def unseen(actor: Actor, ids: Iterable[int]) -> frozenset[int]:
    """Those of these tickets that the actor may not see. No statement where there are none, or where he sees all.

    The ids that a preview gave and took back name what the caller made himself.
    """
    wanted = {number for number in ids if number > 0}
    if not wanted or actor.held().has("ShowTicket"):
        return frozenset()
    seen = visible_to(actor, among=wanted).order_by().values_list("pk", flat=True)
    return frozenset(wanted.difference(seen))


def states(actor: Actor, found: Iterable[TicketState]) -> list[TicketState]:
    """Tickets that the actor may see, without the links to those that he may not: one statement for all of them."""
    rows = list(found)
    hidden = unseen(actor, (other for row in rows for ids in row.links.values() for other in ids))
    return [_without(row, hidden) for row in rows] if hidden else rows


def state(actor: Actor, found: TicketState) -> TicketState:
    """The same for one."""
    return states(actor, [found])[0]


def entries(actor: Actor, found: Sequence[Entry]) -> list[Entry]:
    """Entries of logs that the actor may see. One about a link to a ticket that he may not see says with nothing."""
    hidden = unseen(actor, (other for entry in found for other in _linked(entry)))
    return [_blank(entry, hidden) for entry in found] if hidden else list(found)


def of_outcome(actor: Actor, outcome: Outcome) -> list[Entry]:
    """What a change recorded, as far as the actor may see it: on the other tickets of a link too."""
    shown = []
    for entry in outcome.entries:
        held = held_on(actor, outcome.tickets[entry.ticket_id])
        mine = entry.ticket_id == outcome.ticket.id
        if (mine or held.has("ShowTicket")) and entry.type not in hidden_types(held):
            shown.append(entry)
    return entries(actor, shown)


def _without(row: TicketState, hidden: frozenset[int]) -> TicketState:
    for direction, ids in row.links.items():
        row = row.with_links(direction, tuple(other for other in ids if other not in hidden))
    return row


def _linked(entry: Entry) -> Iterable[int]:
    if entry.type in _LINKS:
        return (value for value in (entry.old_value, entry.new_value) if value is not None)
    if entry.type == "Create":
        return (other for ids in entry.data["values"]["links"].values() for other in ids)
    return ()


def _blank(entry: Entry, hidden: frozenset[int]) -> Entry:
    if hidden.isdisjoint(_linked(entry)):
        return entry
    if entry.type in _LINKS:
        return replace(entry, old_value=None, new_value=None)
    values = entry.data["values"]
    links = {
        direction: [other for other in ids if other not in hidden]
        for direction, ids in values["links"].items()
    }
    return replace(entry, data={**entry.data, "values": {**values, "links": links}})
