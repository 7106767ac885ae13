"""The panel beside a template's texts: which ticket it is looked at with, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customfields.spec import FieldSpec
from scrips.conditions.events import told as in_words
from scrips.facts import Round
from scrips.letters import frame, letter, names
from scrips.letters.letter import Fault, Letter
from scrips.letters.names import Group
from scrips.models import Scrip, Template
from scrips.rendering import RenderFailed
from scrips.trial import Texts, round_of
from tessera.lib import moments
from tessera.lib.errors import Invalid, Refused
from tessera.lib.patience import TookTooLong, at_most
from tessera.lib.query.fold import fold
from tickets import access, naming
from tickets.access import Actor
from tickets.entries import entry_of
from tickets.ids import NoIds
from tickets.models import Ticket
from tickets.models.ticket import ticket_key
from tickets.outcome import RECORDS

OFFERED, _SUGGESTED, _PATIENCE_MS = 3, 8, 700
_SHORTEST = 3  # letters of a subject that are looked for
MOST_EVENTS, MOST_RULES = 30, 50
HTML, TEXT, SOURCE = "html", "text", "source"


def number(raw: object) -> int | None:
    """A positive number that a form sent; None for anything else."""
    text = raw if isinstance(raw, str) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page asks to be shown: the texts as they stand there, and on what."""

    texts: Texts
    queue_id: int | None = None
    ticket: str = ""
    transaction_id: int | None = None
    rule_id: int | None = None
    part: str = HTML
    scheme: str = "light"

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> "Asked":
        """From a form as it was sent, sound or not."""
        parts = (HTML, TEXT, SOURCE)
        ticket = str(sent.get("_look") or sent.get("look_ticket", ""))[:200]
        # Of another ticket than the one whose transactions were offered the last is meant.
        same = naming.typed(ticket) == naming.typed(str(sent.get("look_of", "")))
        return cls(
            texts=Texts(
                str(sent.get("subject_template", "")),
                str(sent.get("body_template", "")).replace("\r\n", "\n"),
                str(sent.get("content_type", "")),
            ),
            queue_id=number(sent.get("queue")),
            ticket=ticket,
            transaction_id=number(sent.get("look_transaction")) if same else None,
            rule_id=number(sent.get("look_rule")),
            part=part if (part := sent.get("look_part")) in parts else HTML,
            scheme=scheme if (scheme := sent.get("look_scheme")) in frame.SCHEMES else "light",
        )

    @classmethod
    def about(cls, row: Template) -> "Asked":
        """A template as it is kept, on the newest ticket."""
        texts = Texts(row.subject_template, row.body_template, row.content_type)
        return cls(texts=texts, queue_id=row.queue_id)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the panel shows. `fault` is of the ticket, `faults` are of the texts, by field; `about` tells apart what the
    names in `groups` speak of.
    """

    asked: Asked
    typed: str
    fault: str = ""
    ticket_key: str = ""
    subject: str = ""
    transaction_id: int | None = None
    events: Sequence[tuple[int, str]] = ()
    offers: Sequence[Ticket] = ()
    rules: Sequence[Scrip] = ()
    rule: Scrip | None = None
    letter: Letter | None = None
    token: str = ""
    faults: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    about: str = ""

    @property
    def part(self) -> str:
        """Which part is shown: a mail that is a text alone has no other."""
        return self.asked.part if self.letter and self.letter.html else TEXT


def look(asked: Asked, row: Template | None, actor: Actor, *, known: str = "") -> Look:
    """All of it; what is wrong is part of it. Nothing is written, and no number is taken. The names are left out for
    whoever has them already, for what is `known`.
    """
    faults = letter.static_faults(asked.texts, asked.queue_id, actor.config)
    offers = list(newest(asked.queue_id, actor)[:OFFERED])
    rules = rules_of(row)
    typed = asked.ticket.strip() or (offers[0].key if offers else "")
    found: dict[str, Any] = {
        "asked": asked,
        "typed": typed,
        "offers": offers,
        "rules": rules,
        "rule": _chosen(rules, asked, None),
    }
    round_ = None
    if typed:
        try:
            round_ = _round(typed, asked, actor)
            found |= _about(round_, asked, actor)
            found["rule"] = _chosen(rules, asked, round_.state.queue_id)
        except Refused as refusal:
            found["fault"] = told(refusal)
    about = f"{asked.queue_id}/{found.get('ticket_key')}/{found.get('transaction_id')}"
    found["about"] = about
    if about != known:
        context = round_.context if round_ else None
        found["groups"] = names.groups(_fields(asked, actor), context)
    if round_ and not faults:
        found |= _letter(asked, round_, found["rule"], actor)
    return Look(**{"faults": faults, **found})


def _chosen(rules: Sequence[Scrip], asked: Asked, queue_id: int | None) -> Scrip | None:
    """The rule that is asked for, else the first that would send it in the ticket's queue, else the first."""
    by_number = (each for each in rules if each.pk == asked.rule_id)
    here = (each for each in rules if queue_id is None or each.reach.covers(queue_id))
    return next(by_number, None) or next(here, None) or (rules[0] if rules else None)


