"""What workers do for tickets."""

from celery import shared_task

from tickets import bulk, indexing, moving, unsent
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


@shared_task(name="tickets.tasks.sync_field_indexes")
def sync_field_indexes() -> None:
    """Make and drop the indexes of custom fields as the configuration wants them."""
    indexing.sync()


@shared_task(name="tickets.tasks.send_unsent")
def send_unsent(unsent_id: int) -> None:
    """Send a message whose time to be taken back is over, and those that its author wrote before it."""
    unsent.send(unsent_id)


@shared_task(name="tickets.tasks.revive_unsent")
def revive_unsent() -> None:
    """Find the messages that are due and that nobody was told of."""
    unsent.revive()


@shared_task(name="tickets.tasks.purge_unsent")
def purge_unsent() -> None:
    """Drop what remembers presses that nobody repeats any more."""
    unsent.purge()
