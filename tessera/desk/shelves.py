"""What stands at the left of the tickets: ready-made views, queues, and saved views, each with its number."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tessera.desk import listing
from tessera.lib.api.pagination import COUNT_CAP
from tessera.lib.query.complete import literal
from tessera.lib.query.fold import fold
from tessera.lib.query.limits import MAX_LIST, MAX_TEXT
from tessera.lib.values import MAX_ID
from tickets import views
from tickets.access import Actor, queues_with, sees_queue
from tickets.config import QueueSpec
from tickets.models import SavedView
from tickets.orders import DEFAULT
from tickets.views import Counted

_MOST_QUEUES = 30
_MOST_VIEWS = 50
# Seconds for all numbers together: those that are not counted by then stay open.
_BUDGET = 4.0
# What an address adds to have the unread ones alone.
UNREAD = "unread=1"
_OPEN = "Status = '__Active__'"
_WORK = ("OwnTicket", "ModifyTicket", "TakeTicket", "CommentOnTicket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Tickets under a name. `address` is how the page's own address chooses it: `view=mine`, `queue=3`, `view=12`;
    `unread` says that it adds to another shelf's that only what is unread is meant."""

    name: str
    address: str
    query: str
    order: str = DEFAULT
    columns: tuple[str, ...] = listing.COLUMNS
    saved: SavedView | None = None
    queue: QueueSpec | None = None
    unread: bool = False

    @property
    def whole(self) -> str:
        """The query for a queue's tickets with the closed ones."""
        return "" if self.queue is None else f"Queue = {_quoted(self.queue.name)}"

    @property
    def kept(self) -> SavedView:
        """The shelf as a view that can be counted."""
        return self.saved or SavedView(query=self.query, order=self.order)


@dataclass(frozen=True, slots=True)
class Shelves:
    """All of them, in their parts; `more` says whether there are queues that find no room."""

    ready: tuple[Shelf, ...]
    queues: tuple[Shelf, ...] = ()
    saved: tuple[Shelf, ...] = ()
    more: bool = False


def shelves(actor: Actor) -> Shelves:
    """What the actor can choose: one statement, for the saved views."""
    queues = _queues(actor)
    rows = SavedView.objects.filter(views.seen_by(actor)).order_by("name", "pk")[:_MOST_VIEWS]
    return Shelves(
        _ready(actor),
        tuple(map(_of_queue, queues[:_MOST_QUEUES])),
        tuple(map(_of_view, rows)),
        more=len(queues) > _MOST_QUEUES,
    )


def chosen(actor: Actor, *, view: str, queue: str) -> Shelf | None:
    """The shelf that an address names, the first where it names none; None where there is no such for the actor."""
    if queue:
        number = _number(queue)
        known = actor.config.queues.get(number) if number else None
        return _of_queue(known) if known and sees_queue(actor, known.id) else None
    ready = {
        shelf.address.removeprefix("view="): shelf for shelf in _ready(actor) if not shelf.unread
    }
    if not view:
        return next(iter(ready.values()))
    if view in ready:
        return ready[view]
    number = _number(view)
    rows = SavedView.objects.filter(views.seen_by(actor), pk=number) if number else ()
    return next((_of_view(row) for row in rows), None)


def numbers(actor: Actor, held: Shelves) -> dict[str, str]:
    """How many tickets stand on each shelf, by its address: `12`, `10k+`, or `–` where that can't be told."""
    ends = time.monotonic() + _BUDGET
    return {
        shelf.address: _told(views.count(shelf.kept, actor, unread=shelf.unread))
        for shelf in (*held.ready, *held.queues, *held.saved)
        if time.monotonic() < ends
    }


def _told(counted: Counted) -> str:
    if counted.count is None:
        return "–"
    return f"{COUNT_CAP // 1000}k+" if counted.capped else str(counted.count)


def _ready(actor: Actor) -> tuple[Shelf, ...]:
    """For who works on tickets his queues come first, for who only asks what he asked for."""
    owned = f"Owner = '__CurrentUser__' AND {_OPEN}"
    asked = Shelf(
        name=_("Asked by me"), address="view=asked", query="Requestor = '__CurrentUser__'"
    )
    everything = Shelf(name=_("All tickets"), address="view=all", query="")
    work = queues_with(actor, *_WORK) & queues_with(actor, "ShowTicket")
    if not work:
        return everything, asked
    mine = _in_queues(work, actor)
    return (
        Shelf(name=_("My queues"), address="view=open", query=f"{_OPEN}{mine}"),
        Shelf(name=_("Unread"), address=f"view=open&{UNREAD}", query=f"{_OPEN}{mine}", unread=True),
        Shelf(name=_("Owned by me"), address="view=mine", query=owned),
        Shelf(
            name=_("Nobody’s yet"), address="view=nobody", query=f"Owner = Nobody AND {_OPEN}{mine}"
        ),
        asked,
        everything,
    )


def _in_queues(work: frozenset[int], actor: Actor) -> str:
    """The condition that keeps to these queues; none where they are all there are, or too many to name."""
    if work == actor.config.queues.keys() or len(work) > MAX_LIST:
        return ""
    names = sorted((actor.config.queues[number].name for number in work), key=fold)
    told = f" AND Queue IN ({', '.join(map(_quoted, names))})"
    return told if len(told) < MAX_TEXT // 2 else ""


def _quoted(text: str) -> str:
    """In quotes whatever it is: a bare word might be a field's name."""
    found = literal(text)
    return found if found.startswith("'") else f"'{found}'"


def _queues(actor: Actor) -> Sequence[QueueSpec]:
    known = [each for each in actor.config.queues.values() if sees_queue(actor, each.id)]
    return sorted((each for each in known if not each.disabled), key=lambda queue: fold(queue.name))


def _of_queue(queue: QueueSpec) -> Shelf:
    return Shelf(
        name=queue.name,
        address=f"queue={queue.id}",
        query=f"Queue = {_quoted(queue.name)} AND {_OPEN}",
        queue=queue,
    )


def _of_view(row: SavedView) -> Shelf:
    return Shelf(
        name=row.name,
        address=f"view={row.pk}",
        query=row.query,
        order=row.order,
        columns=tuple(row.columns),
        saved=row,
    )


def _number(raw: str) -> int | None:
    if not raw.isascii() or not raw.isdecimal() or len(raw) > 19:
        return None
    return int(raw) if int(raw) <= MAX_ID else None
