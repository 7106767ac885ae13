"""The same changes for many tickets: each a unit of work of its own, through the door, under the caller's rights then.

Few are changed at once. Many become a row that a worker works off in turns (`tickets.turns`): a ticket's change, its
result and the count of what is done are written in one transaction, so that each is made once, whoever dies when.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import orjson
from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from tessera.lib import clock, room
from tessera.lib.api.rendering import dump
from tessera.lib.errors import Busy, Invalid, QueryTooSlow, Refused, Throttled
from tessera.lib.patience import TookTooLong, at_most
from tickets import changes, config, representation, service, turns
from tickets.access import Actor
from tickets.models import BulkChange, BulkTicket
from tickets.people import People
from tickets.search import search

log = logging.getLogger(__name__)

# Up to so many are changed while the caller waits.
AT_ONCE = 100
MOST = 100_000
# Of one caller at the same time.
MOST_RUNNING = 5
KEPT = timedelta(days=7)
_TRIES = 3
_PATIENCE = 10_000  # milliseconds
_WAITING = Q(outcome__isnull=True, error__isnull=True)
# A lock that was waited for too long, a broken deadlock, a statement that was cut off: of this ticket, not of all.
_OF_ONE_TICKET = frozenset({"55P03", "40P01", "57014"})


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done to each ticket: `changes` as in a PATCH, or with `preview` their dry run."""

    changes: Mapping[str, Any]
    preview: bool = False

    def check(self) -> None:
        """Raise `Invalid` that names, below `changes`, all that would be wrong with every ticket."""
        if not self.changes:
            raise Invalid({"changes": [_("must not be empty")]})
        _found, errors = changes.read(self.changes)
        message = self.changes.get("message")
        if isinstance(message, dict) and message.get("attachment_ids"):
            errors["message.attachment_ids"] = [_("a file belongs to one message: leave it out")]
        if errors:
            raise Invalid({f"changes.{name}": texts for name, texts in errors.items()})


