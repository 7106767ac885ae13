"""A ticket's log as people read it: what was said, what was changed, and what rules made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from scrips.models import Delivery, Scrip
from tessera.desk import bodies, words
from tessera.lib import html, plaintext, quotes
from tessera.lib.values import MAX_ID
from tickets import naming, seen
from tickets.access import Actor, held_on, hidden_types
from tickets.config import Config
from tickets.entries import entry_of, texts_of
from tickets.models import Transaction
from tickets.outcome import RECORDS, WITH_TEXT, Entry, File, Text
from tickets.people import People, Person
from tickets.state import TicketState

PAGE = 50
NEWEST, OLDEST = "newest", "oldest"
SHOWS = ("all", "conversation", "changes", "automation")
_MOST_MEANWHILE = 20
MAX_SEQ = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What part of the log is read: which kind, in which order, and from which `seq` on (None: from its end)."""

    show: str = "all"
    order: str = NEWEST
    past: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], kept: str = "") -> Self:
        """From a page's address, with the order that its reader chose before. What is no choice is not chosen."""
        show, order = query.get("show", "all"), query.get("order", kept)
        past = naming.typed(query.get("past", ""))
        return cls(
            show=show if show in SHOWS else "all",
            order=order if order in (NEWEST, OLDEST) else NEWEST,
            past=past if past is None or past <= MAX_ID else None,
        )

    @property
    def newest_first(self) -> bool:
        """Whether what happened last stands first."""
        return self.order == NEWEST

    @property
    def other(self) -> str:
        """The other order."""
        return OLDEST if self.newest_first else NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message. `internal` ones are for staff alone; `content` is as it was sent; `page` is what it is drawn for."""

    content: str
    content_type: str
    internal: bool
    files: tuple[File, ...]
    page: bodies.Page = field(default_factory=bodies.Page, compare=False, repr=False)

    @classmethod
    def of(cls, text: Text, page: bodies.Page | None = None) -> Self:
        """What a stored text says, on a page with others or alone."""
        return cls(
            content=text.content,
            content_type=text.content_type,
            internal=text.internal,
            files=text.files,
            page=page or bodies.Page(),
        )

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The words alone."""
        return quotes.paragraphs(self.words)

    @property
    def words(self) -> str:
        """The words as one text."""
        return bodies.words(self.content, self.content_type)

    @property
    def body(self) -> bodies.Body:
        """As its page shows it. To be asked once: each time costs of what the page may take."""
        return self.page.body(self.content, self.content_type)

    @property
    def letter(self) -> bool:
        """Whether there are looks besides the words, to be shown as they were sent."""
        return self.content_type == "text/html" and html.drawable(self.content)

    @property
    def remote(self) -> bool:
        """Whether these have pictures that lie on other machines."""
        return html.remote(self.content)


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

    @property
    def record(self) -> bool:
        """Whether it only tells what became of a rule's work: no rule was asked about it."""
        return self.type in RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A part of the log. `more` is the seq past which the rest lies (None at the end); `shows` are the kinds that
    its reader may choose."""

    events: tuple[Event, ...]
    more: int | None
    view: View
    shows: tuple[tuple[str, str], ...]


def of_ticket(
    state: TicketState, actor: Actor, people: People, *, view: View | None = None, size: int = PAGE
) -> Timeline:
    """A part of a ticket's log, of what the actor may see. A fixed number of statements."""
    view = view or View()
    held = held_on(actor, state)
    told = held.has("ShowOutgoingMail")
    if view.show == "automation" and not told:
        view = replace(view, show="all")
    rows = _visible(state, hidden_types(held)).filter(_of_kind(view.show, told=told))
    if view.past is not None:
        past = {"seq__lt" if view.newest_first else "seq__gt": view.past}
        rows = rows.filter(**past)
    rows = rows.order_by("-seq" if view.newest_first else "seq")
    found = [entry_of(row) for row in rows[: size + 1]]
    shown = _told(actor, found[:size], told=told)
    return Timeline(
        events=_events(shown, actor.config, people),
        more=shown[-1].seq if len(found) > size else None,
        view=view,
        shows=tuple(_kinds(told=told)),
    )


def since(state: TicketState, actor: Actor, people: People, *, version: int) -> tuple[Event, ...]:
    """What was done after a version, oldest first, as far as the actor may see it; the last of very much."""
    held = held_on(actor, state)
    rows = _visible(state, hidden_types(held) | RECORDS).filter(seq__gt=version)
    found = [entry_of(row) for row in rows.order_by("-seq")[:_MOST_MEANWHILE]]
    shown = _told(actor, found[::-1], told=held.has("ShowOutgoingMail"))
    return _events(shown, actor.config, people)


def one(state: TicketState, actor: Actor, people: People, *, seq: int) -> Event | None:
    """The entry of that seq, where the actor may see it."""
    held = held_on(actor, state)
    rows = _visible(state, hidden_types(held)).filter(seq=seq)
    shown = _told(actor, [entry_of(row) for row in rows], told=held.has("ShowOutgoingMail"))
    return next(iter(_events(shown, actor.config, people)), None)


def said_at(state: TicketState, actor: Actor, *, seq: int) -> Said | None:
    """What was said at that seq, where the actor may see it."""
    rows = _visible(state, hidden_types(held_on(actor, state))).filter(seq=seq)
    texts = texts_of(entry_of(row) for row in rows)
    return next((Said.of(text) for text in texts.values()), None)


def _visible(state: TicketState, hidden: frozenset[str]) -> QuerySet[Transaction]:
    rows = Transaction.objects.filter(ticket=state.id)
    return rows.exclude(type__in=hidden) if hidden else rows


def _of_kind(show: str, *, told: bool) -> Q:
    """Who may not know what rules do finds all changes among the changes."""
    by_rules = Q(cause_scrip_id__isnull=False) | Q(type__in=RECORDS)
    if show == "conversation":
        return Q(type__in=WITH_TEXT)
    if show == "automation":
        return by_rules
    if show == "changes":
        people_did = ~Q(type__in=WITH_TEXT)
        return people_did & Q(cause_scrip_id=None) if told else people_did
    return Q()


def _kinds(*, told: bool) -> Sequence[tuple[str, str]]:
    names = (_("All"), _("Conversation"), _("Changes"), _("Automation"))
    both = list(zip(SHOWS, names, strict=True))
    return both if told else both[:-1]


def _told(actor: Actor, found: Sequence[Entry], *, told: bool) -> list[Entry]:
    shown = seen.entries(actor, found)
    # Who may not see what rules did is not told their names: the system did it.
    return shown if told else [replace(entry, cause=None) for entry in shown]


def _events(entries: Sequence[Entry], config: Config, people: People) -> tuple[Event, ...]:
    people.load({entry.creator_id for entry in entries} | words.people_in(entries))
    texts = texts_of(entries)
    rules = _rules(entries)
    sent = _sent(entries)
    reading, page = words.Reading(config=config, people=people), bodies.Page()
    events = []
    for entry in entries:
        text = texts.get(entry.data.get("message_id", 0))
        events.append(
            Event(
                seq=entry.seq,
                type=entry.type,
                at=entry.created_at,
                who=people.by_id(entry.creator_id),
                phrase=reading.phrase(entry),
                said=Said.of(text, page) if text else None,
                rule=_rule(entry, rules),
                sent=sent.get(entry.delivery_id or 0),
            )
        )
    return tuple(events)


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
