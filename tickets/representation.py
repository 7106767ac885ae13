"""How tickets, transactions and outcomes look as JSON, for the API, for webhooks and for whoever else shows them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from customfields.spec import to_json
from tickets import fielding, seen
from tickets.access import Actor, held_on
from tickets.changes.plain import iso
from tickets.config import Config
from tickets.models.ticket import ticket_key
from tickets.outcome import Effect, Entry, File, Fired, Outcome, Preview, Skipped, Text
from tickets.state import INVERSE, ROLES, TicketState

# What a row holds of a text; the API fills the text itself in.
_OF_TEXT = frozenset({"message_id", "sha256", "content_type", "attachments"})

Shown = Callable[[int], int | None]


def given(number: int) -> int | None:
    """An id for the outside: those that a preview took back are null."""
    return number if number > 0 else None


def ticket_url(number: int) -> str:
    """Where people read a ticket."""
    return f"{settings.TESSERA_BASE_URL}/tickets/{ticket_key(number)}"


def ticket_json(state: TicketState, config: Config, *, shown: Shown = given) -> dict[str, Any]:
    """A ticket as the contract describes it. `shown` says what stands for an id that is not given yet."""
    number = shown(state.id)
    lifecycle = config.lifecycle(state.lifecycle_version_id)
    return {
        "id": number,
        "key": None if number is None else ticket_key(number),
        "subject": state.subject,
        "queue_id": state.queue_id,
        "status": state.status,
        "owner_id": state.owner_id,
        "creator_id": state.creator_id,
        "priority": state.priority,
        "due_at": iso(state.due_at),
        "started_at": iso(state.started_at),
        "resolved_at": iso(state.resolved_at),
        "created_at": iso(state.created_at),
        "updated_at": iso(state.updated_at),
        "version": state.version,
        "lifecycle_id": lifecycle.lifecycle_id,
        "lifecycle_version": lifecycle.number,
        "custom_fields": {
            spec.key: to_json(spec, state.custom_fields.get(spec.key, ()))
            for spec in config.queues[state.queue_id].fields
        },
        "watchers": {role: list(state.watchers.get(role, ())) for role in ROLES},
        "links": {
            direction: [shown(other) for other in state.links.get(direction, ())]
            for direction in INVERSE
        },
    }


def past_json(state: TicketState, config: Config) -> dict[str, Any]:
    """A ticket as it was, with its values of fields that were deleted or taken from its queue since: a statement where
    there are such."""
    body = ticket_json(state, config)
    for spec in fielding.gone(state, config):
        body["custom_fields"][spec.key] = to_json(spec, state.custom_fields[spec.key])
    return body


def transaction_json(
    entry: Entry, texts: Mapping[int, Text], *, shown: Shown = given
) -> dict[str, Any]:
    """A transaction as the contract describes it, with the text that its row only names."""
    new, old = entry.new_value, entry.old_value
    if entry.type in {"AddLink", "DeleteLink"}:
        new, old = (None if value is None else shown(value) for value in (new, old))
    return {
        "id": shown(entry.id),
        "ticket_id": shown(entry.ticket_id),
        "seq": entry.seq,
        "type": entry.type,
        "field": entry.field or None,
        "old_value": old,
        "new_value": new,
        "data": _data(entry, texts, shown),
        "creator_id": entry.creator_id,
        "created_at": iso(entry.created_at),
        "batch": shown(entry.batch),
        "cause": None
        if entry.cause is None
        else {
            "scrip_id": entry.cause.scrip_id,
            "transaction_id": shown(entry.cause.transaction_id),
        },
        "digest": entry.digest,
    }


def _data(entry: Entry, texts: Mapping[int, Text], shown: Shown) -> dict[str, Any]:
    data = _links_shown(entry.data, shown) if entry.type == "Create" else dict(entry.data)
    if entry.text_id is None:
        return data
    kept = {key: value for key, value in data.items() if key not in _OF_TEXT}
    text = texts[entry.text_id]
    return kept | {
        "content": text.content,
        "content_type": text.content_type,
        "attachments": [file_json(file) for file in text.files],
    }


def _links_shown(data: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    """What a ticket began with: it may be linked to one that has no number yet."""
    values = data["values"]
    links = {way: [shown(other) for other in ids] for way, ids in values["links"].items()}
    return {**data, "values": {**values, "links": links}}


def file_json(file: File) -> dict[str, Any]:
    """An attachment's facts, as a message shows them."""
    return {
        "id": file.id,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
    }


def outcome_json(outcome: Outcome, actor: Actor) -> dict[str, Any]:
    """What a change answers: of it, what the actor may see."""
    actor = actor.under(outcome.config)
    held = held_on(actor, outcome.ticket)
    fired = outcome.fired if held.has("ShowOutgoingMail") else ()
    return {
        "ticket": ticket_json(seen.state(actor, outcome.ticket), outcome.config),
        "transactions": [
            transaction_json(entry, outcome.texts) for entry in seen.of_outcome(actor, outcome)
        ],
        "scrips_fired": [_fired_json(each) for each in fired],
    }


def preview_json(preview: Preview, actor: Actor) -> dict[str, Any]:
    """What a preview answers: the outcome, whether the real call would be allowed, and who stays silent."""
    outcome = preview.outcome
    skipped = preview.skipped
    if outcome is not None:
        held = held_on(actor.under(outcome.config), outcome.ticket)
        skipped = skipped if held.has("ShowOutgoingMail") else ()
    body: dict[str, Any] = (
        {"ticket": None, "transactions": [], "scrips_fired": []}
        if outcome is None
        else outcome_json(outcome, actor)
    )
    return body | {
        "dry_run": True,
        "allowed": preview.refusal is None,
        "errors": preview.refusal.body() if preview.refusal else None,
        "scrips_skipped": [_skipped_json(each) for each in skipped],
    }


def _fired_json(fired: Fired) -> dict[str, Any]:
    return {
        "scrip_id": fired.scrip_id,
        "name": fired.name,
        "stage": fired.stage,
        "condition_type": fired.condition_type,
        "action_type": fired.action_type,
        "transaction_id": given(fired.transaction_id),
        "because": fired.because,
        "effect": None if fired.effect is None else effect_json(fired.effect),
        "error": fired.error,
    }


def effect_json(effect: Effect) -> dict[str, Any]:
    """What a scrip's action came to, or would: ids that are not given are null."""
    facts = dict(effect.facts)
    for name in facts.keys() & {"delivery_id", "ticket_id"}:
        facts[name] = given(facts[name] or 0)
    if "transaction_ids" in facts:
        facts["transaction_ids"] = [given(number) for number in facts["transaction_ids"]]
    return {"kind": effect.kind, **facts}


def _skipped_json(skipped: Skipped) -> dict[str, Any]:
    return {
        "scrip_id": skipped.scrip_id,
        "name": skipped.name,
        "stage": skipped.stage,
        "because": skipped.because,
    }
