"""What tickets can be put in order by."""

from tessera.lib.api.order import Orders
from tickets.config import Config

ORDERS = Orders(
    {
        "id": "pk",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "due_at": "due_at",
        "started_at": "started_at",
        "resolved_at": "resolved_at",
        "priority": "priority",
        "status": "status",
        "subject": "subject",
        "queue_id": "queue_id",
        "owner_id": "owner_id",
    },
    default="-updated_at,id",
    nullable=frozenset({"due_at", "started_at", "resolved_at", "owner_id"}),
)


def orders_of(config: Config) -> Orders:  # noqa: ARG001  # custom fields are its
    """The orders that lists of tickets know under this configuration."""
    return ORDERS
