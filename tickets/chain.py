"""The chain of digests that makes a ticket's log tamper-evident."""

import hashlib
from dataclasses import replace
from typing import Any

import orjson

from tickets.outcome import Entry


def canonical(entry: Entry) -> dict[str, Any]:
    """What the digest covers: the whole row but its `id` and the digest itself."""
    return {
        "ticket_id": entry.ticket_id,
        "seq": entry.seq,
        "type": entry.type,
        "field": entry.field,
        "old_value": entry.old_value,
        "new_value": entry.new_value,
        "data": dict(entry.data),
        "creator_id": entry.creator_id,
        "created_at": entry.created_at.isoformat(timespec="microseconds"),
        "batch": entry.batch,
        "cause": [entry.cause.scrip_id, entry.cause.transaction_id] if entry.cause else None,
        "delivery_id": entry.delivery_id,
    }


def digest(previous: str, entry: Entry) -> str:
    """SHA-256 of the previous digest and the row's canonical JSON (sorted keys, UTF-8), in hex."""
    text = orjson.dumps(canonical(entry), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + text).hexdigest()


def linked(previous: str, entry: Entry) -> Entry:
    """The entry with the digest that it has after `previous`."""
    return replace(entry, digest=digest(previous, entry))
