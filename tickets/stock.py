"""What a new system begins with besides the stock lifecycles: one queue, so that the first ticket has a place."""

from django.db import DEFAULT_DB_ALIAS

from lifecycles.models import Lifecycle
from tickets.models import Queue


def make_general_queue(using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Make the queue `General` where there is no queue at all."""
    if not Queue.objects.using(using).exists():
        Queue.objects.using(using).create(
            name="General",
            description="Where tickets begin until there are other queues.",
            lifecycle=Lifecycle.objects.using(using).get(name="default"),
        )
