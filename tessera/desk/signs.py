"""What went wrong of late on tickets, for the small signs of a list."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Value
from django.utils.translation import gettext as _

from scrips.models import Delivery
from tessera.lib import clock
from tickets.access import Actor, held_on
from tickets.models import Transaction
from tickets.state import TicketState

# A rule that failed once is past: by then somebody has looked, or the log tells it.
RECENT = timedelta(days=7)
_RULE, _DELIVERY = "rule", "delivery"


def of_tickets(states: Sequence[TicketState], actor: Actor) -> dict[int, tuple[str, ...]]:
    """By the ticket's id what its sign says: a rule that failed in the last week, a delivery that was given up and is
    dead still. Of tickets whose rules and mails the actor may not see nothing. At most one statement."""
    ids = [state.id for state in states if held_on(actor, state).has("ShowOutgoingMail")]
    if not ids:
        return {}
    failed = Transaction.objects.filter(
        ticket__in=ids, type="ScripError", created_at__gt=clock.now() - RECENT
    )
    dead = Delivery.objects.filter(ticket__in=ids, status=Delivery.Status.DEAD)
    found = (
        failed.order_by()
        .values_list("ticket_id", Value(_RULE))
        .union(dead.order_by().values_list("ticket_id", Value(_DELIVERY)))
    )
    told = {_RULE: _("A rule failed"), _DELIVERY: _("A delivery was given up")}
    signs: dict[int, tuple[str, ...]] = {}
    for number, kind in sorted(found):
        signs[number] = (told[kind], *signs.get(number, ()))
    return signs
