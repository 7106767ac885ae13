"""Texts that nobody has sent yet, kept while they are written: their author finds them wherever he opens the ticket.

A draft is a message that has come back to its author without having left. Its row is named after the composer that it
was written in, so that what is told late (the request before the one that sends it) finds it sent and brings nothing
back.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tessera.lib import clock, room
from tessera.lib.errors import Invalid
from tickets.access import Actor
from tickets.changes.message import LONGEST
from tickets.models import UnsentMessage
from tickets.unsent import RETURNED, Letter

MOST = 1_000  # of one author
_OF_COMPOSER = "kept:"
_SENT = UnsentMessage.Status.SENT


def is_kept(row: UnsentMessage) -> bool:
    """Whether its author never sent it."""
    return row.nonce.startswith(_OF_COMPOSER)


def stamp(row: UnsentMessage) -> str:
    """Names the draft as it is now: who knows another one has not seen what was written since."""
    return f"{row.pk}@{row.ended_at.isoformat() if row.ended_at else ''}"


def keep(
    ticket_id: int, letter: Letter, *, actor: Actor, known: Iterable[str] = ()
) -> UnsentMessage | None:
    """Keep it in place of those of `instead_of` that are `known` as they are now; where another window wrote on at
    them they stay, and it stands beside. None where it was sent or thrown away meanwhile, or says nothing yet.

    Raises `Invalid` for a text that no message takes, `LimitReached` for one draft too many.
    """
    if len(letter.changes["message"]["content"]) > LONGEST:
        raise Invalid({"message.content": [_("This is too long to be kept.")]})
    with transaction.atomic():
        if letter.instead_of:
            rows = UnsentMessage.objects.select_for_update().filter(
                pk__in=letter.instead_of, ticket=ticket_id, author=actor.id, status=RETURNED
            )
            there = list(rows.order_by("pk"))
            if not there:
                return None
            if {stamp(row) for row in there} <= set(known):
                first, *others = there
                own = Q(author=actor.id, nonce=_named(ticket_id, letter.nonce), status=RETURNED)
                told = UnsentMessage.objects.filter(Q(pk__in=[row.pk for row in others]) | own)
                told.exclude(pk=first.pk).delete()
                return _written(first, letter)
        return _own(ticket_id, letter, actor)


def close(ticket_id: int, nonce: str, *, actor: Actor) -> None:
    """What was written in that composer is sent: nothing that is told late brings it back. One statement."""
    now = clock.now()
    row = UnsentMessage(
        ticket_id=ticket_id,
        author_id=actor.id,
        nonce=_named(ticket_id, nonce),
        changes={},
        status=_SENT,
        due_at=now,
        created_at=now,
        ended_at=now,
    )
    UnsentMessage.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["author", "nonce"],
        update_fields=["changes", "form", "transition", "status", "error", "ended_at"],
    )


def _own(ticket_id: int, letter: Letter, actor: Actor) -> UnsentMessage | None:
    """The composer's own row."""
    now = clock.now()
    rows = UnsentMessage.objects.select_for_update().filter(
        author=actor.id, ticket=ticket_id, nonce=_named(ticket_id, letter.nonce)
    )
    row = rows.first()
    if row is None and _says(letter):
        full = _("You have %(most)d drafts: send or throw away some first. This one is not kept.")
        mine = UnsentMessage.objects.filter(author=actor.id, status=RETURNED)
        room.ask(mine, owner_id=actor.id, most=MOST, full=full % {"most": MOST})
        row, _made = rows.get_or_create(
            defaults={
                "author_id": actor.id,
                "ticket_id": ticket_id,
                "nonce": _named(ticket_id, letter.nonce),
                "changes": {},
                "status": RETURNED,
                "due_at": now,
                "created_at": now,
                "ended_at": now,
            }
        )
    return None if row is None or row.status != RETURNED else _written(row, letter)


def _written(row: UnsentMessage, letter: Letter) -> UnsentMessage:
    row.changes = _storable(letter.changes)
    row.form = _storable(letter.form)
    row.transition = _storable(letter.transition)[:200]
    row.version, row.signature, row.ended_at = letter.version, "", clock.now()
    row.save()
    return row


def _says(letter: Letter) -> bool:
    message = letter.changes["message"]
    return bool(message["content"].strip() or message.get("attachment_ids"))


def _named(ticket_id: int, nonce: str) -> str:
    composer = f"{ticket_id} {nonce}".encode(errors="replace")
    return _OF_COMPOSER + hashlib.sha256(composer).hexdigest()[:31]


def _storable(value: Any) -> Any:
    """Without NUL, which no column takes."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_storable(name): _storable(each) for name, each in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list | tuple) else value
