"""How work flows: what came and went, what waits, and how long people wait for it. Read only.

A report counts the tickets that a query finds and its reader may see. Each of its numbers comes with the TicketSQL of
the tickets behind it, which is also what was counted: the list of that query has just as many.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.lib.errors import QueryTooSlow
from tessera.lib.patience import TookTooLong, at_most
from tickets.reports import backlog, flow, times
from tickets.reports.shape import Asked, Counted, Report

__all__ = ["PATIENCE", "REPORTS", "Kind", "report"]

PATIENCE = 5_000  # milliseconds for each statement


@dataclass(frozen=True, slots=True)
class Kind:
    """A report that there is. `defined` says what it counts, for a person who reads its numbers."""

    title: str | Promise
    defined: str | Promise
    count: Callable[[Asked], Counted]


REPORTS: Mapping[str, Kind] = {
    "flow": Kind(
        gettext_lazy("Created and resolved by day"),
        gettext_lazy(
            "Created: tickets opened on that day. Resolved: tickets that went into a closed status on that day and "
            "have not been reopened since."
        ),
        flow.count,
    ),
    "backlog": Kind(
        gettext_lazy("Backlog by queue and age"),
        gettext_lazy(
            "Tickets that are open now, by the time since they were created, whenever that was."
        ),
        backlog.count,
    ),
    "first-response": Kind(
        gettext_lazy("First response"),
        gettext_lazy(
            "First response: from the ticket’s creation to the first reply by somebody who is not its requestor. "
            "Of tickets created on these days; comments and what rules send do not count."
        ),
        times.first_response,
    ),
    "resolution": Kind(
        gettext_lazy("Time to resolve"),
        gettext_lazy(
            "From the ticket’s creation to its last closing. Of tickets resolved on these days and not reopened "
            "since; the time it waited for others counts too."
        ),
        times.resolution,
    ),
}


def report(name: str, asked: Asked, *, patience: int = PATIENCE) -> Report:
    """The report of that name in `REPORTS`. Raises `QueryTooSlow` where a statement takes longer than `patience`."""
    kind = REPORTS[name]
    try:
        with at_most(patience):
            counted = kind.count(asked)
    except TookTooLong:
        told = _("This report takes too long. Ask for less: one queue, fewer days.")
        raise QueryTooSlow(told) from None
    return Report(name=name, title=str(kind.title), defined=str(kind.defined), counted=counted)
