"""/api/views."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tessera.accounts.models import ApiToken, Group, User
from tests.api.caller import Caller, error
from tests.people import grant, holder
from tickets.models import Queue, SavedView

DEFAULT_COLUMNS = [
    *("key", "subject", "queue", "status", "priority", "owner", "requestors"),
    *("due_at", "created_at", "updated_at"),
]


def agent_of(name: str, queue: Queue) -> Caller:
    user = User.objects.create_user(name, email=f"{name}@example.com")
    grant("agent", user=user, queue=queue)
    return Caller(ApiToken.issue(user))


def team(name: str, *members: str) -> int:
    group = Group.objects.create(name=name)
    group.members.set(User.objects.filter(username__in=members))
    return group.pk


def names(caller: Caller, path: str = "/api/views") -> list[str]:
    return [view["name"] for view in caller.get(path).json()["results"]]


def test_a_view_is_saved_read_changed_and_deleted(
    api: Caller, admin: User, ticket: int, support: Queue
) -> None:
    body = {
        "name": "Mine",
        "query": "Subject LIKE 'fire'",
        "columns": ["key", "cf.severity"],
        "order": "-priority,id",
    }
    made = api.post("/api/views", body)
    one = f"/api/views/{made.json()['id']}"

    assert made.status_code == 201
    assert made.json() == {
        **body,
        "id": made.json()["id"],
        "visibility": "private",
        "group_id": None,
        "owner_id": admin.pk,
        "count": 1,
        "count_capped": False,
        "error": None,
        "warnings": [],
    }
    assert api.get(one).json() == made.json()
    changed = api.patch(one, {"query": "Subject LIKE 'water'"})
    assert (changed.status_code, changed.json()["count"]) == (200, 0)
    assert changed.json() == {**made.json(), "query": "Subject LIKE 'water'", "count": 0}
    assert api.delete(one).status_code == 204
    assert error(api.get(one))[:2] == (404, "not_found")


def test_a_view_says_what_its_query_names_that_there_is_not(api: Caller, ticket: int) -> None:
    made = api.post("/api/views", {"name": "Lost", "query": "Queue = 'Suport'"})
    one = f"/api/views/{made.json()['id']}"
    told = ["there is no queue 'Suport'; did you mean 'Support'?"]

    assert (made.status_code, made.json()["warnings"]) == (201, told)
    assert api.get(one).json()["warnings"] == told
    assert api.get("/api/views").json()["results"][0]["warnings"] == told
    assert api.patch(one, {"query": "Queue = 'Support'"}).json()["warnings"] == []


def test_a_view_needs_no_more_than_a_name(api: Caller, ticket: int) -> None:
    made = api.post("/api/views", {"name": " All "}).json()

    assert (made["name"], made["query"], made["count"]) == ("All", "", 1)
    assert (made["columns"], made["order"]) == (DEFAULT_COLUMNS, "-updated_at,id")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name"}),
        ({"name": " "}, {"name"}),
        ({"name": "x", "columns": []}, {"columns"}),
        ({"name": "x", "columns": ["key", "key"]}, {"columns"}),
        ({"name": "x", "columns": ["nonsense"], "order": "nonsense"}, {"columns", "order"}),
        ({"name": "x", "columns": ["cf.nonsense"]}, {"columns"}),
        ({"name": "x", "columns": [5]}, {"columns.0"}),
        ({"name": "x", "columns": "key"}, {"columns"}),
        ({"name": "x", "columns": ["id"] * 101}, {"columns"}),
        ({"name": "x", "order": ""}, {"order"}),
        ({"name": "x", "query": "Nonsense = 1", "order": "x"}, {"query", "order"}),
        ({"name": "x", "visibility": "some"}, {"visibility"}),
        ({"name": "x", "visibility": "group"}, {"group_id"}),
        ({"name": "x", "group_id": 5}, {"group_id"}),
        ({"name": "x", "visibility": "group", "group_id": 987654321}, {"group_id"}),
        ({"name": "x", "visibility": "group", "group_id": True}, {"group_id"}),
        ({"name": "x", "owner_id": 1, "count": 3, "more": 1}, {"owner_id", "count", "more"}),
    ],
)
def test_what_is_wrong_is_named_all_at_once_and_nothing_is_saved(
    api: Caller, support: Queue, body: dict[str, Any], fields: set[str]
) -> None:
    found = error(api.post("/api/views", body))

    assert (found[0], found[1], set(found[2])) == (400, "invalid", fields)
    assert not SavedView.objects.exists()


def test_an_unknown_column_is_told_with_the_nearest_that_there_is(
    api: Caller, support: Queue
) -> None:
    answer = api.post("/api/views", {"name": "x", "columns": ["cf.sevrity"]})
    assert error(answer)[2]["columns"] == [
        "there is no column “cf.sevrity”; did you mean “cf.severity”?"
    ]


def test_a_query_that_does_not_parse_is_told_with_its_place(api: Caller) -> None:
    answer = api.post("/api/views", {"name": "x", "query": "Prioirty > 5"})

    assert error(answer)[:2] == (400, "query_invalid")
    assert (answer.json()["position"], answer.json()["line"]) == (0, 1)


def test_a_count_is_of_what_the_caller_may_see(
    api: Caller, stranger: Caller, ticket: int, support: Queue
) -> None:
    api.post("/api/queues", {"name": "Secret"})
    api.post("/api/tickets", {"subject": "x", "queue": "Secret"})
    view = api.post("/api/views", {"name": "All", "visibility": "all"}).json()
    one = f"/api/views/{view['id']}"
    agent = agent_of("lea", support)

    assert [caller.get(one).json()["count"] for caller in (api, agent, stranger)] == [2, 1, 0]
    assert [c.get("/api/views").json()["results"][0]["count"] for c in (api, agent)] == [2, 1]


def test_one_sees_ones_own_views_those_of_ones_groups_and_those_for_all(
    api: Caller, support: Queue
) -> None:
    ann, bob = agent_of("ann", support), agent_of("bob", support)
    desk, other = team("Desk", "ann", "bob"), team("Other", "bob")
    api.post("/api/views", {"name": "admin's"})
    api.post("/api/views", {"name": "for all", "visibility": "all"})
    ann.post("/api/views", {"name": "ann's"})
    bob.post("/api/views", {"name": "desk", "visibility": "group", "group_id": desk})
    bob.post("/api/views", {"name": "other", "visibility": "group", "group_id": other})

    assert names(ann) == ["for all", "ann's", "desk"]
    assert names(bob) == ["for all", "desk", "other"]
    assert names(api) == ["admin's", "for all"]
    assert names(bob, "/api/views?visibility=group&order=-name") == ["other", "desk"]
    assert names(ann, "/api/views?visibility=private") == ["ann's"]
    assert names(ann, "/api/views?visibility=all") == ["for all"]


def test_only_its_owner_changes_a_view(api: Caller, stranger: Caller, admin: User) -> None:
    shared = api.post("/api/views", {"name": "All", "visibility": "all"}).json()["id"]
    private = stranger.post("/api/views", {"name": "Sam's"}).json()["id"]

    for caller, number, expected in ((stranger, shared, 403), (api, private, 404)):
        assert caller.patch(f"/api/views/{number}", {"name": "x"}).status_code == expected
        assert caller.delete(f"/api/views/{number}").status_code == expected
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["All", "Sam's"]


def test_a_view_is_shared_with_a_group_by_a_member_alone(
    api: Caller, stranger: Caller, support: Queue
) -> None:
    mine, others = team("Mine", "sam"), team("Others", "ada")
    body = {"name": "x", "visibility": "group"}

    unseen = stranger.post("/api/views", {**body, "group_id": others})
    missing = stranger.post("/api/views", {**body, "group_id": 987654321})

    assert unseen.status_code == 400
    assert unseen.json() == missing.json()
    assert stranger.post("/api/views", {**body, "group_id": mine}).status_code == 201
    # Whoever administers people could join it at any time.
    assert api.post("/api/views", {**body, "group_id": mine}).status_code == 201


def test_a_view_for_all_needs_the_right_to_shape_a_queue(
    api: Caller, stranger: Caller, support: Queue
) -> None:
    keeper = Caller(ApiToken.issue(holder("kim", "AdminQueue", queue=support)))
    body = {"name": "x", "visibility": "all"}

    refused = stranger.post("/api/views", body)
    assert (error(refused)[:2], refused.json()["right"]) == ((403, "forbidden"), "AdminQueue")
    made = keeper.post("/api/views", body)
    assert made.status_code == 201
    User.objects.get(username="kim").grant_set.all().delete()
    one = f"/api/views/{made.json()['id']}"
    # Without the right he puts nothing new before all, but may take it back.
    assert keeper.patch(one, {"query": "id > 0"}).status_code == 403
    assert keeper.patch(one, {"visibility": "private"}).json()["visibility"] == "private"


def test_a_view_that_is_made_private_belongs_to_no_group_any_more(stranger: Caller) -> None:
    group = team("Mine", "sam")
    made = stranger.post("/api/views", {"name": "x", "visibility": "group", "group_id": group})
    one = f"/api/views/{made.json()['id']}"

    private = stranger.patch(one, {"visibility": "private"}).json()
    assert (private["visibility"], private["group_id"]) == ("private", None)


def test_a_view_whose_group_is_deleted_is_its_owners_alone(stranger: Caller) -> None:
    group = team("Mine", "sam")
    stranger.post("/api/views", {"name": "x", "visibility": "group", "group_id": group})

    Group.objects.get(pk=group).delete()

    (view,) = stranger.get("/api/views").json()["results"]
    assert (view["visibility"], view["group_id"]) == ("private", None)


def test_a_view_whose_field_was_deleted_is_listed_with_the_reason_in_place_of_a_count(
    api: Caller, ticket: int, support: Queue
) -> None:
    broken = api.post(
        "/api/views", {"name": "x", "query": "CF.severity = high", "columns": ["cf.severity"]}
    ).json()["id"]
    api.post("/api/views", {"name": "fine"})
    field = api.get(f"/api/custom-fields?queue_id={support.pk}").json()["results"][0]
    assert api.delete(f"/api/custom-fields/{field['id']}").status_code == 204

    first, second = api.get("/api/views").json()["results"]

    assert (first["count"], first["columns"]) == (None, ["cf.severity"])
    assert first["error"].startswith("line 1, column 1: ")
    assert (second["count"], second["error"]) == (1, None)
    # What is not touched need not be mended at once.
    assert api.patch(f"/api/views/{broken}", {"name": "y"}).status_code == 200
    assert api.patch(f"/api/views/{broken}", {"query": "id = 1"}).json()["error"] is None


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_costs_one_statement_a_view_and_none_without_counts(
    api: Caller, ticket: int, number: int
) -> None:
    for place in range(number):
        api.post("/api/views", {"name": f"v{place}"})
    counted = []
    for path in ("/api/views", "/api/views?counts=false"):
        api.get(path)
        with CaptureQueriesContext(connection) as seen:
            answer = api.get(path)
        counted.append(len(seen))
        assert len(answer.json()["results"]) == number

    # The counts' transaction begins and ends, and sets their limit and (here, within the test's own) lifts it.
    assert counted == [3 + 4 + number, 3]
    assert {view["count"] for view in api.get("/api/views?counts=false").json()["results"]} == {
        None
    }


def test_the_database_refuses_a_view_that_is_shared_twice_or_has_no_name(admin: User) -> None:
    group = team("Mine")
    values = {"name": "x", "columns": ["id"], "order": "id", "owner": admin}
    for wrong in ({"for_all": True, "group_id": group}, {"name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedView.objects.create(**{**values, **wrong})