def _letter(asked: Asked, round_: Round, rule: Scrip | None, actor: Actor) -> dict[str, Any]:
    try:
        made = letter.compose(asked.texts, round_, rule)
    except RenderFailed as raised:
        return {"faults": letter.failures(asked.texts, round_.context, raised)}
    token = ""
    if made.html and asked.part == HTML:
        token = frame.keep(made.html, asked.scheme, actor.id)
    return {"letter": made, "token": token}


def _round(typed: str, asked: Asked, actor: Actor) -> Round:
    ticket_id = ticket_of(typed, asked.queue_id, actor)
    round_ = round_of(ticket_id, asked.transaction_id, actor, ids=NoIds())
    if asked.queue_id is not None and round_.state.queue_id != asked.queue_id:
        elsewhere = _("This ticket is in the queue %s, which this template is not for.")
        raise Invalid({"ticket": [elsewhere % round_.queue.name]})
    return round_


def ticket_of(typed: str, queue_id: int | None, actor: Actor) -> int:
    """The ticket of that key or id, or the newest with these words in its subject. Raises `Invalid`."""
    found = naming.typed(typed)
    if found is None:
        found = next((each.pk for each in like(typed, queue_id, actor)), None)
    if found is None:
        raise Invalid({"ticket": [_("No ticket has this key, or this in its subject.")]})
    return found


def _about(round_: Round, asked: Asked, actor: Actor) -> dict[str, Any]:
    state = round_.state
    rows = access.visible_log(actor).filter(ticket=state.id).exclude(type__in=RECORDS)
    events = [
        (row.pk, f"{in_words(entry_of(row))}, {moments.ago(row.created_at)}")
        for row in rows.order_by("-seq")[:MOST_EVENTS]
    ]
    key = ticket_key(state.id)
    return {
        "typed": key,
        "ticket_key": key,
        "subject": state.subject,
        "events": events,
        "transaction_id": asked.transaction_id or (events[0][0] if events else None),
    }


def told(refusal: Refused) -> str:
    """A refusal in one line."""
    if isinstance(refusal, Invalid):
        return " ".join(text for texts in refusal.errors.values() for text in texts)
    return str(refusal)


def _fields(asked: Asked, actor: Actor) -> list[FieldSpec]:
    """The fields of the template's queue, or of all, each once."""
    config = actor.config
    queue = config.queues.get(asked.queue_id) if asked.queue_id else None
    queues = [queue] if queue else list(config.queues.values())
    found = {spec.key: spec for each in queues for spec in each.fields}
    return sorted(found.values(), key=lambda spec: fold(spec.name))


def rules_of(row: Template | None) -> list[Scrip]:
    """The rules that send it, by name."""
    if row is None or row.pk is None:
        return []
    rows = Scrip.objects.filter(template=row.pk, action_type="SendEmail")
    rows = rows.prefetch_related("places", "queues").order_by("disabled", "name", "pk")
    return list(rows[:MOST_RULES])


def newest(queue_id: int | None, actor: Actor) -> QuerySet[Ticket]:
    """The tickets that the actor may see, the newest first, of one queue or of all."""
    rows = access.visible_to(actor).order_by("-pk")
    return rows if queue_id is None else rows.filter(queue=queue_id)


def like(typed: str, queue_id: int | None, actor: Actor) -> list[Ticket]:
    """The newest tickets that are called so, or that have it in their subject; none where that takes too long."""
    rows = newest(queue_id, actor)
    if (ticket_id := naming.typed(typed)) is not None:
        return list(rows.filter(pk=ticket_id))
    text = fold(typed.strip())
    if len(text) < _SHORTEST:
        return []
    try:
        with at_most(_PATIENCE_MS):
            return list(rows.filter(search_subject__contains=text)[:_SUGGESTED])
    except TookTooLong:
        return []
