"""Moving tickets to another version of their lifecycle: planned first, then ticket by ticket through the door."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext as _

from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.lib import clock
from tessera.lib.errors import Invalid, MappingNeeded, Refused
from tessera.lib.query.fold import fold
from tickets import config, service, turns
from tickets.access import Actor
from tickets.models import Ticket, VersionMove

_CHUNK = 20
_MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """How many tickets of one version have one status, and what the status becomes: None where nothing says so."""

    version: int
    status: str
    tickets: int
    becomes: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a move would do. `statuses` are those of the version that it leads to."""

    version: LifecycleVersion
    lines: tuple[Line, ...]
    statuses: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(line.tickets for line in self.lines)

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The statuses that went away and of which the mapping says nothing, each once."""
        return tuple(dict.fromkeys(x.status for x in self.lines if x.becomes is None))


def plan(lifecycle: Lifecycle, number: int, mapping: Mapping[str, str]) -> Plan:
    """Count the tickets that live by other versions, by version and status. One statement for all of them.

    Raises `Invalid` at `version` and, for a status that the version lacks, at `mapping`.
    """
    version = LifecycleVersion.objects.filter(lifecycle=lifecycle, number=number).first()
    if version is None:
        raise Invalid({"version": [_("the lifecycle has no such version")]})
    definition = config.current().lifecycle(version.pk).definition
    becomes = {fold(status): definition.canonical(to) for status, to in mapping.items()}
    wrong = {
        f"mapping.{status[:64]}": [_("the version has no status “%(to)s”") % {"to": to[:64]}]
        for status, to in mapping.items()
        if becomes[fold(status)] is None
    }
    if wrong:
        raise Invalid(wrong)
    counted = (
        _left(lifecycle, version)
        .values_list("lifecycle_version__number", "status")
        .annotate(tickets=Count("pk"))
        .order_by("lifecycle_version__number", "status")
    )
    return Plan(
        version,
        tuple(
            Line(held, status, tickets, becomes.get(fold(status)) or definition.successor(status))
            for held, status, tickets in counted
        ),
        tuple(status.name for status in definition.statuses),
    )


def left_behind(lifecycle: Lifecycle, version: LifecycleVersion, *, most: int) -> int:
    """How many tickets live by other versions than this one, counted no further than `most`."""
    others = LifecycleVersion.objects.filter(lifecycle=lifecycle).exclude(pk=version.pk)
    # By their ids, not by a subquery: only so the planner knows how rare they are, and takes the index.
    ids = list(others.values_list("pk", flat=True))
    return Ticket.objects.filter(lifecycle_version__in=ids).order_by()[:most].count()


def start(
    lifecycle: Lifecycle, number: int, mapping: Mapping[str, str], *, actor: Actor
) -> VersionMove:
    """Begin a move; a worker carries it out. Raises as `plan` does, `MappingNeeded` where a status has no place there,
    `Invalid` while another move of the lifecycle runs."""
    planned = plan(lifecycle, number, mapping)
    if planned.unmapped:
        raise MappingNeeded(
            _("Version %(number)d lacks %(statuses)s; say in mapping what they become.")
            % {"number": number, "statuses": ", ".join(planned.unmapped)},
            statuses=list(planned.statuses),
            unmapped=list(planned.unmapped),
        )
    try:
        with transaction.atomic():
            move = VersionMove.objects.create(
                lifecycle=lifecycle,
                version=planned.version,
                mapping={fold(status): to for status, to in mapping.items()},
                total=planned.total,
                creator_id=actor.id,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise Invalid({"version": [_("another move of this lifecycle is running")]}) from None
    transaction.on_commit(lambda: publish([move.pk]), robust=True)
    return move


def stop(move: VersionMove) -> None:
    """Ask the worker to end after the ticket in hand. What was moved stays so; `resume` goes on."""
    VersionMove.objects.filter(pk=move.pk, status=VersionMove.Status.RUNNING).update(
        status=VersionMove.Status.STOPPED
    )


def resume(move: VersionMove) -> None:
    """Go on with a stopped move. Raises `Invalid` while another of the lifecycle runs."""
    try:
        with transaction.atomic():
            VersionMove.objects.filter(pk=move.pk, status=VersionMove.Status.STOPPED).update(
                status=VersionMove.Status.RUNNING
            )
    except IntegrityError:
        raise Invalid({"status": [_("another move of this lifecycle is running")]}) from None
    transaction.on_commit(lambda: publish([move.pk]), robust=True)


def publish(ids: list[int]) -> None:
    """Tell a worker. With the broker away `revive` does it later."""
    turns.publish("tickets.tasks.move_tickets", ids)


def revive() -> None:
    """Tell workers of the moves that nobody has in hand."""
    publish(turns.lost(VersionMove.objects.filter(status=VersionMove.Status.RUNNING)))


def carry_out(move_id: int) -> None:
    """One worker's turn: move tickets until the turn, the tickets or the move's status end.

    Each is a unit of work of its own; what was done is not done again, whenever the worker dies.
    """
    running = VersionMove.objects.filter(pk=move_id, status=VersionMove.Status.RUNNING)
    if not turns.take(running):
        return
    move = VersionMove.objects.select_related("version", "lifecycle").get(pk=move_id)
    _count_what_was_lost(move)
    ends = time.monotonic() + turns.TURN_SECONDS
    with turns.kept(running):
        while turns.lasts(ends):
            ids = _next(move)
            if not ids:
                done = {"status": VersionMove.Status.DONE, "ended_at": clock.now()}
                running.update(**done, lease_until=None)
                return
            if not _move_some(move, ids):
                # Whoever resumes it finds it free; one that was resumed meanwhile is found when the lease ends.
                stopped = VersionMove.objects.filter(pk=move_id, status=VersionMove.Status.STOPPED)
                turns.leave(stopped)
                return
    turns.leave(running)
    publish([move_id])


def _count_what_was_lost(move: VersionMove) -> None:
    """A worker that was killed moved tickets that it did not come to count: what is no longer ahead was attempted."""
    ahead = _left(move.lifecycle, move.version).filter(pk__gt=move.last_id).count()
    done = move.total - ahead
    VersionMove.objects.filter(pk=move.pk, attempted__lt=done).update(attempted=done)


def _next(move: VersionMove) -> list[int]:
    following = _left(move.lifecycle, move.version).filter(pk__gt=move.last_id).order_by("pk")
    return list(following.values_list("pk", flat=True)[:_CHUNK])


def _move_some(move: VersionMove, ids: list[int]) -> bool:
    """Move these; whether the move still runs. Progress is kept after each chunk."""
    told: Counter[str] = Counter()
    faults: list[dict[str, object]] = []
    for number in ids:
        try:
            service.set_version(number, move.version_id, move.mapping, actor=_actor(move))
        except Refused as error:
            told["failed"] += 1
            faults.append({"ticket_id": number, "detail": str(error)})
    move.last_id = ids[-1]
    move.faults = [*move.faults, *faults][:_MOST_FAULTS]
    held = VersionMove.objects.filter(pk=move.pk)
    held.update(
        last_id=move.last_id,
        attempted=F("attempted") + len(ids),
        failed=F("failed") + told["failed"],
        faults=move.faults,
    )
    return held.filter(status=VersionMove.Status.RUNNING).exists()


def _actor(move: VersionMove) -> Actor:
    """Whoever began the move: it is done in his name, with what he may now."""
    return Actor.of(move.creator)


def _left(lifecycle: Lifecycle, version: LifecycleVersion) -> QuerySet[Ticket]:
    others = LifecycleVersion.objects.filter(lifecycle=lifecycle).exclude(pk=version.pk)
    return Ticket.objects.filter(lifecycle_version__in=others.values("pk")).order_by()
