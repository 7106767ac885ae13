"""Tickets by their key, by words of their subject, and those that were looked at last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tessera.desk.listing import kind_of
from tessera.desk.palette.shape import Asked, Choice, fits
from tessera.lib.patience import TookTooLong, at_most
from tessera.lib.query.complete import literal
from tickets import naming
from tickets.access import Actor, visible_to
from tickets.models import Ticket
from tickets.models.ticket import ticket_key
from tickets.search import search

MOST = 8
# The index of parts of subjects knows runs of three letters: shorter words would read every ticket.
_SHORTEST = 3
# How the tickets are found, one after the other, and for how many milliseconds: along the order, where many fit; else
# some that fit, and these sorted.
_ALONG, _SOME = 60, 400
_SOME_ROWS = 500
_COLUMNS = ("pk", "subject", "status", "queue_id", "lifecycle_version_id")


@dataclass(frozen=True, slots=True)
class Found:
    """The ticket that is `named` by its key or number, those seen last, and `others`; `slow` where looking for these
    took too long."""

    named: tuple[Choice, ...] = ()
    recent: tuple[Choice, ...] = ()
    others: tuple[Choice, ...] = ()
    slow: bool = False


def found(asked: Asked, actor: Actor) -> Found:
    """What the actor may see of it: one statement for those that are named, and two for others, which are limited."""
    named = naming.typed(asked.typed)
    seen = [number for each in asked.recent if (number := naming.typed(each))]
    here = naming.typed(str(asked.at.kwargs["key"])) if _on_ticket(asked) and asked.at else None
    wanted = {number for number in (named, *seen) if number}
    rows = {row[0]: row for row in _seen(wanted, actor)} if wanted else {}
    recent = [rows[n] for n in seen if n in rows and n not in (named, here)]
    recent = [row for row in recent if fits(asked.words, ticket_key(row[0]), row[1])]
    known = {row[0] for row in recent} | {named}
    others, slow = _by_words(asked.words, actor)
    return Found(
        tuple(_choice(rows[n], actor) for n in (named,) if n in rows),
        tuple(_choice(row, actor) for row in recent[:MOST]),
        tuple(_choice(row, actor) for row in others if row[0] not in known),
        slow,
    )


def _on_ticket(asked: Asked) -> bool:
    return asked.at is not None and asked.at.url_name == "ticket"


def _seen(numbers: set[int], actor: Actor) -> QuerySet[Ticket, tuple[Any, ...]]:
    return visible_to(actor, among=numbers).order_by().values_list(*_COLUMNS)


def _by_words(words: tuple[str, ...], actor: Actor) -> tuple[Sequence[tuple[Any, ...]], bool]:
    """The last that changed among those whose subject has all words; nothing for words that are too short."""
    if not any(len(word) >= _SHORTEST for word in words):
        return (), False
    asked = " AND ".join(f"Subject LIKE {_quoted(word)}" for word in words[:6])
    rows = search(asked, actor).rows
    for patience, part in ((_ALONG, rows), (_SOME, rows.order_by()[:_SOME_ROWS])):
        try:
            with at_most(patience, alone=True):
                if part is rows:
                    return list(
                        rows.order_by("-updated_at", "id").values_list(*_COLUMNS)[:MOST]
                    ), False
                some = list(part.values_list(*_COLUMNS, "updated_at"))
                some.sort(key=lambda row: row[-1], reverse=True)
                return some[:MOST], False
        except TookTooLong:
            continue
    return (), True


def _quoted(word: str) -> str:
    """In quotes whatever it is: a bare word might be a field's name."""
    found = literal(word)
    return found if found.startswith("'") else f"'{found}'"


def _choice(row: tuple[Any, ...], actor: Actor) -> Choice:
    number, subject, status, queue_id, version_id = row[:5]
    key = ticket_key(number)
    config = actor.config
    return Choice(
        label=subject or _("No subject"),
        link=reverse("ticket", args=[key]),
        mark=key,
        note=config.queues[queue_id].name,
        status=status,
        kind=kind_of(status, version_id, config),
        color=config.lifecycle(version_id).definition.color(status),
    )


def search_for(typed: str) -> Choice:
    """What leads to all that is found by these words, in subjects and messages."""
    flat = " ".join(typed.split())
    query = f"Content MATCHES {_quoted(flat)}"
    return Choice(
        label=_("Look for “%(words)s” in subjects and messages") % {"words": flat},
        link=f"{reverse('search')}?{urlencode({'q': query})}",
    )
