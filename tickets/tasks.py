"""What workers do for tickets."""

from celery import shared_task

from tickets.api import idempotency


@shared_task(name="tickets.tasks.purge_idempotency_keys")
def purge_idempotency_keys() -> None:
    """Drop the answers that are older than their promise."""
    idempotency.purge()
