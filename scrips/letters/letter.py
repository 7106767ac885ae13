"""A template as the mail that it makes, and what is wrong with it, by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from django.utils.translation import gettext as _

from scrips.actions.base import MailTemplate, Source
from scrips.actions.send_email import SendEmail
from scrips.checking import Checker
from scrips.facts import NAMES, Round
from scrips.models import Scrip
from scrips.recipients import Recipients
from scrips.rendering import RenderFailed, faults, render
from scrips.rules import FAULTS
from scrips.trial import Texts
from tessera.lib import mime
from tickets.config import Config

SUBJECT, BODY = "subject_template", "body_template"
# What reads a mail before people do; the rest of its header is made when it is sent.
_HEADERS = (
    *("From", "To", "Cc", "Reply-To", "In-Reply-To", "References"),
    *("Auto-Submitted", "X-Auto-Response-Suppress"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a line of a text, from 1; 0 stands for the whole of it."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The mail. `html` is empty where it has a text alone; `told` says why it goes to whom it goes to."""

    subject: str
    headers: Sequence[tuple[str, str]]
    text: str
    html: str
    told: str


def static_faults(texts: Texts, queue_id: int | None, config: Config) -> dict[str, list[Fault]]:
    """What both texts would be refused for, by field: all unknown names, or where a text does not parse."""
    queue = config.queues.get(queue_id) if queue_id else None
    known = Checker(config, (queue,) if queue else ()).field_keys
    found: dict[str, list[Fault]] = {}
    for name, source, html in _each(texts):
        wrong = faults(source, html=html, known_fields=known, names=NAMES)
        if wrong:
            found[name] = [Fault(each.line, each.reason) for each in wrong]
    return found


def failures(
    texts: Texts, context: Mapping[str, Any], raised: RenderFailed
) -> dict[str, list[Fault]]:
    """In which of the texts it is that something goes wrong with this ticket, by field."""
    found: dict[str, list[Fault]] = {}
    for name, source, html in _each(texts):
        try:
            render(source, context, html=html)
        except RenderFailed as fault:
            found[name] = [Fault(fault.line, fault.reason)]
    # Only for the one who gets it: as a rule it is the body that speaks of him.
    return found or {BODY: [Fault(raised.line, raised.reason)]}


def _each(texts: Texts) -> tuple[tuple[str, str, bool], ...]:
    return ((SUBJECT, texts.subject, False), (BODY, texts.body, texts.html))


def compose(texts: Texts, round_: Round, rule: Scrip | None) -> Letter:
    """The mail as that rule would send it now, or without one to the requestors. Raises `RenderFailed`."""
    template = MailTemplate(0, texts.subject, texts.body, texts.html)
    source = Source(0, 0, "", template)
    action = SendEmail(rule.action_config if rule else {"to": ["requestor"]}, source)
    people, told = _people(action, round_, rule)
    payload = action.plan(round_, people).payload
    try:
        mail = mime.build(payload, date=round_.unit.now)
    except mime.AddressInvalid as fault:
        told = str(fault)
        mail = mime.build({**payload, "to": [], "cc": []}, date=round_.unit.now)
    headers = [(name, str(mail[name])) for name in _HEADERS if mail[name]]
    if people.bcc:
        headers.append(("Bcc", ", ".join(people.bcc)))
    return Letter(
        subject=str(mail["Subject"]),
        headers=headers,
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        told=told,
    )


def _people(action: SendEmail, round_: Round, rule: Scrip | None) -> tuple[Recipients, str]:
    try:
        people = action.people(round_)
    except FAULTS as fault:
        told = _("Whom the rule writes to can't be told: %s") % fault
        return Recipients((), (), (), ()), told
    if people.nobody:
        return people, _("Here nobody would get it.")
    if rule is None:
        return people, _("No rule sends it yet: as one would to the requestors.")
    return people, ""


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return "" if part is None else str(part.get_content())
