"""The dates that a status sets: when work began, and when the ticket was done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tickets.state import TicketState


def with_status(
    state: TicketState, status: str, kinds: Sequence[str | None], moment: datetime
) -> TicketState:
    """The ticket in another status; `kinds` are those of the old (None when it begins) and the new status.

    `started_at` is set when it is first in a status that is not initial, and never again. `resolved_at` is set
    when it enters an inactive status from another kind, and cleared when it leaves.
    """
    before, after = kinds
    started = state.started_at
    if started is None and after != "initial":
        started = moment
    resolved = state.resolved_at
    if after != "inactive":
        resolved = None
    elif before != "inactive":
        resolved = moment
    return replace(state, status=status, started_at=started, resolved_at=resolved)
