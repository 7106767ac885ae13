"""How a condition on rows that point at a ticket is asked of it: each way is many times worse at the other's end."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tickets.access import IsAnyOf

# Beside other alternatives up to so many tickets are looked up by their ids; beyond, each ticket is asked.
_FEW = 1_000
# Where the planner can tell how many rows fit, so many are fetched whatever else is asked: of messages, which are wide
# and lie scattered, and of the log, whose index holds all that is asked.
FEW_TEXTS, FEW_ENTRIES = 20_000, 50_000


@dataclass(frozen=True)
class Rows:
    """Rows that make their ticket fit; so does what `besides` says of the ticket itself, where it says something.

    `to` is the column that holds the ticket. Up to `few` by the planner's own estimate they are fetched; without it,
    that is decided by whether the planner can see a semi-join, and by counting.
    """

    rows: QuerySet[Any]
    to: str = "ticket_id"
    besides: Q = field(default_factory=Q)
    few: int | None = None

    def condition(self, *, conjunct: bool) -> Q:
        """That there is such a row. `conjunct`: with nothing but AND and NOT around, the planner sees a semi-join."""
        joined = conjunct and not self.besides
        if self._few(conjunct=joined):
            found = self._as_ids()
        else:
            test = Exists if joined else _OneByOne
            found = Q(test(self.rows.filter(**{self.to: OuterRef("pk")})))
        return found | self.besides if self.besides else found

    def _few(self, *, conjunct: bool) -> bool:
        if self.few is not None:
            return _estimate(self.rows) < self.few
        if conjunct:
            return False
        return len(self.rows.values_list(self.to, flat=True)[: _FEW + 1]) <= _FEW

    def _as_ids(self) -> Q:
        return Q(IsAnyOf(F("pk"), _Ids(self.rows.values(self.to))))


class _OneByOne(Exists):
    """Asked of each ticket that comes by. Beside an OR the planner would read all rows first, page or not."""

    template = "EXISTS(%(subquery)s OFFSET 0)"


class _Ids(ArraySubquery):
    """Of rows that can't be, the condition is false, not null: else its negation would hold for no ticket."""

    empty_result_set_value = NotImplemented


def _estimate(rows: QuerySet[Any]) -> int:
    """How many rows the planner expects: a quarter of a millisecond, where counting takes tens."""
    text = rows.values("pk").explain(format="json")
    if not text:  # Django sees by itself that there can be none, and asks nothing
        return 0
    (plan,) = json.loads(text)
    return int(plan["Plan"]["Plan Rows"])
