"""One delivery as it is sent, with what is secret left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scrips.channels import webhook
from scrips.models import Delivery
from scrips.sealing import HIDDEN, public_payload
from tessera.lib import mime


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out: a first line, headers in their order, the body; and a word on what is not in them."""

    line: str
    headers: list[tuple[str, str]]
    body: str
    notes: list[str]


def request_of(delivery: Delivery) -> Request:
    """A mail as its server gets it, a webhook as its host does."""
    if delivery.kind == Delivery.Kind.EMAIL:
        return _mail(delivery)
    return _hook(delivery)


def target(delivery: Delivery) -> str:
    """Its receivers, or its address."""
    payload = delivery.payload
    if delivery.kind == Delivery.Kind.WEBHOOK:
        return str(payload.get("url", ""))
    return ", ".join(address for name in ("to", "cc", "bcc") for address in payload.get(name) or ())


def _hook(delivery: Delivery) -> Request:
    payload = delivery.payload
    ours = [
        ("User-Agent", webhook.USER_AGENT),
        ("webhook-id", webhook.webhook_id(delivery.pk)),
        ("webhook-timestamp", _("(the time of each try)")),
    ]
    secret = payload.get("secret")
    if secret is not None:
        several = len(secret) if isinstance(secret, list) else 1
        told = ngettext(
            "(made at each try, with a secret)", "(made at each try, with %d secrets)", several
        )
        ours.append(("webhook-signature", told % several if several > 1 else told))
    given = public_payload(payload).get("headers") or {}
    headers = [(name, str(value)) for name, value in given.items()]
    line = f"{payload.get('method', 'POST')} {payload.get('url', '')}"
    notes = []
    if payload.get("timeout"):
        notes.append(_("At most %s seconds for the answer.") % payload["timeout"])
    if any(value == HIDDEN for _name, value in headers):
        notes.append(_("Values that open something are not shown."))
    return Request(line, [*headers, *ours], str(payload.get("body") or ""), notes)


def _mail(delivery: Delivery) -> Request:
    payload = delivery.payload
    try:
        headers = list(mime.build(payload, date=delivery.created_at).items())
    except mime.AddressInvalid as fault:
        return Request("", _plain(payload), str(payload.get("body", "")), [str(fault)])
    shown = [(name, str(value)) for name, value in headers]
    notes = []
    if hidden := ", ".join(payload.get("bcc") or ()):
        notes.append(_("Blind copies, which stand in no header: %s") % hidden)
    for key, told in (
        ("accepted", _("Accepted by the server for: %s")),
        ("refused", _("Refused for good for: %s")),
        ("pending", _("Still to be tried: %s")),
    ):
        if payload.get(key) and delivery.status != Delivery.Status.SENT:
            notes.append(told % ", ".join(payload[key]))
    return Request("", shown, str(payload.get("body", "")), notes)


def _plain(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = ("from", "to", "cc", "subject")
    return [(name, str(payload[name])) for name in names if payload.get(name)]
