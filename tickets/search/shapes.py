"""How a condition on rows that point at a ticket is asked of it: each way is many times worse at the other's end."""

from dataclasses import dataclass, field
from math import ceil
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tessera.lib.expressions import IsAnyOf, OneByOne
from tessera.lib.plans import rows_expected
from tickets.models import Ticket, Watcher
from tickets.models.message import SLICE, slice_of

# Beside other alternatives up to so many tickets are looked up by their ids; beyond, each ticket is asked.
_FEW = 1_000
# Where the planner can tell how many rows fit, so many are fetched whatever else is asked: of messages, which are wide
# and lie scattered, and of links and the log, whose indexes hold all that is asked.
FEW_TEXTS, FEW_LINKS, FEW_ENTRIES = 20_000, 50_000, 100_000


@dataclass(frozen=True)
class Rows:
    """Rows that make their ticket fit; so does what `besides` says of the ticket itself, where it says something.

    `to` is the column that holds the ticket; `sliced` says that the rows' index knows slices of tickets too. Up to
    `few` by the planner's own estimate they are fetched; without it, that is decided by whether the planner can see a
    semi-join, and by counting. Of what is fetched the tickets are looked for `among` these, all at once: the caller
    sees no others. `fetched`: rows that say the same of whatever he sees, sooner fetched.
    """

    rows: QuerySet[Any]
    to: str = "ticket_id"
    besides: Q = field(default_factory=Q)
    few: int | None = None
    sliced: bool = False
    among: QuerySet[Watcher] | None = None
    fetched: QuerySet[Any] | None = None

    def condition(self, *, conjunct: bool) -> Q:
        """That there is such a row. `conjunct`: with nothing but AND and NOT around, the planner sees a semi-join."""
        joined = conjunct and not self.besides
        if self._few(conjunct=joined):
            found = self._as_ids()
        else:
            test = Exists if joined else OneByOne
            found = Q(test(self.rows.filter(**{self.to: OuterRef("pk")})))
        return found | self.besides if self.besides else found

    def part(self, most: int) -> Q | None:
        """The same of no more than so many of the rows, which are fetched; None where all would be. Of messages with a
        word a ticket has fewer than of other rows: of these it is a third less."""
        if self.few is None:
            return None
        expected = rows_expected(self.rows)
        if expected < self.few:
            return None
        most = most * 13 // 20 if self.sliced else most
        rows = _of_newest(self.rows, self.to, most / expected) if self.sliced else self.rows
        return self._of_these(rows.values(self.to)[:most])

    def _few(self, *, conjunct: bool) -> bool:
        if self.few is not None:
            return rows_expected(self.rows) < self.few
        if conjunct:
            return False
        return len(self.rows.values_list(self.to, flat=True)[: _FEW + 1]) <= _FEW

    def _as_ids(self) -> Q:
        rows = self.rows if self.fetched is None else self.fetched
        return self._of_these(rows.values(self.to))

    def _of_these(self, tickets: QuerySet[Any, Any]) -> Q:
        ids = _Ids(tickets)
        if self.among is not None:
            ids = _Ids(self.among.filter(IsAnyOf(F("ticket_id"), ids)).values("ticket_id"))
        return Q(IsAnyOf(F("pk"), ids))


def _of_newest(rows: QuerySet[Any], to: str, share: float) -> QuerySet[Any]:
    """Those of the newest tickets, which are that share of all, and a quarter more: so the index is read no further.

    One statement, which reads an entry of an index.
    """
    newest = Ticket.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    last = newest // SLICE
    first = max(last - ceil(last * share * 1.25), 0)
    if not first:
        return rows
    of_these: QuerySet[Any] = rows.alias(slice=slice_of(to))
    return of_these.filter(slice__overlap=list(range(first, last + 1)))


class _Ids(ArraySubquery):
    """Of rows that can't be, the condition is false, not null: else its negation would hold for no ticket."""

    empty_result_set_value = NotImplemented
