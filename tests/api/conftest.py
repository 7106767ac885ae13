"""A caller with a token, and a stranger without rights."""

import pytest

from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller
from tests.people import administrator
from tickets.models import Queue


@pytest.fixture
def admin(db: None) -> User:
    return administrator("ada", email="ada@example.com", first_name="Ada")


@pytest.fixture
def api(admin: User) -> Caller:
    return Caller(ApiToken.issue(admin))


@pytest.fixture
def stranger(db: None) -> Caller:
    return Caller(ApiToken.issue(User.objects.create_user("sam", email="sam@example.com")))


@pytest.fixture
def anonymous(db: None) -> Caller:
    return Caller(None)


@pytest.fixture
def support(api: Caller) -> Queue:
    """A queue with the fields `severity` (one of two) and `tags` (several)."""
    made = api.post("/api/queues", {"name": "Support"})
    for field in (
        {"name": "Severity", "field_type": "SelectSingle", "values": ["low", "high"]},
        {"name": "Tags", "field_type": "SelectMulti", "values": ["a", "b", "c"]},
    ):
        added = api.post("/api/custom-fields", {**field, "queue_ids": [made.json()["id"]]})
        assert added.status_code == 201, added.content
    return Queue.objects.get(pk=made.json()["id"])


@pytest.fixture
def ticket(api: Caller, support: Queue) -> int:
    """The id of a ticket in it."""
    made = api.post("/api/tickets", {"subject": "Printer on fire", "queue": "support"})
    assert made.status_code == 201, made.content
    return int(made.json()["ticket"]["id"])
