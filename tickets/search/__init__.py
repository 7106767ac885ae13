"""TicketSQL asked of the database: which tickets that somebody may see a query finds.

`tessera.lib.query` has the language and the evaluation in memory; both give the same answer.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from tessera.lib.query.parse import parse_query
from tessera.lib.query.tree import And, Node
from tickets import access
from tickets.access import Actor
from tickets.models import Ticket
from tickets.search.compile import condition, deleted
from tickets.search.reach import queues_of
from tickets.search.scope import Scope
from tickets.search.warnings import warnings_of

__all__ = ["Search", "search"]


@dataclass(frozen=True)
class Search:
    """What a query finds: the `rows`, in no order, that the caller may see, and what it names that there is not."""

    rows: QuerySet[Ticket]
    warnings: tuple[str, ...] = ()
    tree: Node | None = None


def search(text: str, actor: Actor, *, now: datetime | None = None) -> Search:
    """The tickets that the query finds for the actor; a blank one finds all but the deleted.

    Raises `QueryInvalid`. Dates are read at `now` in the actor's time zone. Costs a statement where the query names
    people, and one for some of those terms that stand beside an OR.
    """
    if not text.strip():
        rows = access.visible_to(actor)
        return Search(rows.exclude(deleted(Scope.of(actor, And(()), now=now))))
    tree = parse_query(text, actor.config.vocabulary)
    scope = Scope.of(actor, tree, now=now)
    rows = access.visible_to(actor, within=queues_of(tree, scope))
    return Search(rows.filter(condition(tree, scope)), warnings_of(tree, scope), tree)
