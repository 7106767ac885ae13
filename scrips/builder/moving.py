"""Moving a rule within the order of a queue, beside another one: so two who move at once don't undo each other."""

import re
from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from scrips import service
from scrips.models import Scrip
from tessera.lib.errors import Invalid
from tickets.access import Actor

_BESIDE = re.compile(r"(before|after):([0-9]{1,18})", re.A)
# From an order without the rule and its place before, the place that it takes.
To = Callable[[Sequence[int], int], int]


def wanted(raw: str) -> To | None:
    """What was asked for: `up`, `down`, or `before:` or `after:` another rule. None for anything else.

    A rule that is not in the queue any more leaves the one that is moved where it is.
    """
    if raw == "up":
        return lambda _rest, at: max(at - 1, 0)
    if raw == "down":
        return lambda rest, at: min(at + 1, len(rest))
    if not (found := _BESIDE.fullmatch(raw)):
        return None
    behind, other = found[1] == "after", int(found[2])
    return lambda rest, at: rest.index(other) + behind if other in rest else at


def move(queue_id: int, scrip_id: int, to: To, actor: Actor) -> str:
    """Move it, and give what would move it back, "" where it stayed. Raises `Invalid`.

    In one transaction, under the locks of `save_order`: who else moves one waits.
    """
    with transaction.atomic():
        rows = Scrip.objects.select_for_update().order_by("pk").prefetch_related("places")
        here = {row.pk: row.reach for row in rows if row.reach.covers(queue_id)}
        order = sorted(here, key=lambda each: (here[each].place(queue_id), each))
        if scrip_id not in order:
            raise Invalid({"queue": [_("The rule is not for this queue any more.")]})
        at = order.index(scrip_id)
        rest = [each for each in order if each != scrip_id]
        place = to(rest, at)
        if place == at:
            return ""
        moved = [*rest[:place], scrip_id, *rest[place:]]
        service.save_order(queue_id, moved, actor=actor, note=_("Moved in the list"))
        return f"after:{order[at - 1]}" if at else f"before:{order[1]}"
