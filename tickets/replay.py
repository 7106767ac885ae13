"""From the log to the ticket: what it was at any point, and whether the rows still tell the truth."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.chain import digest
from tickets.changes import CHANGES, create
from tickets.changes.base import Change
from tickets.entries import entry_of
from tickets.models import Ticket, Transaction
from tickets.outcome import RECORDS, Entry
from tickets.state import TicketState, states_of

_BY_RECORD: dict[tuple[str, str], type[Change]] = {
    pair: change for change in CHANGES.values() for pair in change.recorded
}


def step(state: TicketState | None, entry: Entry) -> TicketState:
    """The ticket after one more entry. Raises `ValueError` for what no change writes."""
    after = replay((entry,), state)
    assert after is not None  # noqa: S101  # there was an entry
    return after


def replay(entries: Iterable[Entry], state: TicketState | None = None) -> TicketState | None:
    """What the entries, in the order of their seq, add up to, after the state that the earlier ones did; None for none.

    Raises `ValueError` for what no change writes.
    """
    last: Entry | None = None
    fact: Entry | None = None
    for last in entries:
        if last.type not in RECORDS:
            fact, state = last, _changed(state, last)
    if last is None:
        return state
    if state is None:
        raise ValueError(_begins_with(last))
    # No change reads these, so they are set once, however long the log is.
    state = replace(state, last_seq=last.seq, head=last.digest)
    if fact is None:
        return state
    return replace(
        state, version=fact.seq, updated_at=fact.created_at, updated_by_id=fact.creator_id
    )


def _changed(state: TicketState | None, entry: Entry) -> TicketState:
    if entry.type == "Create":
        return create.replay(entry)
    if state is None:
        raise ValueError(_begins_with(entry))
    change = _BY_RECORD.get((entry.type, entry.field)) or _BY_RECORD.get((entry.type, ""))
    if change is None:
        raise ValueError(f"nothing records {entry.type} of “{entry.field}”")
    return change.replay(state, entry)


def _begins_with(entry: Entry) -> str:
    return f"the log begins with {entry.type}, not with Create"


def at(ticket_id: int, point: int | datetime) -> TicketState | None:
    """The ticket as it was after the transaction `point`, or at that time; None where it was not yet."""
    rows = Transaction.objects.filter(ticket=ticket_id).order_by("seq")
    rows = (
        rows.filter(seq__lte=point)
        if isinstance(point, int)
        else rows.filter(created_at__lte=point)
    )
    return replay(entry_of(row) for row in rows.iterator())


def around(ticket_id: int, seq: int) -> tuple[TicketState | None, TicketState] | None:
    """The ticket before and after the transaction `seq`, the log read once; None where there is no such."""
    rows = Transaction.objects.filter(ticket=ticket_id, seq__lte=seq).order_by("seq")
    before: TicketState | None = None
    after: TicketState | None = None
    for row in rows.iterator():
        before, after = after, step(after, entry_of(row))
    return None if after is None or after.last_seq != seq else (before, after)


def faults(ticket: Ticket, state: TicketState, rows: Iterable[Transaction]) -> Iterator[str]:
    """What is wrong with one ticket's log: its numbering, its chain, and the row that it should add up to."""
    replayed: TicketState | None = None
    previous, expected = "", 1
    for row in rows:
        entry = entry_of(row)
        place = f"{ticket.key} seq {entry.seq}"
        if entry.seq != expected:
            yield f"{place}: seq {expected} is missing"
        if digest(previous, entry) != entry.digest:
            yield f"{place}: the digest does not fit the row and the one before it"
        try:
            replayed = step(replayed, entry)
        except (ValueError, KeyError, TypeError) as error:
            yield f"{place}: can't be replayed: {error}"
            return
        previous, expected = entry.digest, entry.seq + 1
    if replayed is None:
        yield f"{ticket.key}: has no transaction"
    elif replayed.head != state.head:
        yield f"{ticket.key} seq {replayed.last_seq}: the log's last digest is not the ticket's"
    elif differing := _differing(replayed, state, ticket):
        yield f"{ticket.key}: the row differs from its log in {', '.join(differing)}"


def _differing(replayed: TicketState, state: TicketState, ticket: Ticket) -> list[str]:
    def plain(held: TicketState) -> dict[str, object]:
        watchers = {role: sorted(addresses) for role, addresses in held.watchers.items()}
        links = {direction: sorted(ids) for direction, ids in held.links.items()}
        return held.columns() | {"watchers": watchers, "links": links}

    was, is_ = plain(replayed), plain(state)
    # A state has them made anew: the row may have kept what queries once compared.
    is_ |= {"search_subject": ticket.search_subject, "search_fields": ticket.search_fields}
    return [name for name in was if was[name] != is_[name]]


def verify(*, chunk: int = 500) -> Iterator[tuple[int, int, list[str]]]:
    """Check every ticket. Gives (tickets, transactions, faults) a chunk, in the order of ids."""
    last = 0
    while tickets := list(Ticket.objects.filter(pk__gt=last).order_by("pk")[:chunk]):
        last = tickets[-1].pk
        rows, found = check(tickets)
        yield len(tickets), rows, found


def extent(tickets: int, transactions: int) -> str:
    """How much was checked, in words."""
    return _("%(tickets)s with %(transactions)s") % {
        "tickets": ngettext("%d ticket", "%d tickets", tickets) % tickets,
        "transactions": ngettext("%d transaction", "%d transactions", transactions) % transactions,
    }


def check(tickets: Sequence[Ticket]) -> tuple[int, list[str]]:
    """The same of these tickets: how many transactions they have, and their faults."""
    log: dict[int, list[Transaction]] = {ticket.pk: [] for ticket in tickets}
    for row in Transaction.objects.filter(ticket__in=log).order_by("ticket_id", "seq"):
        log[row.ticket_id].append(row)
    found: list[str] = []
    for ticket, state in zip(tickets, states_of(tickets), strict=True):
        if any(faults(ticket, state, log[ticket.pk])):
            found += _settled(ticket.pk)
    return sum(map(len, log.values())), found


def _settled(ticket_id: int) -> list[str]:
    """The ticket's faults under its lock: what changed between two statements of ours was none."""
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket_id)
        (state,) = states_of([ticket])
        return list(
            faults(ticket, state, Transaction.objects.filter(ticket=ticket).order_by("seq"))
        )
