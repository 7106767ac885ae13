"""A ticket's log as people read it: what was said, what was changed, and what rules made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from scrips.models import Delivery, Scrip
from tessera.desk import words
from tessera.lib import plaintext
from tickets import seen
from tickets.access import Actor, held_on, hidden_types
from tickets.config import Config
from tickets.entries import entry_of, texts_of
from tickets.models import Transaction
from tickets.outcome import Entry, File
from tickets.people import People, Person
from tickets.state import TicketState

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message. `internal` ones are for staff alone."""

    paragraphs: tuple[str, ...]
    internal: bool
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What left the system: a mail, or a request. `to` are its receivers or its address."""

    delivery_id: int
    kind: str
    to: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the log. `rule` is set where a scrip made it; `sent` where it tells of a delivery."""

    seq: int
    type: str
    at: datetime
    who: Person | None
    phrase: words.Phrase
    said: Said | None
    rule: words.Rule | None
    sent: Sent | None

    @property
    def failed(self) -> bool:
        """Whether a rule could not do what it should."""
        return self.type == "ScripError"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events, newest first, and the seq below which the older ones lie (None at the end)."""

    events: tuple[Event, ...]
    older: int | None


def of_ticket(
    state: TicketState,
    actor: Actor,
    people: People,
    *,
    before: int | None = None,
    size: int = PAGE,
) -> Timeline:
    """The newest events of a ticket that the actor may see, or the newest of those before a seq. A fixed number of
    statements."""
    rows = Transaction.objects.filter(ticket=state.id).order_by("-seq")
    held = held_on(actor, state)
    if hidden := hidden_types(held):
        rows = rows.exclude(type__in=hidden)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    found = [entry_of(row) for row in rows[: size + 1]]
    shown = seen.entries(actor, found[:size])
    if not held.has("ShowOutgoingMail"):
        # Who may not see what rules did is not told their names: the system did it.
        shown = [replace(entry, cause=None) for entry in shown]
    events = _events(shown, actor.config, people)
    return Timeline(events, shown[-1].seq if len(found) > size else None)


def _events(entries: Sequence[Entry], config: Config, people: People) -> tuple[Event, ...]:
    people.load({entry.creator_id for entry in entries} | words.people_in(entries))
    texts = texts_of(entries)
    rules = _rules(entries)
    sent = _sent(entries)
    reading = words.Reading(config=config, people=people)
    events = []
    for entry in entries:
        text = texts.get(entry.data.get("message_id", 0))
        said = text and Said(
            paragraphs=_paragraphs(text.content, text.content_type),
            internal=text.internal,
            files=text.files,
        )
        events.append(
            Event(
                seq=entry.seq,
                type=entry.type,
                at=entry.created_at,
                who=people.by_id(entry.creator_id),
                phrase=reading.phrase(entry),
                said=said or None,
                rule=_rule(entry, rules),
                sent=sent.get(entry.delivery_id or 0),
            )
        )
    return tuple(events)


def _paragraphs(content: str, content_type: str) -> tuple[str, ...]:
    """The text alone: markup that users wrote is never let through."""
    text = plaintext.from_html(content) if content_type == "text/html" else content
    parts = text.replace("\r\n", "\n").split("\n\n")
    return tuple(part.strip("\n") for part in parts if part.strip())


def _rules(entries: Sequence[Entry]) -> Mapping[int, str]:
    ids = {entry.cause.scrip_id for entry in entries if entry.cause}
    return dict(Scrip.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _rule(entry: Entry, names: Mapping[int, str]) -> words.Rule | None:
    if entry.cause is None:
        return None
    number = entry.cause.scrip_id
    name = names.get(number) or entry.data.get("name") or _("a rule that was deleted")
    return words.Rule(id=number, name=str(name), exists=number in names)


def _sent(entries: Sequence[Entry]) -> Mapping[int, Sent]:
    ids = {entry.delivery_id for entry in entries if entry.delivery_id}
    rows = Delivery.objects.filter(pk__in=ids).only("kind", "payload") if ids else []
    return {row.pk: _sent_of(row.pk, row.kind, row.payload) for row in rows}


def _sent_of(number: int, kind: str, payload: Mapping[str, Any]) -> Sent:
    if kind == Delivery.Kind.EMAIL:
        to = tuple(payload["to"]) + tuple(payload["cc"]) + tuple(payload["bcc"])
        body = payload["body"]
        if payload.get("content_type") == "text/html":
            body = plaintext.from_html(body)
        return Sent(delivery_id=number, kind=kind, to=to, subject=payload["subject"], body=body)
    subject = f"{payload['method']} {payload['url']}"
    return Sent(
        delivery_id=number, kind=kind, to=(), subject=subject, body=payload.get("body") or ""
    )
