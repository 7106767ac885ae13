"""The action that calls another system."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.actions.base import DeliveryPlan, Plan, Source
from scrips.channels.webhook import SecretInvalid, check_secret, webhook_id
from scrips.checking import Checker
from scrips.facts import Round
from scrips.models import Delivery
from scrips.rendering import render
from scrips.schemas import Schema, any_of, settings, template, text
from scrips.sealing import public_payload
from tessera.lib import http
from tickets.changes.plain import iso
from tickets.representation import ticket_json, transaction_json

METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
MOST_SECONDS = 15
_HOST_ENDS = re.compile(r"[a-zA-Z]+://[^/?#]*[/?#]")


class Webhook:
    """Send a request: `{"url", "method"?, "headers"?, "body"?, "secret"?, "timeout"?}`.

    `url`, `headers` and `body` are templates; without `body` a JSON envelope is sent. Secrets are kept sealed.
    """

    key: ClassVar[str] = "Webhook"
    label: ClassVar[str | Promise] = gettext_lazy("call a webhook")
    schema: ClassVar[Schema] = settings(
        "url",
        url=template(gettext_lazy("URL")),
        method=text(gettext_lazy("method"), enum=list(METHODS), default=METHODS[0]),
        headers={
            "title": gettext_lazy("headers"),
            "type": "object",
            "maxProperties": 50,
            "additionalProperties": {"type": "string", "format": "template"},
        },
        body=template(gettext_lazy("body")),
        secret=any_of(
            gettext_lazy("secret"),
            {"type": "string", "format": "password"},
            {"type": "array", "items": {"type": "string", "format": "password"}, "maxItems": 2},
        ),
        timeout={
            "title": gettext_lazy("seconds"),
            "type": "number",
            "minimum": 0,
            "maximum": MOST_SECONDS,
        },
    )

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:
        self.url: str = config["url"]
        self.method: str = config.get("method", "POST")
        self.headers: Mapping[str, str] = config.get("headers") or {}
        self.body: str | None = config.get("body")
        self.secret: Any = config.get("secret")
        self.timeout: float | None = config.get("timeout")
        self.source = source

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        _check_url(config.get("url"), checker)
        if config.get("method", "POST") not in METHODS:
            checker.fault("action_config.method", _("must be one of %s") % ", ".join(METHODS))
        if config.get("headers") is not None:
            _check_headers(config["headers"], checker)
        if config.get("body") is not None:
            checker.template("action_config.body", config["body"])
        _check_secret(config.get("secret"), checker)
        timeout = config.get("timeout")
        is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
        if timeout is not None and not (is_number and 0 < timeout <= MOST_SECONDS):
            checker.fault("action_config.timeout", _("must be seconds, at most %d") % MOST_SECONDS)

    def prepare(self, round_: Round) -> Plan:
        context = round_.context
        url = render(self.url, context).strip()
        http.check_url(url)
        headers = {name: render(value, context) for name, value in self.headers.items()}
        for name, value in headers.items():
            http.check_header(name, value)
        unit = round_.unit
        delivery_id = unit.ids.take("delivery")
        hook_id = webhook_id(unit.ids.shown(delivery_id))
        body = self._envelope(round_, hook_id) if self.body is None else render(self.body, context)
        sent = {"method": self.method, "url": url, "headers": headers, "body": body}
        return DeliveryPlan(
            delivery_id=delivery_id,
            kind=Delivery.Kind.WEBHOOK,
            source=self.source,
            payload={
                **sent,
                "timeout": self.timeout,
                "secret": self.secret,
                "webhook_id": hook_id,
            },
            host=http.authority(url)[:255],
            shown=public_payload(sent),
        )

    def _envelope(self, round_: Round, hook_id: str) -> str:
        unit = round_.unit
        text, number = unit.text_of(round_.entry), round_.entry.text_id
        texts = {} if text is None or number is None else {number: text}
        shown = unit.ids.shown
        envelope = {
            "id": hook_id,
            "type": f"ticket.{_snake(round_.entry.type)}",
            "created_at": iso(unit.now),
            "ticket": ticket_json(round_.state, round_.config, shown=shown),
            "transaction": transaction_json(round_.entry, texts, shown=shown),
            "scrip": {"id": self.source.scrip_id, "name": self.source.name},
        }
        return orjson.dumps(envelope).decode()


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _check_url(raw: object, checker: Checker) -> None:
    """As far as it can be told before it is rendered: where only the path is a template, the host stands already."""
    checker.template("action_config.url", raw)
    if not isinstance(raw, str):
        return
    fixed, template, _rest = raw.partition("{")
    if template and not _HOST_ENDS.match(fixed):
        return
    try:
        http.check_url(fixed)
    except http.UrlRefused as error:
        checker.fault("action_config.url", error)


def _check_headers(raw: object, checker: Checker) -> None:
    if not isinstance(raw, Mapping) or len(raw) > 50:
        checker.fault("action_config.headers", _("must be an object of at most 50 headers"))
        return
    names = Counter(str(name).lower() for name in raw)
    for name, value in raw.items():
        path = f"action_config.headers.{str(name)[:64]}"
        checker.template(path, value)
        fixed = value if isinstance(value, str) and "{" not in value else ""
        try:
            http.check_header(str(name), fixed)
        except http.HeaderRefused as error:
            checker.fault(path, error)
        if names[str(name).lower()] > 1:
            checker.fault(path, _("is given twice; headers are told apart without their case"))


def _check_secret(raw: object, checker: Checker) -> None:
    listed = raw if isinstance(raw, list) else [] if raw is None else [raw]
    if len(listed) > 2:
        checker.fault("action_config.secret", _("at most two, while one is rotated"))
    for secret in listed:
        if checker.text("action_config.secret", secret, longest=1000) is not None:
            try:
                check_secret(str(secret))
            except SecretInvalid as error:
                checker.fault("action_config.secret", error)
