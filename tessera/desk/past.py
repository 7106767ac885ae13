"""A ticket as it was after one of its transactions, and what that one changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from customfields.spec import FieldSpec
from tessera.desk import facts, listing, pictures, timeline
from tessera.desk.timeline import NEWEST, Event, View
from tickets import fielding, replay, seen
from tickets.access import Actor, held_on, hidden_types, sees_queue
from tickets.models import Transaction
from tickets.outcome import RECORDS
from tickets.people import People
from tickets.state import ROLES, TicketState

_PLAIN = ("subject", "status", "queue_id", "owner_id", "priority", "due_at")
_DATES = ("started_at", "resolved_at")
_NOTHING = facts.Changes(people=False, basics=False, fields=False, links=False, take=False)


@dataclass(frozen=True, slots=True)
class Step:
    """A point in the log. `before` and `after` are the seqs of the neighbours that the reader may go to."""

    seq: int
    event: Event
    before: int | None
    after: int | None
    last: int


def at(state: TicketState, actor: Actor, seq: int, view: View) -> Mapping[str, Any] | None:
    """What the page shows of the ticket after that transaction, or the last before it that changed the ticket and
    that the actor may see, with his rights of now; None where there is none. The log up to there is read once."""
    step = _step(state, actor, seq)
    if step is None:
        return None
    found = replay.around(state.id, step.seq)
    if found is None:
        return None
    before, then = (each and seen.state(actor, each) for each in found)
    assert then is not None  # noqa: S101  # the step is in the log
    edge = step.seq + 1 if view.past is None else min(view.past, step.seq + 1)
    # Newest first, whatever its reader likes: what was not yet is cut off at that end.
    view = replace(view, order=NEWEST, past=edge)
    people = People()
    people.load(
        [then.owner_id, then.creator_id], [e for held in then.watchers.values() for e in held]
    )
    gone = fielding.gone(then, actor.config)
    known = (*actor.config.queues[then.queue_id].fields, *gone)
    return {
        **_facts(then, actor, people),
        "fields": facts.fields(then, actor.config, gone),
        "step": step,
        "changed": _changed(before, then, known),
        "timeline": timeline.of_ticket(state, actor, people, view=view),
    }


def _step(state: TicketState, actor: Actor, seq: int) -> Step | None:
    hidden = hidden_types(held_on(actor, state)) | RECORDS
    rows = Transaction.objects.filter(ticket=state.id).exclude(type__in=hidden)
    seqs = rows.values_list("seq", flat=True)
    here = seqs.filter(seq__lte=seq).order_by("-seq").first()
    event = here and timeline.one(state, actor, People(), seq=here)
    if not here or not event:
        return None
    return Step(
        seq=here,
        event=event,
        before=seqs.filter(seq__lt=here).order_by("-seq").first(),
        after=seqs.filter(seq__gt=here).order_by("seq").first(),
        last=state.last_seq,
    )


def _facts(then: TicketState, actor: Actor, people: People) -> dict[str, Any]:
    config = actor.config
    lifecycle = config.lifecycle(then.lifecycle_version_id)
    return {
        "ticket": then,
        "kind": listing.status_kind(then, config),
        "color": listing.status_color(then, config),
        "queue": config.queues[then.queue_id],
        "lifecycle": lifecycle,
        "picture": pictures.lifecycle(lifecycle.definition, then.status),
        "owner": people.by_id(then.owner_id),
        "watching": facts.watching(then, people),
        "links": facts.links(then, actor, config),
        "customers": {e.lower() for e in then.watchers.get("requestor", ())},
        "may": _NOTHING,
        "sees_queue": sees_queue(actor, then.queue_id),
    }


def _changed(
    before: TicketState | None, then: TicketState, specs: Iterable[FieldSpec]
) -> frozenset[str]:
    """The names of the facts that are otherwise than before, as the side of the page calls them. A ticket that begins
    is new as a whole: none of it is marked."""
    if before is None:
        return frozenset()
    names = {name for name in (*_PLAIN, *_DATES) if getattr(before, name) != getattr(then, name)}
    names |= {
        role for role in ROLES if before.watchers.get(role, ()) != then.watchers.get(role, ())
    }
    if before.links != then.links:
        names.add("links")
    keys = {spec.key: spec.name for spec in specs}
    fields = before.custom_fields, then.custom_fields
    return frozenset(names) | {
        f"field {name}" for key, name in keys.items() if fields[0].get(key) != fields[1].get(key)
    }
