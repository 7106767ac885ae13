"""What counts as an answer on a ticket: a reply by somebody who is not its requestor, and that no rule made."""

from django.db.models import Exists, OuterRef, QuerySet

from tickets.models import Transaction, Watcher


def answers() -> QuerySet[Transaction]:
    """All of them, in no order. Who is a requestor is asked of the ticket as it is now.

    `tessera.lib.query.fields` says the same of a ticket's facts.
    """
    own = Watcher.objects.filter(
        ticket_id=OuterRef("ticket_id"),
        role=Watcher.Role.REQUESTOR,
        address=OuterRef("creator__folded_email"),
    )
    said = Transaction.objects.filter(type="Correspond", cause_scrip_id__isnull=True)
    return said.filter(~Exists(own)).order_by()
