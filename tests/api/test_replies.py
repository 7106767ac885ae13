"""/api/replies."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from scrips.models import SavedReply
from tessera.accounts.models import ApiToken, AuditEntry, Group, User
from tests.api.caller import Caller, error
from tests.people import grant
from tickets import config
from tickets.models import Queue

TEXT = "Dear {{ ticket.requestors[0].first_name }}"


def agent_of(name: str, queue: Queue) -> Caller:
    user = User.objects.create_user(name, email=f"{name}@example.com")
    grant("agent", user=user, queue=queue)
    return Caller(ApiToken.issue(user))


def names(caller: Caller, path: str = "/api/replies") -> list[str]:
    return [each["name"] for each in caller.get(path).json()["results"]]


def test_a_reply_is_saved_read_changed_and_deleted(
    api: Caller, admin: User, support: Queue
) -> None:
    made = api.post("/api/replies", {"name": "Hello", "text": TEXT, "queue_id": support.pk})
    one = f"/api/replies/{made.json()['id']}"

    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "name": "Hello",
        "text": TEXT,
        "queue_id": support.pk,
        "visibility": "private",
        "group_id": None,
        "owner_id": admin.pk,
    }
    assert api.get(one).json() == made.json()
    changed = api.patch(one, {"visibility": "all", "queue_id": None})
    assert changed.json() == made.json() | {"visibility": "all", "queue_id": None}
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404
    kinds = AuditEntry.objects.filter(subject_type="savedreply").order_by("pk")
    assert [each.kind for each in kinds] == ["configuration_changed", "configuration_deleted"]


def test_list_holds_what_the_caller_may_use_and_is_filtered(
    api: Caller, admin: User, support: Queue
) -> None:
    incidents = Queue.objects.create(name="Elsewhere", lifecycle=support.lifecycle)
    crew = Group.objects.create(name="Crew")
    rows: list[dict[str, Any]] = [
        {"name": "Mine", "owner": admin},
        {"name": "All", "owner": admin, "for_all": True, "queue": support},
        {"name": "Crew", "owner": admin, "group": crew},
        {"name": "Elsewhere", "owner": admin, "for_all": True, "queue": incidents},
    ]
    for row in rows:
        SavedReply.objects.create(text="x", **row)
    bob = agent_of("bob", support)
    crew.members.set(User.objects.filter(username="bob"))

    assert names(bob) == ["All", "Crew"]
    assert names(api) == ["Mine", "All", "Crew", "Elsewhere"]
    assert names(api, "/api/replies?visibility=private") == ["Mine"]
    assert names(api, f"/api/replies?queue_id={support.pk}") == ["All"]
    assert names(api, "/api/replies?order=-name") == ["Mine", "Elsewhere", "Crew", "All"]
    assert error(api.get("/api/replies?visibility=none"))[:2] == (400, "invalid")


def test_shared_ones_are_shared_and_changed_by_right_alone(api: Caller, support: Queue) -> None:
    bob = agent_of("bob", support)
    shared = {"name": "All", "text": "x", "visibility": "all"}
    assert error(bob.post("/api/replies", shared))[:2] == (403, "forbidden")
    made = api.post("/api/replies", shared).json()["id"]

    assert error(bob.patch(f"/api/replies/{made}", {"name": "Bob's"}))[:2] == (403, "forbidden")
    assert error(bob.patch(f"/api/replies/{made}", {"visibility": "private"}))[:2] == (
        403,
        "forbidden",
    )
    assert error(bob.delete(f"/api/replies/{made}"))[:2] == (403, "forbidden")
    assert SavedReply.objects.get().name == "All"


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"name": " "}, "name"),
        ({"text": ""}, "text"),
        ({"text": "{{ ticket.cf.nothing }}"}, "text"),
        ({"text": "{{ transaction.content }}"}, "text"),
        ({"queue_id": 2**40}, "queue_id"),
        ({"visibility": "group"}, "group_id"),
        ({"group_id": 1}, "group_id"),
        ({"visibility": "none"}, "visibility"),
        ({"owner_id": 1}, "owner_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_it_can_not_hold_is_refused_at_its_field(
    api: Caller, body: dict[str, Any], at: str
) -> None:
    answer = api.post("/api/replies", {"name": "Hello", "text": "x", **body})

    status, code, errors = error(answer)
    assert (status, code, list(errors)) == (400, "invalid", [at])
    assert SavedReply.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_one_and_for_three(
    api: Caller, admin: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        SavedReply.objects.create(name=f"R{number}", text="x", owner=admin)
    config.current()

    # token with its user, that it was used, his groups, configuration's number, replies
    with django_assert_num_queries(5):
        api.get("/api/replies")
