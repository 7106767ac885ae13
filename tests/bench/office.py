"""The configuration that is measured: three custom fields, twenty scrips that apply, three that fire."""

from collections.abc import Iterator
from typing import Any

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips.models import Scrip, ScripQueue, ScripVersion
from scrips.places import Reach
from scrips.service import save_scrip, save_template, snapshot_of
from tessera.accounts.models import ApiToken, User
from tessera.lib import clock
from tests.people import administrator
from tickets.access import Actor
from tickets.models import Queue, QueueField

CREATE: dict[str, Any] = {
    "subject": "Printer on the second floor",
    "queue": "Bench",
    "priority": 20,
    "requestors": ["bob@example.com"],
    "custom_fields": {"severity": "low", "site": "Lisbon", "asset": "BW-0412"},
    "message": {"content": "It is jammed again. " * 10},
}


def build() -> str:
    """Make it and give an API token."""
    admin = administrator("bench", email="bench@example.com")
    actor = Actor.of(admin)
    queue = Queue.objects.create(
        name="Bench",
        lifecycle=Lifecycle.objects.get(name="default"),
        correspond_address="bench@example.com",
    )
    for place, (key, kind, choices) in enumerate(
        (
            ("severity", "SelectSingle", ["low", "high"]),
            ("site", "Freeform", []),
            ("asset", "Freeform", []),
        )
    ):
        field = CustomField.objects.create(key=key, name=key, field_type=kind, values=choices)
        QueueField.objects.create(queue=queue, field=field, position=place)
    mail = save_template(
        None,
        {
            "name": "Bench",
            "subject_template": "{$ticket.subject}",
            "body_template": "Hello {$ticket.requestors},\n\n{$ticket.key} is {$ticket.status}.\n",
        },
        actor=actor,
    )
    for number, scrip in enumerate([*firing(mail.pk), *silent(17)]):
        save_scrip(None, {"name": f"scrip {number}", "queue_id": queue.pk} | scrip, actor=actor)
    return ApiToken.issue(admin)


def firing(template_id: int) -> Iterator[dict[str, Any]]:
    """A mail, a webhook and a field, on a create and on a change of status alike."""
    when = {
        "condition_type": "OnTransaction",
        "condition_config": {"types": ["Create", "StatusChange"]},
    }
    yield when | {
        "action_type": "SendEmail",
        "action_config": {"to": ["requestor"]},
        "template_id": template_id,
    }
    yield when | {"action_type": "Webhook", "action_config": {"url": "https://hooks.example.com/"}}
    yield when | {
        "action_type": "SetCustomField",
        "action_config": {"field": "asset", "value": "{$ticket.status} {$ticket.version}"},
    }


def silent(count: int) -> Iterator[dict[str, Any]]:
    """Those that are asked and have nothing to say."""
    for number in range(count):
        rule = {"field": "Priority", "op": ">", "value": 90 + number % 10}
        condition: dict[str, Any] = (
            {"condition_type": "UserDefined", "condition_config": {"rules": {"all": [rule]}}}
            if number % 2
            else {"condition_type": "OnStatusChange", "condition_config": {"to": "rejected"}}
        )
        yield condition | {"action_type": "AddComment", "action_config": {"content": "never"}}


def more_silent(count: int) -> None:
    """As many silent scrips more, on the same queue. They are written as the service writes what it has judged: the
    office's own, which say the same, were judged, and two thousand take a minute."""
    queue = Queue.objects.get(name="Bench")
    creator = User.objects.get(username="bench")
    held = Scrip.objects.count()
    rows = [
        Scrip(name=f"more {held + number}", everywhere=False, **body)
        for number, body in enumerate(silent(count))
    ]
    for row in Scrip.objects.bulk_create(rows):
        row.drafted = Reach.among([queue.pk], row.sort_order)
    ScripQueue.objects.bulk_create(ScripQueue(scrip=row, queue=queue) for row in rows)
    ScripVersion.objects.bulk_create(
        ScripVersion(
            scrip_id=row.pk,
            version=row.version,
            snapshot=snapshot_of(row),
            creator=creator,
            created_at=clock.now(),
        )
        for row in rows
    )


def only_fields(count: int) -> dict[str, str]:
    """Let the queue have so many fields, and no other; gives a value for each. A rule sets the first."""
    queue = Queue.objects.get(name="Bench")
    keys = ["asset", "site", "severity", *(f"more{number}" for number in range(count))][:count]
    known = {field.key: field for field in CustomField.objects.filter(key__in=keys)}
    CustomField.objects.bulk_create(
        CustomField(key=key, name=key, field_type="Freeform") for key in keys if key not in known
    )
    fields = {field.key: field for field in CustomField.objects.filter(key__in=keys)}
    QueueField.objects.filter(queue=queue).delete()
    QueueField.objects.bulk_create(
        QueueField(queue=queue, field=fields[key], position=place) for place, key in enumerate(keys)
    )
    return {key: "low" if key == "severity" else f"value of {key}" for key in keys}
