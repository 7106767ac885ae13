"""TicketSQL asked of the database: which tickets that somebody may see a query finds.

`tessera.lib.query` has the language and the evaluation in memory; both give the same answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from tessera.lib.api.pagination import Part
from tessera.lib.query.parse import parse_query
from tessera.lib.query.tree import And, Node
from tickets import access, knowing
from tickets.access import Actor
from tickets.models import Ticket
from tickets.search.compile import alternatives, spared
from tickets.search.counting import Counting
from tickets.search.plain import any_of
from tickets.search.reach import queues_of
from tickets.search.scope import Scope
from tickets.search.warnings import warnings_of

__all__ = ["Search", "rows_of", "search"]


@dataclass(frozen=True)
class Search:
    """What a query finds: the `rows`, in no order, that the caller may see, and what it names that there is not."""

    rows: QuerySet[Ticket]
    warnings: tuple[str, ...] = ()
    tree: Node | None = None
    _counting: Counting | None = field(default=None, repr=False)

    def narrowed(self, narrow: Callable[[QuerySet[Ticket]], QuerySet[Ticket]]) -> "Search":
        """The same with fewer rows: what is asked for besides the query."""
        counting = replace(self._counting, narrow=narrow) if self._counting else None
        return replace(self, rows=narrow(self.rows), _counting=counting)

    def part(self) -> Part | None:
        """What is sooner counted than the rows; None where nothing is."""
        return None if self._counting is None else self._counting.part()


def search(text: str, actor: Actor, *, now: datetime | None = None) -> Search:
    """The tickets that the query finds for the actor; a blank one finds all but the deleted.

    Raises `QueryInvalid`. Dates are read at `now` in the actor's time zone. Costs a statement where the query names
    people, and one for some of those terms that stand beside an OR.
    """
    if not text.strip():
        scope = Scope.of(actor, And(()), now=now)
        return Search(access.visible_to(actor).filter(spared(And(()), scope)))
    tree = parse_query(text, knowing.vocabulary(actor))
    scope = Scope.of(actor, tree, now=now)
    asked = alternatives(tree, scope)
    rows = _rows_of(asked, tree, scope)
    counting = Counting(tree, scope, [each for _part, each in asked])
    return Search(rows, warnings_of(tree, scope), tree, counting)


def rows_of(tree: Node, scope: Scope) -> QuerySet[Ticket]:
    """What the query asks for and the caller may see."""
    return _rows_of(alternatives(tree, scope), tree, scope)


def _rows_of(asked: Iterable[tuple[Node, Q]], tree: Node, scope: Scope) -> QuerySet[Ticket]:
    """The one is joined to the other in each alternative, by the queues that it speaks of: the planner would take it
    for evenly spread over what he sees, and walk long for what he sees nothing of."""
    found: dict[frozenset[int] | None, Q] = {}
    for part, condition in asked:
        reach = access.narrowed(scope.actor, queues_of(part, scope))
        found[reach] = found[reach] | condition if reach in found else condition
    seen = any_of(
        access.visible(scope.actor, within=reach) & condition for reach, condition in found.items()
    )
    return Ticket.objects.filter(seen, spared(tree, scope))
