"""What workers do for tickets."""

from celery import shared_task

from tickets import bulk, moving
from tickets.api import idempotency


@shared_task(name="tickets.tasks.purge_idempotency_keys")
def purge_idempotency_keys() -> None:
    """Drop the answers that are older than their promise."""
    idempotency.purge()


@shared_task(name="tickets.tasks.move_tickets")
def move_tickets(move_id: int) -> None:
    """One turn of a move of tickets to a version."""
    moving.carry_out(move_id)


@shared_task(name="tickets.tasks.revive_moves")
def revive_moves() -> None:
    """Find the moves that lost their worker."""
    moving.revive()


@shared_task(name="tickets.tasks.change_many")
def change_many(bulk_id: int) -> None:
    """One turn of a bulk change."""
    bulk.carry_out(bulk_id)


@shared_task(name="tickets.tasks.revive_bulk_changes")
def revive_bulk_changes() -> None:
    """Find the bulk changes that lost their worker."""
    bulk.revive()


@shared_task(name="tickets.tasks.purge_bulk_changes")
def purge_bulk_changes() -> None:
    """Drop the results that are older than their promise."""
    bulk.purge()
