"""A small cast and a small office that most tests of tickets speak about."""

from dataclasses import dataclass

import pytest

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips import service as scrips
from scrips.models import Scrip
from tessera.accounts.models import Role, User
from tests.people import administrator
from tickets.access import Actor
from tickets.models import Grant, Queue, QueueField


@dataclass(frozen=True)
class Office:
    """Queues by what they are for; `support` has the fields severity and tags. Ann can own tickets, and that is all."""

    admin: Actor
    ann: User
    support: Queue
    other: Queue
    incidents: Queue


@pytest.fixture
def office(db: None) -> Office:
    """The office, undone after the test."""
    return make_office()


def make_office() -> Office:
    """Make its rows. It begins without rules, stock ones too: each test writes those that it speaks of."""
    Scrip.objects.all().delete()
    default = Lifecycle.objects.get(name="default")
    support = Queue.objects.create(
        name="Support", lifecycle=default, correspond_address="support@example.com"
    )
    severity = CustomField.objects.create(
        key="severity", name="Severity", field_type="SelectSingle", values=["low", "high"]
    )
    tags = CustomField.objects.create(
        key="tags", name="Tags", field_type="SelectMulti", values=["a", "b", "c"], max_values=0
    )
    for position, field in enumerate((severity, tags)):
        QueueField.objects.create(queue=support, field=field, position=position)
    ann = User.objects.create_user("ann", email="ann@example.com", first_name="Ann")
    owners = Role.objects.create(name="owners", rights=["OwnTicket"])
    Grant.objects.create(role=owners, user=ann)
    return Office(
        admin=Actor.of(administrator("root", "x", email="root@example.com")),
        ann=ann,
        support=support,
        other=Queue.objects.create(name="Other", lifecycle=default),
        incidents=Queue.objects.create(
            name="Incidents", lifecycle=Lifecycle.objects.get(name="incident")
        ),
    )


def answering(office: Office, **recipients: list[str]) -> int:
    """Make a rule that mails replies to these; gives its id."""
    template = scrips.save_template(
        None,
        {
            "name": "Answer",
            "subject_template": "Re: {$ticket.subject}",
            "body_template": "{{ transaction.content }}",
        },
        actor=office.admin,
    )
    rule = {
        "name": "Send answers",
        "condition_type": "OnCorrespond",
        "action_type": "SendEmail",
        "action_config": recipients,
        "template_id": template.pk,
    }
    made: int = scrips.save_scrip(None, rule, actor=office.admin).pk
    return made
