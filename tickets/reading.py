"""What somebody has not read yet: marks that follow him from list to list, and say nothing to others."""

from collections.abc import Collection, Sequence

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from tessera.accounts.models import User
from tessera.lib.expressions import IsAnyOf, OneByOne
from tickets.access import Actor, visible_to
from tickets.models import Reading, Ticket, Transaction
from tickets.outcome import RECORDS
from tickets.state import TicketState

# Sorted, so that two who write the same rows wait for each other and never in a ring.
_KEEP = """
    INSERT INTO tickets_reading (user_id, ticket_id, version)
    SELECT %s, told.ticket_id, told.version FROM unnest(%s::bigint[], %s::integer[]) AS told (ticket_id, version)
    ORDER BY 2
    ON CONFLICT (user_id, ticket_id) DO UPDATE SET version = EXCLUDED.version
"""
# A page that was fetched first and shown last must not take back what a later one told; and a look at what has not
# changed writes nothing.
_FORWARD = " WHERE tickets_reading.version < EXCLUDED.version"


def opened(state: TicketState, actor: Actor) -> None:
    """The actor has this ticket before him as it is here: one statement."""
    _keep(actor, [(state.id, state.version)], _FORWARD)


def mark(ids: Collection[int], actor: Actor, *, read: bool) -> int:
    """Mark those of the tickets that the actor may see as read, or as unread whatever he opened; says how many."""
    seen = visible_to(actor, among=ids).order_by("pk").values_list("pk", "version")
    found = list(seen) if read else [(number, 0) for number, _version in seen]
    _keep(actor, found, _FORWARD if read else "")
    return len(found)


def with_marks(rows: QuerySet[Ticket], actor: Actor) -> QuerySet[Ticket]:
    """The rows with `unread`: whether somebody else has changed the ticket since the actor last opened it, or marked
    as unread by himself. One that he never opened counts where that was after his marks began (`User.unread_since`):
    who is new, or comes back to an old site, has nothing to catch up with.

    What he did himself is no news to him, nor what rules made of it; records of deliveries are none to anybody.
    """
    read_to = Reading.objects.filter(user=actor.id, ticket=OuterRef("pk")).values("version")
    since = User.objects.filter(pk=actor.id).order_by().values("unread_since")
    news = (
        Transaction.objects.filter(ticket=OuterRef("pk"), cause_scrip_id=None)
        .exclude(creator=actor.id)
        .exclude(type__in=sorted(RECORDS))
        .order_by()
    )
    never = Q(read_to=None)
    return rows.alias(read_to=read_to, since=since).annotate(
        unread=Case(
            When(read_to=0, then=Value(True)),  # noqa: FBT003  # an expression's value
            When(never & Q(updated_at__lte=F("since")), then=Value(False)),  # noqa: FBT003  # the same
            When(never, then=OneByOne(news.filter(created_at__gt=OuterRef("since")))),
            When(version__lte=F("read_to"), then=Value(False)),  # noqa: FBT003  # the same
            default=OneByOne(news.filter(seq__gt=Coalesce(OuterRef("read_to"), 0))),
        )
    )


def unread(rows: QuerySet[Ticket], actor: Actor) -> QuerySet[Ticket]:
    """Those of the rows that are unread.

    The condition before the marks is theirs too, but one that indexes serve: of a million tickets few changed since
    the actor's marks began, or lie open before what he has read.
    """
    since = User.objects.filter(pk=actor.id).order_by().values("unread_since")
    back = Reading.objects.filter(user=actor.id, version__lt=F("ticket__version"))
    may_be = Q(updated_at__gt=Subquery(since)) | Q(
        IsAnyOf(F("pk"), ArraySubquery(back.values("ticket")))
    )
    return with_marks(rows.filter(may_be), actor).filter(unread=True)  # type: ignore[misc]  # an annotation of the query


def _keep(actor: Actor, found: Sequence[tuple[int, int]], unless: str) -> None:
    if not found:
        return
    ids, versions = zip(*found, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP + unless, [actor.id, list(ids), list(versions)])
