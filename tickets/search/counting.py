"""What is sooner counted than all that a query finds: a count stops at a cap, which a part of it may reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Q, QuerySet

from tessera.lib.api.pagination import COUNT_CAP, Part
from tessera.lib.expressions import IsAnyOf
from tessera.lib.plans import rows_expected
from tessera.lib.query.tree import Node, terms
from tessera.lib.query.verdict import is_log
from tickets import access
from tickets.models import Ticket, Watcher
from tickets.search.compile import some_of, spared, standing_of, texts_of
from tickets.search.functions import Joined
from tickets.search.plain import any_of
from tickets.search.reach import queues_of
from tickets.search.scope import Scope

# So many rows of the log, or tickets, show that more tickets fit than are counted, if somebody sees all of these; of
# who sees a part so many more are taken, as long as that is worth it.
_ENTRIES, _TICKETS, _MOST, _LEAST = 2 * COUNT_CAP, COUNT_CAP * 4 // 3, 100_000, 0.01
# What is expected to be as many is counted to the cap by a part, of which twice as much is taken as should do.
_ENOUGH = COUNT_CAP * 3 // 2
# Where so great a part of all tickets fits, few of those that somebody watches show it.
_COMMON = 0.2


@dataclass(frozen=True)
class Counting:
    """A query, what it asks of a ticket, one of which must hold, and what is asked besides it."""

    tree: Node
    scope: Scope
    asked: Sequence[Q]
    narrow: Callable[[QuerySet[Ticket]], QuerySet[Ticket]] = lambda rows: rows

    def part(self) -> Part | None:
        """What is sooner counted than the rows; None where nothing is. A few plans at most."""
        watched, few = self.scope.watched, self._few_of_log()
        if watched is None:
            return self._texts() if few is None else Part(self._seen(few).values("pk"))
        # These are some of what he watches already.
        return self._watched(watched) if few is None else Part(self._fitting(few).values("pk"))

    def _few_of_log(self) -> Q | None:
        """What fits some of very many rows of the log that the query asks for; None where they are not so many."""
        if not any(map(is_log, terms(self.tree))):
            return None
        most = self._most(_ENTRIES)
        return some_of(self.tree, self.scope, most=most) if most <= _MOST else None

    def _texts(self) -> Part | None:
        """The messages that fit, of tickets that he sees and that fit otherwise, in the order of the tickets: the index
        is read once, and no further than to the cap. Ticket by ticket that costs twice as much."""
        apart = texts_of(self.tree, self.scope)
        if apart is None or self.scope.actor.held().has("ShowTicket"):
            return None
        texts, otherwise = apart
        tickets = self._seen(otherwise).values("pk")
        share = rows_expected(texts) / max(rows_expected(Ticket.objects.order_by()), 1)
        if rows_expected(tickets) * share < _ENOUGH:
            return None
        these = ArraySubquery(tickets[: int(2 * COUNT_CAP / share)])
        fitting = texts.filter(IsAnyOf(F("ticket_id"), these))
        return Part(fitting.values("ticket_id").distinct())

    def _most(self, of_all: int) -> int:
        return int(of_all / max(access.share(self.scope.actor), _LEAST))

    def _watched(self, watched: QuerySet[Watcher]) -> Part | None:
        """What fits is looked for among what he watches, in the order of its index; or, where most tickets fit, the
        other way round. To ask ticket by ticket costs three times as much."""
        fitting, apart = self._fitting(any_of(self.asked)), [*map(self._fitting, self.asked)]
        expected, total = rows_expected(fitting), rows_expected(Ticket.objects.order_by())
        if expected > total * _COMMON:
            few = watched.values("ticket_id")[: int(_TICKETS * total / expected)]
            return Part(fitting.filter(IsAnyOf(F("pk"), ArraySubquery(few))).values("pk"))
        most = self._most(_TICKETS)
        if expected <= most:
            return Part(_of_these(watched, apart), whole=True)
        if (standing := self._standing()) is not None:
            these = ArraySubquery(_of_these(watched, [standing]))
            return Part(fitting.filter(IsAnyOf(F("pk"), these)).values("pk"), whole=True)
        return Part(_of_these(watched, _largest(apart, most))) if most <= _MOST else None

    def _standing(self) -> QuerySet[Ticket] | None:
        """The tickets that stand where the query wants them, where they are not too many to be looked for among what
        somebody watches before one of them is read."""
        standing = standing_of(self.tree, self.scope)
        if standing is None:
            return None
        rows = Ticket.objects.filter(standing, spared(self.tree, self.scope)).order_by()
        return rows if rows_expected(rows) <= _MOST else None

    def _fitting(self, asked: Q) -> QuerySet[Ticket]:
        return self.narrow(Ticket.objects.filter(asked, spared(self.tree, self.scope))).order_by()

    def _seen(self, asked: Q) -> QuerySet[Ticket]:
        """What fits the condition, of what the query can find and the caller may see."""
        within = access.narrowed(self.scope.actor, queues_of(self.tree, self.scope))
        return self._fitting(access.visible(self.scope.actor, within=within) & asked)


def _largest(apart: Sequence[QuerySet[Ticket]], most: int) -> list[QuerySet[Ticket]]:
    """Up to so many tickets of each, of the largest that should have so many together."""
    found, left = [], most
    expected = [(rows_expected(each), each) for each in apart]
    for number, each in sorted(expected, key=itemgetter(0), reverse=True):
        if left > 0:
            found.append(each[:most])
            left -= number
    return found


def _of_these(
    watched: QuerySet[Watcher], fitting: Sequence[QuerySet[Ticket]]
) -> QuerySet[Watcher, object]:
    """Those of all these tickets that somebody watches, each once. What fits in several ways is looked for in each of
    them: of an OR the planner reads an index whole."""
    arrays = [ArraySubquery(each.values("pk")) for each in fitting]
    ids = Joined(*arrays, output_field=ArrayField(BigIntegerField()))
    return watched.filter(IsAnyOf(F("ticket_id"), ids)).values("ticket_id").distinct()
