"""The action that writes a mail."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.conf import settings as site
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.actions.base import DeliveryPlan, Nothing, Plan, Source
from scrips.checking import Checker
from scrips.facts import PersonFacts, Round
from scrips.models import Delivery
from scrips.recipients import ROLES, Recipients, resolve
from scrips.rendering import ZONE, render
from scrips.schemas import Schema, settings, template
from tessera.lib import mime, values

_LISTS = ("to", "cc", "bcc")


def _entries(label: Promise) -> dict[str, Any]:
    one = {"type": "string", "format": "recipient"}
    return {"title": label, "type": "array", "items": one, "maxItems": 100}


class SendEmail:
    """Send the scrip's template to people: `{"to": […], "cc"?, "bcc"?, "reply_to"?, "skip_actor"?}`.

    An entry is one of `recipients.ROLES` or a template that renders to an address.
    """

    key: ClassVar[str] = "SendEmail"
    label: ClassVar[str | Promise] = gettext_lazy("send a mail")
    schema: ClassVar[Schema] = settings(
        to=_entries(gettext_lazy("to")),
        cc=_entries(gettext_lazy("Cc")),
        bcc=_entries(gettext_lazy("Bcc")),
        reply_to=template(gettext_lazy("answers to")),
        skip_actor={"title": gettext_lazy("not to who made the change"), "type": "boolean"},
    )

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:
        self.lists = {name: tuple(config.get(name, ())) for name in _LISTS}
        self.reply_to: str | None = config.get("reply_to")
        self.skip_actor = bool(config.get("skip_actor", False))
        self.source = source

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        if not checker.has_template:
            checker.fault("template_id", _("a mail needs a template"))
        if not any(config.get(name) for name in _LISTS):
            checker.fault("action_config.to", _("must name somebody"))
        for name in _LISTS:
            _check_list(f"action_config.{name}", config.get(name, []), checker)
        if config.get("reply_to") is not None:
            _check_address("action_config.reply_to", config["reply_to"], checker)
        if not isinstance(config.get("skip_actor", False), bool):
            checker.fault("action_config.skip_actor", _("must be true or false"))

    def prepare(self, round_: Round) -> Plan | Nothing:
        people = self.people(round_)
        if people.nobody:
            told = _("nobody is left to write to")
            return Nothing(f"{people.remark}; {told}" if people.remark else told)
        return self.plan(round_, people)

    def people(self, round_: Round) -> Recipients:
        """Whom it writes to. Raises what resolving refuses."""
        return resolve(round_, **self.lists, skip_actor=self.skip_actor)

    def plan(self, round_: Round, people: Recipients) -> DeliveryPlan:
        """The mail to these people, or to nobody for those who only look at it."""
        template = self.source.template
        assert template is not None  # noqa: S101  # checked at save, kept by a protected key
        readers = _readers(round_, people)
        alone = readers[0] if len(readers) == 1 else None
        zone = _shared(reader.time_zone for reader in readers)
        language = _shared(reader.language or site.LANGUAGE_CODE for reader in readers)
        context = {**round_.context, "recipient": alone, ZONE: zone}
        subject = tagged(render(template.subject, context, language=language), round_)
        body = render(template.body, context, html=template.html, language=language)
        delivery_id = round_.unit.ids.take("delivery")
        shown: dict[str, Any] = {
            "to": list(people.to),
            "cc": list(people.cc),
            "bcc": list(people.bcc),
            "subject": subject,
            "body": body,
        }
        payload = {
            **shown,
            "content_type": "text/html" if template.html else "text/plain",
            "from": _sender(round_),
            "reply_to": self._reply_to(round_),
            "message_id": mime.message_id(round_.unit.ids.shown(delivery_id)),
            "references": [mime.thread_id(round_.ticket.id)],
        }
        if people.skipped:
            shown["skipped"] = list(people.skipped)
        return DeliveryPlan(
            delivery_id=delivery_id,
            kind=Delivery.Kind.EMAIL,
            source=self.source,
            payload=payload,
            host="",
            shown=shown,
            because=people.remark,
        )

    def _reply_to(self, round_: Round) -> str:
        rendered = render(self.reply_to, round_.context).strip() if self.reply_to else ""
        return values.email(rendered) if rendered else ""


def tagged(subject: str, round_: Round) -> str:
    """One line that begins with the ticket's tag, `[TKT-0012]`, by which answers find their ticket."""
    line = mime.one_line(subject) or mime.one_line(round_.ticket.subject)
    tag = f"[{round_.ticket.key}]"
    return line if tag in line else f"{tag} {line}".strip()


def _readers(round_: Round, people: Recipients) -> list[PersonFacts]:
    """All whom the mail is for: to one it speaks of himself, to several in what they have in common."""
    addresses = [*people.to, *people.cc, *people.bcc]
    round_.unit.people.load([], addresses)
    return [PersonFacts.of(round_.unit.people.by_email(address)) for address in addresses]


def _shared(found: Iterable[str]) -> str:
    """What is the same for all, else empty."""
    different = set(found)
    return different.pop() if len(different) == 1 else ""


def _sender(round_: Round) -> str:
    queue = round_.queue
    internal = round_.entry.type == "Comment" and queue.comment_address
    return internal or queue.correspond_address or round_.config.site.mail_from


def _check_address(path: str, raw: object, checker: Checker) -> None:
    """An address, or a template that renders to one. An empty one is none."""
    checker.template(path, raw)
    if isinstance(raw, str) and "{" not in raw and raw.strip():
        try:
            values.email(raw)
        except values.BadValue as error:
            checker.fault(path, error)


def _check_list(path: str, raw: object, checker: Checker) -> None:
    if not isinstance(raw, list) or len(raw) > 100:
        checker.fault(path, _("must be a list of at most 100 entries"))
        return
    for entry in raw:
        if not isinstance(entry, str) or not entry.strip():
            checker.fault(path, _("must hold roles or addresses"))
        elif entry in ROLES:
            continue
        elif "{" in entry:
            checker.template(path, entry)
        else:
            try:
                values.email(entry)
            except values.BadValue as error:
                roles = ", ".join(ROLES)
                told = _("%(error)s, and no role; there are %(roles)s")
                checker.fault(path, told % {"error": error, "roles": roles})
