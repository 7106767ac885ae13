"""Tickets that may be about the same thing as a subject that is being written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tessera.desk.listing import kind_of
from tessera.lib.patience import TookTooLong, at_most
from tessera.lib.query.fold import fold
from tickets.access import Actor
from tickets.config import QueueSpec
from tickets.models.ticket import ticket_key
from tickets.search import search

_MOST, _LOOKED_AT, _WORDS, _SHORTEST = 3, 200, 12, 3
# Milliseconds: it is a hint, and worth no wait.
_PATIENCE = 150
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Alike:
    """An open ticket."""

    key: str
    subject: str
    status: str
    kind: str
    at: datetime


def alike(subject: str, queue: QueueSpec, actor: Actor) -> Sequence[Alike]:
    """Open tickets of the queue whose subjects share two of three of the longer words, the likest first. One
    statement, and nothing where it takes too long."""
    words = _words(subject)
    if not words:
        return ()
    matching = " or ".join(f'"{word}"' for word in sorted(words))
    query = f"Queue = {queue.id} AND Status = '__Active__' AND Subject MATCHES '{matching}'"
    rows = search(query, actor).rows.order_by()
    columns = rows.values_list("pk", "subject", "status", "lifecycle_version_id", "updated_at")
    try:
        with at_most(_PATIENCE):
            found = list(columns[:_LOOKED_AT])
    except TookTooLong:
        return ()
    shared = {row[0]: len(words & _words(row[1])) for row in found}
    near = [row for row in found if shared[row[0]] * 3 >= len(words) * 2]
    near.sort(key=lambda row: (shared[row[0]], row[4]), reverse=True)
    return [
        Alike(ticket_key(number), text, status, kind_of(status, version, actor.config), at)
        for number, text, status, version, at in near[:_MOST]
    ]


def _words(subject: str) -> set[str]:
    found = dict.fromkeys(fold(word) for word in _WORD.findall(subject))
    return {word for word in list(found)[:_WORDS] if len(word) >= _SHORTEST}
