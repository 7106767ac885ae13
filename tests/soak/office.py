"""What the system is set up with; runs in a process of its own, in the system's environment."""

import json
from typing import Any

from django.test import Client

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips.service import save_scrip, save_template
from tessera.accounts.models import ApiToken
from tests.people import administrator
from tests.soak.ledger import DUE
from tests.soak.load import QUEUE
from tickets.access import Actor
from tickets.models import Queue, QueueField


def build(hook: str) -> str:
    """Make it; JSON of what the clients need: a token, and the cookie of a login."""
    admin = administrator("soak", email="soak@example.com")
    queue = Queue.objects.create(
        name=QUEUE,
        lifecycle=Lifecycle.objects.get(name="default"),
        correspond_address="queue@example.com",
    )
    field = CustomField.objects.create(key="asset", name="Asset", field_type="Freeform")
    QueueField.objects.create(queue=queue, field=field, position=0)
    _rules(Actor.of(admin), queue, hook)
    browser = Client()
    browser.force_login(admin)
    session = browser.cookies["sessionid"].value
    return json.dumps({"token": ApiToken.issue(admin), "session": session})


def _rules(actor: Actor, queue: Queue, hook: str) -> None:
    texts = {
        "name": "Soak",
        "subject_template": "{$ticket.subject}",
        "body_template": "Hello {$ticket.requestors},\n\n{$ticket.key} is {$ticket.status}.\n",
    }
    mail: dict[str, Any] = {
        "action_type": "SendEmail",
        "action_config": {"to": ["requestor"]},
        "template_id": save_template(None, texts, actor=actor).pk,
    }
    call = {"action_type": "Webhook", "action_config": {"url": hook}}
    note = {"field": "asset", "value": "{$ticket.status} {$ticket.version}"}
    actions = {
        **dict.fromkeys(("mail on create", "mail on reply"), mail),
        "hook": call,
        "note": {"action_type": "SetCustomField", "action_config": note},
    }
    for name, action in actions.items():
        types = {"types": list(DUE.get(name, ("Create",)))}
        rule = {"name": name, "queue_id": queue.pk, "condition_type": "OnTransaction"}
        save_scrip(None, rule | {"condition_config": types} | action, actor=actor)
