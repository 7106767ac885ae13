"""Tickets that are open now, by queue and by how long ago they were created."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.figures import AGES
from tickets.reports.shape import Asked, Column, Counted, Row, quoted

_OPEN = "Status = '__Active__'"


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the open tickets: the condition on a row, and the same in TicketSQL."""

    column: Column
    condition: Q
    query: str


def count(asked: Asked) -> Counted:
    """One statement. The queue with the most comes first. Where days are named, of the tickets created on them."""
    parts, queues = _parts(asked.now), asked.scope.config.queues
    open_ones = [_OPEN, *([asked.days.within("Created")] if asked.days else [])]
    found: dict[int, dict[str, int]] = {}
    rows = asked.rows(*open_ones).order_by().values_list("queue_id")
    counts = {part.column.name: Count("pk", filter=part.condition) for part in parts}
    for queue, *numbers in rows.annotate(**counts):
        if queue in queues:  # else it was made just now
            found[queue] = dict(zip(counts, numbers, strict=True))
    order = sorted(found, key=lambda queue: (-found[queue]["open"], queues[queue].name))
    return Counted(
        head=_("Queue"),
        columns=[part.column for part in parts],
        rows=[
            Row(
                key=queue,
                name=queues[queue].name,
                values=found[queue],
                queries=_behind(
                    asked, parts, [f"Queue = {quoted(queues[queue].name)}", *open_ones]
                ),
            )
            for queue in order
        ],
        total=Row(
            key=None,
            name=_("All queues"),
            values={name: sum(each[name] for each in found.values()) for name in counts},
            queries=_behind(asked, parts, open_ones),
        ),
        days=asked.days,
    )


def ages() -> list[tuple[str, str]]:
    """The name and the header of each group of age, the youngest first: `age_0` is under a day."""
    between = [
        _("%(from)d to %(to)d days") % {"from": low, "to": high} for low, high in pairwise(AGES)
    ]
    headers = [_("under a day"), *between, _("over %d days") % AGES[-1]]
    return [(f"age_{low}", header) for low, header in zip((0, *AGES), headers, strict=True)]


def _parts(now: datetime) -> list[_Part]:
    """What is counted of each queue: the groups of age, all, and those that are late."""
    bounds = (None, *(now - timedelta(days=days) for days in AGES), None)
    found = []
    for (name, header), (newest, oldest) in zip(ages(), pairwise(bounds), strict=True):
        condition, words = Q(), []
        if newest is not None:
            condition &= Q(created_at__lt=newest)
            words.append(f"Created < '{_iso(newest)}'")
        if oldest is not None:
            condition &= Q(created_at__gte=oldest)
            words.append(f"Created >= '{_iso(oldest)}'")
        found.append(_Part(Column(name, header), condition, " AND ".join(words)))
    return [
        *found,
        _Part(Column("open", gettext_lazy("All")), Q(pk__isnull=False), ""),
        _Part(
            Column("overdue", gettext_lazy("Past due")), Q(due_at__lt=now), f"Due < '{_iso(now)}'"
        ),
    ]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _behind(asked: Asked, parts: Sequence[_Part], where: Sequence[str]) -> Mapping[str, str]:
    return {
        part.column.name: asked.behind(*where, *([part.query] if part.query else []))
        for part in parts
    }
