"""A reader with every right, a stranger, and tickets to read."""

from collections.abc import Callable

import pytest
from django.test import Client

from tessera.accounts.models import User
from tests.office import Office, answering
from tickets import service

MakeTickets = Callable[[int], list[int]]


@pytest.fixture
def reader(office: Office) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="root"))
    return client


@pytest.fixture
def stranger(office: Office) -> Client:
    client = Client()
    client.force_login(office.ann)
    return client


@pytest.fixture
def make_tickets(office: Office) -> MakeTickets:
    """Tickets with an owner, a requestor and a text; gives their ids."""

    def make(count: int) -> list[int]:
        values = {
            "queue": "Support",
            "owner_id": office.ann.pk,
            "requestors": ["maya@example.com"],
            "custom_fields": {"severity": "high"},
            "message": {"content": "It prints <b>nothing</b>."},
        }
        return [
            service.create({**values, "subject": f"Printer {number}"}, actor=office.admin).ticket.id
            for number in range(count)
        ]

    return make


@pytest.fixture
def answers(office: Office) -> int:
    """A rule that mails replies to requestors and Cc; gives its id."""
    return answering(office, to=["requestor"], cc=["cc"])
