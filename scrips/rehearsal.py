"""Sending what a scrip would send, for a look at it where it arrives: marked, and no fact of the ticket."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from scrips import wakes
from scrips.actions import Nothing
from scrips.actions.base import Action, Source
from scrips.actions.send_email import SendEmail
from scrips.facts import Round
from scrips.models import Delivery, Scrip, Template
from scrips.rules import FAULTS, Rule, mail_template, rule_of
from scrips.trial import round_of
from tessera.lib.errors import Invalid
from tickets import access
from tickets.access import Actor

HEADER = "X-Tessera-Test"
# What a delivery says of its scrip where it has none: ids begin with 1.
NO_SCRIP = 0


def send(
    row: Scrip, *, ticket_id: int, transaction_id: int | None = None, actor: Actor
) -> Delivery:
    """The delivery of a test: a mail to the actor alone, a webhook to the URL of the scrip.

    What it says is of that transaction of the ticket, or of its last; whether the condition holds is not asked. It is
    among the deliveries, but the ticket's log says nothing of it. Raises NotFound, Forbidden, and Invalid where the
    scrip sends nothing, the actor has no address, or it cannot be rendered.
    """
    rule = _addressed(rule_of(row, actor.config), actor)
    round_ = round_of(ticket_id, transaction_id, actor)
    access.require(actor, "AdminScrips", ticket=round_.state)
    if not rule.reach.covers(round_.state.queue_id):
        raise Invalid({"ticket_id": [_("the scrip is for another queue")]})
    own_body = row.action_config.get("body") is not None
    return _sent(rule.action, round_, own_body=own_body, at="action_config")


def send_template(
    row: Template, *, ticket_id: int, transaction_id: int | None = None, actor: Actor
) -> Delivery:
    """The same of a template, saved or not, whichever scrip may send it some day: a mail to the actor alone.

    Raises NotFound, Forbidden, and Invalid, at `body_template` where it cannot be rendered.
    """
    if not actor.person.email:
        raise Invalid({"detail": [_no_address()]})
    round_ = round_of(ticket_id, transaction_id, actor)
    access.require(actor, "AdminScrips", ticket=round_.state)
    if row.queue_id not in (None, round_.state.queue_id):
        raise Invalid({"ticket_id": [_("the template is for another queue")]})
    source = Source(NO_SCRIP, 0, row.name, mail_template(row))
    action = SendEmail({"to": [actor.person.email]}, source)
    return _sent(action, round_, own_body=False, at="body_template")


def _sent(action: Action, round_: Round, *, own_body: bool, at: str) -> Delivery:
    """The delivery of the action in this round, marked, written and handed to a worker."""
    try:
        plan = action.prepare(round_)
    except FAULTS as error:
        raise Invalid({at: [str(error)]}) from None
    if isinstance(plan, Nothing):
        raise Invalid({at: [plan.because]})
    plan.commit(round_.unit, round_)
    (made,) = (found for found in round_.unit.rows if isinstance(found, Delivery))
    made.payload = _marked(made.payload, own_body=own_body)
    made.recorded = True  # there is nothing to record
    with transaction.atomic():
        made.save(force_insert=True)
        transaction.on_commit(lambda: wakes.publish_soon([made]), robust=True)
    return made


def _addressed(rule: Rule, actor: Actor) -> Rule:
    """The rule, a mail's to the actor instead of all others."""
    if rule.action_type == "Webhook":
        return rule
    if rule.action_type != "SendEmail":
        raise Invalid(
            {"action_type": [_("only what sends a mail or calls a webhook can be tested")]}
        )
    if not actor.person.email:
        raise Invalid({"detail": [_no_address()]})
    kept = {name: rule.action_config[name] for name in ("reply_to",) if name in rule.action_config}
    return replace(rule, action_config={**kept, "to": [actor.person.email]})


def _no_address() -> str:
    return _("you have no e-mail address that the test could go to")


def _marked(payload: Mapping[str, Any], *, own_body: bool) -> dict[str, Any]:
    """The payload as a test: the subject and a header say so, and the envelope where it is ours."""
    if "subject" in payload:
        subject = _("[Test] %s") % payload["subject"]
        return {**payload, "subject": subject, "test": True}
    body = payload["body"]
    if not own_body:
        body = orjson.dumps({**orjson.loads(body), "test": True}).decode()
    return {**payload, "headers": {**payload["headers"], HEADER: "yes"}, "body": body, "test": True}
