"""Many deliveries tried again or given up at once: a lot at a time, in the order of their ids, with a count of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

from scrips import lots
from scrips.models import Delivery

LOT = 500
MOST = 10_000
RETRY, CANCEL = "retry", "cancel"
# To whom each can be done; others that are found are passed over.
FROM: Mapping[str, tuple[str, ...]] = {
    RETRY: ("failed", "dead", "cancelled"),
    CANCEL: ("pending", "failed", "dead"),
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How many there are (counted up to `MOST`), the last of them by id, and how they are spread:
    `[(status, kind, host, count)]`, most first."""

    count: int
    last: int
    spread: list[tuple[str, str, str, int]]

    @property
    def capped(self) -> bool:
        """Whether there may be more than were counted."""
        return self.count >= MOST


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: so many are done, the last of them by id; `more` says whether any may be left."""

    done: int
    past: int
    more: bool


def able(rows: QuerySet[Delivery], act: str) -> QuerySet[Delivery]:
    """Those that it can be done to."""
    return rows.filter(status__in=FROM[act])


def extent(rows: QuerySet[Delivery], act: str) -> Extent:
    """Of what it would be done to. What comes later than the `last` is not meant. Two statements."""
    found = able(rows, act)
    counted = found.order_by("id")[:MOST].values("pk")
    spread = (
        Delivery.objects.filter(pk__in=counted)
        .order_by()
        .values_list("status", "kind", "host")
        .annotate(n=Count("pk"))
        .order_by("-n", "kind", "host")
    )
    last = found.aggregate(last=Max("pk"))["last"] or 0
    listed = list(spread)
    return Extent(sum(row[3] for row in listed), last, listed[:20])


def one_lot(rows: QuerySet[Delivery], act: str, *, past: int, last: int) -> Progress:
    """Do it to the next lot, in one transaction, beyond the id `past` and up to `last`.

    What somebody else has in hand is passed over. Whoever does the same at the same time does no harm.
    """
    lot = able(rows, act).filter(pk__gt=past, pk__lte=last).order_by("pk")
    doer = lots.retry if act == RETRY else lots.cancel
    ids = doer(lot, most=LOT)
    return Progress(len(ids), ids[-1] if ids else last, len(ids) == LOT)
