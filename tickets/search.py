"""What a query finds of what somebody may see: a stand-in that reads every ticket, until the compiler stands here."""

from dataclasses import dataclass

from django.db.models import QuerySet

from tessera.lib import clock
from tessera.lib.query.evaluate import Query
from tessera.lib.query.parse import parse_query
from tickets import facts
from tickets.access import Actor, visible_to
from tickets.models import Ticket
from tickets.people import People
from tickets.state import states_of


@dataclass(frozen=True)
class Search:
    """What was found. `rows` are not ordered."""

    rows: QuerySet[Ticket]
    warnings: tuple[str, ...]


def search(text: str, actor: Actor) -> Search:
    """What the query finds of what the actor may see; "" finds all. Raises QueryInvalid."""
    rows = visible_to(actor).order_by()
    if not text.strip():
        return Search(rows, ())
    query = Query(parse_query(text, actor.config.vocabulary))
    people = People()
    found = [
        state.id
        for state in states_of(rows)
        if query.holds(
            facts.query_facts(state, config=actor.config, people=people, now=clock.now(), log=list)
        )
    ]
    return Search(rows.filter(pk__in=found), ())
