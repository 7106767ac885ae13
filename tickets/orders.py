"""What tickets can be ordered by: that which an index serves, however many there are."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from django.db.models import QuerySet

from tessera.lib.api.order import Orders, Term
from tickets import knowing
from tickets.access import Actor
from tickets.config import Config
from tickets.models import Ticket
from tickets.search.custom import only_value

_OF_FIELD = "order_by_"
_COLUMNS = {
    "id": "pk",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "due_at": "due_at",
    "resolved_at": "resolved_at",
    "priority": "priority",
    "status": "status",
    "subject": "search_subject",
    "owner_id": "owner_id",
}
# As the indexes have them.
_TIES = {
    "updated_at": "-id",
    "created_at": "-id",
    "priority": "updated_at,-id",
    **dict.fromkeys(("due_at", "resolved_at", "status", "subject", "owner_id"), "-updated_at,id"),
}
_NULLABLE = frozenset({"due_at", "resolved_at", "owner_id"})
DEFAULT = "-updated_at,id"
# Without the custom fields, which each system has of its own.
PLAIN = Orders(_COLUMNS, default=DEFAULT, nullable=_NULLABLE, ties=_TIES)


def orders_of(config: Config) -> Orders:
    """The columns, and `cf.KEY` for each custom field that is indexed."""
    return _with(tuple(key for key, spec in config.fields.items() if spec.indexed))


def orders_for(actor: Actor) -> Orders:
    """The same, of which a refusal names those alone that he is told of."""
    orders, hidden = orders_of(actor.config), knowing.vocabulary(actor).hidden
    unsaid = frozenset(f"cf.{key}" for key in hidden) & orders.columns.keys()
    return replace(orders, unsaid=unsaid) if unsaid else orders


@lru_cache(maxsize=64)
def _with(keys: tuple[str, ...]) -> Orders:
    named = {f"cf.{key}": f"{_OF_FIELD}{key}" for key in keys}
    return Orders(
        _COLUMNS | named,
        default=DEFAULT,
        nullable=_NULLABLE | named.keys(),
        ties=_TIES | dict.fromkeys(named, "-updated_at,id"),
    )


def with_columns(rows: QuerySet[Ticket], terms: Sequence[Term], config: Config) -> QuerySet[Ticket]:
    """The rows with what the order asks of their custom fields."""
    for term in terms:
        if term.column.startswith(_OF_FIELD):
            spec = config.fields[term.column.removeprefix(_OF_FIELD)]
            rows = rows.annotate(**{term.column: only_value(spec.key, spec.field_type)})
    return rows
