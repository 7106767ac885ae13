"""A small cast and a small office that most tests of tickets speak about."""

from dataclasses import dataclass

import pytest

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips.models import Scrip
from scrips.service import delete_scrip
from tessera.accounts.models import Role, User
from tests.people import administrator
from tickets import config
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
    admin = Actor.of(administrator("root", "x", email="root@example.com"))
    for scrip in Scrip.objects.all():
        delete_scrip(scrip, actor=admin)
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
        admin=admin.under(config.current()),
        ann=ann,
        support=support,
        other=Queue.objects.create(name="Other", lifecycle=default),
        incidents=Queue.objects.create(
            name="Incidents", lifecycle=Lifecycle.objects.get(name="incident")
        ),
    )