@dataclass(frozen=True, slots=True)
class Found:
    """The tickets that a query finds now, by their ids, and what it warns of."""

    ids: tuple[int, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one ticket, as JSON: an outcome (of a dry run a preview), or the body of the error."""

    ticket_id: int
    outcome: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None

    def json(self) -> dict[str, Any]:
        """The result with the one of the two that there is."""
        told = {"outcome": self.outcome} if self.error is None else {"error": self.error}
        return {"ticket_id": self.ticket_id, **told}


def find(query: str, actor: Actor) -> Found:
    """The tickets of a query. Raises `QueryInvalid`, `QueryTooSlow`, and `Invalid` for none at all, or too many."""
    if not query.strip():
        raise Invalid({"query": [_("must not be empty; “id > 0” are all tickets")]})
    found = search(query, actor)
    try:
        with at_most(_PATIENCE):
            ids = tuple(found.rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    except TookTooLong:
        raise QueryTooSlow(_("This search takes too long; ask for less.")) from None
    if len(ids) > MOST:
        raise Invalid({"query": [_("finds more than %(most)d tickets") % {"most": MOST}]})
    return Found(ids, found.warnings)


def at_once(ids: Iterable[int], order: Order, *, actor: Actor) -> list[Result]:
    """Do it now, in the order of the ids, so that two who do it at once don't wait for each other in a circle; the
    results come in the order given. What one ticket is refused does not hold up the others."""
    given = list(ids)
    found = {number: _result(number, order, actor) for number in sorted(given)}
    return [found[number] for number in given]


def start(ids: Sequence[int], order: Order, *, actor: Actor) -> BulkChange:
    """Have it done by a worker, in the order given. Raises `Throttled` while too many of the actor's run."""
    running = BulkChange.objects.filter(owner=actor.id, status=BulkChange.Status.RUNNING)
    with transaction.atomic():
        room.hold(f"bulk {actor.id}")
        if running.count() >= MOST_RUNNING:
            told = _(
                "%(most)d bulk changes of yours are running: wait for one to end, or stop one."
            )
            raise Throttled(told % {"most": MOST_RUNNING}, wait=timedelta(minutes=1))
        bulk = BulkChange.objects.create(
            owner_id=actor.id,
            changes=dict(order.changes),
            preview=order.preview,
            total=len(ids),
            created_at=clock.now(),
        )
        with connection.cursor() as cursor:
            cursor.execute(_TICKETS_SQL, {"bulk": bulk.pk, "ids": list(ids)})
        transaction.on_commit(lambda: publish([bulk.pk]), robust=True)
    return bulk


# One statement for all of them; the rows' own ids keep the order.
_TICKETS_SQL = """
    INSERT INTO tickets_bulkticket (bulk_id, ticket_id)
    SELECT %(bulk)s, wanted.id
    FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (id, place) ORDER BY place
"""


def stop(bulk: BulkChange) -> None:
    """End it after the ticket in hand. What was changed stays so; `resume` goes on."""
    BulkChange.objects.filter(pk=bulk.pk, status=BulkChange.Status.RUNNING).update(
        status=BulkChange.Status.STOPPED, ended_at=clock.now()
    )


def resume(bulk: BulkChange) -> None:
    """Go on with what was stopped."""
    stopped = BulkChange.objects.filter(pk=bulk.pk, status=BulkChange.Status.STOPPED)
    if stopped.update(status=BulkChange.Status.RUNNING, ended_at=None):
        transaction.on_commit(lambda: publish([bulk.pk]), robust=True)


def publish(ids: list[int]) -> None:
    """Tell a worker. With the broker away `revive` does it later."""
    turns.publish("tickets.tasks.change_many", ids)


def revive() -> None:
    """Tell workers of the bulk changes that nobody has in hand."""
    publish(turns.lost(BulkChange.objects.filter(status=BulkChange.Status.RUNNING)))


def purge() -> int:
    """Delete those that ended, or were stopped, longer ago than they are kept; how many there were."""
    old = list(BulkChange.objects.filter(ended_at__lt=clock.now() - KEPT))
    for bulk in old:
        bulk.delete()
    return len(old)


def carry_out(bulk_id: int) -> None:
    """One worker's turn: change tickets until the turn or the tickets end, or it is stopped."""
    rows = BulkChange.objects.filter(pk=bulk_id)
    running = rows.filter(status=BulkChange.Status.RUNNING)
    if not turns.take(running):
        return
    bulk = rows.get()
    order = Order(bulk.changes, preview=bulk.preview)
    ends = time.monotonic() + turns.TURN_SECONDS
    going_on = True
    with turns.kept(running):
        while going_on and turns.lasts(ends):
            going_on = _settle_next(bulk, order)
    if not going_on and not bulk.tickets.filter(_WAITING).exists():
        running.update(status=BulkChange.Status.DONE, ended_at=clock.now())
    turns.leave(rows)
    if going_on:
        publish([bulk_id])


def _settle_next(bulk: BulkChange, order: Order) -> bool:
    """Change the next ticket that waits, and keep what came of it; False where there is none, or none may be changed.

    The lock on its row is held until the change is committed: a worker whose lease ended meanwhile does no harm.
    """
    with transaction.atomic():
        row = _claim(bulk)
        if row is None:
            return False
        result = _patiently(row.ticket_id, order, bulk.owner_id)
        row.outcome, row.error = _as_answered(result.outcome), _as_answered(result.error)
        row.save(update_fields=["outcome", "error"])
        BulkChange.objects.filter(pk=bulk.pk).update(
            done=F("done") + 1,
            failed=F("failed") + int(result.error is not None),
        )
    return True


def _as_answered(body: Mapping[str, Any] | None) -> Any:
    """The body as the API writes it: what is read from the row later is what would have been answered at once."""
    return None if body is None else orjson.loads(dump(body))


def _claim(bulk: BulkChange) -> BulkTicket | None:
    waiting = bulk.tickets.filter(_WAITING, bulk__status=BulkChange.Status.RUNNING)
    return waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk").first()


def _patiently(ticket_id: int, order: Order, owner_id: int) -> Result:
    """The result under the owner's rights of this moment. Nobody waits for it: a ticket that is held is tried again."""
    for attempt in count(1):
        rules = config.current()
        owner = People().by_id(owner_id)
        assert owner is not None  # noqa: S101  # users with bulk changes can't be deleted
        result = _result(ticket_id, order, Actor(owner, rules))
        if attempt == _TRIES or result.error is None or result.error["code"] != Busy.code:
            break
    return result


def _result(ticket_id: int, order: Order, actor: Actor) -> Result:
    """One ticket's own unit of work. A fault of ours is its error alone, and in the log."""
    try:
        with transaction.atomic():
            return Result(ticket_id, outcome=_outcome(ticket_id, order, actor))
    except Refused as refusal:
        return Result(ticket_id, error=refusal.body())
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", None) not in _OF_ONE_TICKET:
            raise  # the database itself: no ticket's fault
        return Result(ticket_id, error=Busy(_("Another request holds the ticket.")).body())
    except Exception:
        log.exception("A bulk change failed at ticket %s", ticket_id)
        told = _("The server failed at this ticket; its log has the reason.")
        return Result(ticket_id, error={"code": "server_error", "detail": told})


def _outcome(ticket_id: int, order: Order, actor: Actor) -> dict[str, Any]:
    if order.preview:
        tried = service.preview(ticket_id, order.changes, actor=actor)
        return representation.preview_json(tried, actor)
    outcome = service.apply(ticket_id, order.changes, actor=actor)
    return representation.outcome_json(outcome, actor)
