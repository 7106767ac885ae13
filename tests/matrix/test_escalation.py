"""Nobody works his way up: not by other people, groups, roles, keys or rules."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from scrips.models import Scrip, Template
from tessera.accounts.models import ApiToken, Group, Role, User
from tests.admin.pages import errors
from tests.api.caller import Caller
from tests.matrix.cast import Cast
from tests.matrix.rows import filled
from tests.people import administrator, grant, holder
from tickets.models import Grant, Queue

PASSWORD = "correct horse 9"


@pytest.fixture
def clerk(undone: Cast) -> User:
    """Somebody who administers people, and nothing else."""
    return holder("clerk", "AdminUsers", email="clerk@example.com")


@pytest.fixture
def ids(undone: Cast, clerk: User) -> dict[str, Any]:
    """What the clerk may try his hand at."""
    given = Grant.objects.get(user=clerk)
    administrators = Group.objects.create(name="administrators")
    grant("admin", group=administrators)
    return {
        **undone.ids,
        "me": clerk.pk,
        "my_grant": given.pk,
        "my_role": given.role_id,
        "customer": Role.objects.get(name="customer").pk,
        "administrators": administrators.pk,
        "gone": administrator("gone", disabled=True).pk,
        "none": None,
    }


def caller_of(user: User) -> Caller:
    return Caller(ApiToken.issue(user))


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(caller: Caller, line: str, body: dict[str, Any], ids: dict[str, Any]) -> Any:
    method, path = line.format_map(ids).split()
    if method == "DELETE":
        return caller.delete(path)
    given = filled(body, ids)
    return caller.post(path, given) if method == "POST" else caller.patch(path, given)


# Each a way up for somebody who holds AdminUsers alone, with the right that he lacks for it.
WAYS_UP: list[tuple[str, dict[str, Any], str]] = [
    ("POST /api/grants", {"role": "admin", "user_id": "{me}"}, "SuperUser"),
    ("POST /api/grants", {"role": "admin", "ticket_role": "everyone"}, "SuperUser"),
    (
        "POST /api/grants",
        {"role": "agent", "user_id": "{me}", "queue_id": "{queue}"},
        "CommentOnTicket",
    ),
    ("PATCH /api/grants/{grant}", {"user_id": "{me}", "group_id": "{none}"}, "CommentOnTicket"),
    ("PATCH /api/grants/{grant}", {"queue_id": "{none}"}, "CommentOnTicket"),
    ("PATCH /api/grants/{my_grant}", {"role": "admin"}, "SuperUser"),
    ("DELETE /api/grants/{grant}", {}, "CommentOnTicket"),
    ("PATCH /api/roles/{my_role}", {"rights": ["AdminUsers", "SuperUser"]}, "SuperUser"),
    ("PATCH /api/roles/{my_role}", {"inherits": "admin"}, "SuperUser"),
    ("POST /api/roles", {"name": "x", "inherits": "ADMIN"}, "SuperUser"),
    ("PATCH /api/roles/{role}", {"rights": []}, "CommentOnTicket"),
    ("PATCH /api/groups/{administrators}", {"member_ids": ["{me}"]}, "SuperUser"),
    ("PATCH /api/groups/{group}", {"member_ids": ["{me}"]}, "CommentOnTicket"),
    ("PATCH /api/users/{root}", {"password": PASSWORD}, "SuperUser"),
    ("PATCH /api/users/{root}", {"email": "me@example.com"}, "SuperUser"),
    ("PATCH /api/users/{root}", {"disabled": True}, "SuperUser"),
    ("PATCH /api/users/{user}", {"password": PASSWORD}, "CommentOnTicket"),
    ("PATCH /api/users/{user}", {"email": "me@example.com"}, "CommentOnTicket"),
    ("PATCH /api/users/{gone}", {"password": PASSWORD}, "SuperUser"),
    ("PATCH /api/users/{gone}", {"disabled": False}, "SuperUser"),
]


@pytest.mark.parametrize(("line", "body", "lacking"), WAYS_UP)
def test_who_administers_people_alone_finds_no_way_up(
    clerk: User, ids: dict[str, Any], line: str, body: dict[str, Any], lacking: str
) -> None:
    def rows() -> list[list[Any]]:
        return [
            list(Grant.objects.order_by("pk").values()),
            list(Role.objects.order_by("pk").values()),
            list(User.objects.order_by("pk").values()),
        ]

    caller, before = caller_of(clerk), rows()

    answer = ask(caller, line, body, ids)

    assert (answer.status_code, answer.json().get("right")) == (403, lacking)
    assert rows() == before


def test_who_administers_people_does_so_where_it_gives_no_more_than_he_holds(
    undone: Cast, clerk: User, ids: dict[str, Any]
) -> None:
    api = caller_of(clerk)
    stranger = undone.users["stranger"].pk
    done = [
        api.post("/api/users", {"username": "new", "password": PASSWORD}),
        api.patch(f"/api/users/{stranger}", {"password": PASSWORD, "email": "s@example.com"}),
        api.post("/api/roles", {"name": "clerks", "rights": ["AdminUsers"]}),
        api.post("/api/grants", {"role": "clerks", "user_id": stranger}),
        api.post("/api/groups", {"name": "friends", "member_ids": [stranger]}),
    ]
    assert [each.status_code for each in done] == [201, 200, 201, 201, 201]


def test_a_role_that_opens_transitions_by_its_name_is_given_only_by_who_holds_it(
    undone: Cast, ids: dict[str, Any]
) -> None:
    """`support-ticket` lets customers reopen: an agent who holds all that a customer may is none for that."""
    chief = holder(
        "chief", "AdminUsers", *Role.objects.get(name="customer").rights, email="c@example.com"
    )
    api = caller_of(chief)

    to_himself = api.post("/api/grants", {"role": "customer", "user_id": chief.pk})
    by_inheritance = api.post("/api/roles", {"name": "x", "inherits": "customer"})

    for answer in (to_himself, by_inheritance):
        assert (answer.status_code, answer.json()["right"]) == (403, None)
        assert "customer" in answer.json()["detail"]
    assert api.post("/api/roles", {"name": "x", "rights": ["ShowTicket"]}).status_code == 201


# The administration's forms.
def test_forms_of_the_administration_are_no_way_up(
    undone: Cast, clerk: User, ids: dict[str, Any]
) -> None:
    site = browser_of(clerk)
    changed = {"username": "root", "email": "me@example.com", "time_zone": "UTC"}
    tries = [
        (f"/admin/accounts/user/{ids['root']}/change/", changed),
        (f"/admin/accounts/user/{ids['user']}/change/", changed),
        (f"/admin/accounts/user/{ids['gone']}/change/", changed),
        (
            f"/admin/accounts/user/{ids['root']}/password/",
            {"password1": PASSWORD, "password2": PASSWORD},
        ),
        (
            f"/admin/accounts/group/{ids['administrators']}/change/",
            {"name": "administrators", "members": [clerk.pk]},
        ),
        (f"/admin/accounts/group/{ids['administrators']}/delete/", {"post": "yes"}),
        (f"/admin/accounts/apitoken/{ids['token']}/change/", {"name": "x"}),
        (f"/admin/accounts/apitoken/{ids['token']}/delete/", {"post": "yes"}),
    ]
    before = list(User.objects.order_by("pk").values())

    assert [site.post(path, data).status_code for path, data in tries] == [403] * len(tries)
    assert list(User.objects.order_by("pk").values()) == before
    assert not Group.objects.get(pk=ids["administrators"]).members.exists()


@pytest.mark.parametrize("whose", ["admin", "agent", "system"])
def test_a_key_for_somebody_who_may_more_is_not_made(undone: Cast, clerk: User, whose: str) -> None:
    user = undone.users[whose]
    before = ApiToken.objects.count()

    answer = browser_of(clerk).post(
        "/admin/accounts/apitoken/add/", {"user": user.pk, "name": "", "expires_at": ""}
    )

    assert errors(answer).keys() == {"user"}
    assert ApiToken.objects.count() == before


def test_a_key_for_somebody_who_may_no_more_is_made(undone: Cast, clerk: User) -> None:
    given = {"user": undone.users["stranger"].pk, "name": "", "expires_at": ""}
    answer = browser_of(clerk).post("/admin/accounts/apitoken/add/", given)
    assert b'id="key"' in answer.content


def test_keys_of_who_may_more_are_not_revoked_in_bulk(undone: Cast, clerk: User) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [undone.ids["token"]], "post": "yes"}
    browser_of(clerk).post("/admin/accounts/apitoken/", chosen)
    assert ApiToken.objects.filter(pk=undone.ids["token"]).exists()


# Somebody is left to administer.
@pytest.fixture
def last(undone: Cast, ids: dict[str, Any]) -> User:
    """The only administrator, by a group."""
    Grant.objects.filter(role__name="admin", user=undone.users["admin"]).delete()
    user = User.objects.create_user("last", email="last@example.com")
    Group.objects.get(pk=ids["administrators"]).members.set([user])
    return user


def test_the_last_administrator_does_not_leave_the_group_that_makes_him_one(
    last: User, ids: dict[str, Any]
) -> None:
    path = f"/api/groups/{ids['administrators']}"

    over_http = caller_of(last).patch(path, {"member_ids": []})
    in_a_form = browser_of(last).post(
        f"/admin/accounts/group/{ids['administrators']}/change/", {"name": "x", "members": []}
    )

    assert (over_http.status_code, over_http.json()["right"]) == (403, "SuperUser")
    assert errors(in_a_form).keys() == {"members"}
    assert list(Group.objects.get(pk=ids["administrators"]).members.all()) == [last]


def test_a_group_that_was_granted_something_is_not_deleted(last: User, ids: dict[str, Any]) -> None:
    path = f"/admin/accounts/group/{ids['administrators']}/delete/"
    assert browser_of(last).post(path, {"post": "yes"}).status_code == 403
    empty = Group.objects.create(name="empty")
    browser_of(last).post(f"/admin/accounts/group/{empty.pk}/delete/", {"post": "yes"})
    assert not Group.objects.filter(pk=empty.pk).exists()


def test_the_role_by_which_the_last_one_administers_keeps_its_right(
    last: User, ids: dict[str, Any]
) -> None:
    api = caller_of(last)
    bosses = api.post("/api/roles", {"name": "bosses", "rights": ["SuperUser"]}).json()
    api.post("/api/grants", {"role": "bosses", "user_id": last.pk})
    Grant.objects.filter(group=ids["administrators"]).delete()

    answer = api.patch(f"/api/roles/{bosses['id']}", {"rights": []})

    assert (answer.status_code, answer.json()["right"]) == (403, "SuperUser")


# Rights on one queue.
@pytest.fixture
def ruler(undone: Cast) -> Caller:
    """Somebody who changes rules, and the queue, of Support alone."""
    support = Queue.objects.get(pk=undone.ids["queue"])
    return caller_of(holder("ruler", "AdminScrips", "AdminQueue", "SeeQueue", queue=support))


def test_who_changes_rules_of_one_queue_changes_those_alone(undone: Cast, ruler: Caller) -> None:
    ids = undone.ids
    here, everywhere = ids["scrip"], ids["scrip_everywhere"]
    rule = {
        "name": "New",
        "condition_type": "OnCreate",
        "action_type": "AddComment",
        "action_config": {"content": "x"},
    }
    path = f"/api/scrips/{here}"
    before = list(Scrip.objects.order_by("pk").values())

    refused = [
        ruler.patch(f"/api/scrips/{everywhere}", {"name": "y"}),
        ruler.delete(f"/api/scrips/{everywhere}"),
        ruler.patch(path, {"queue_id": None}),
        ruler.patch(path, {"queue_id": ids["incidents"]}),
        ruler.patch(path, {"queue_id": 987654321}),
        ruler.patch(path, {"queue_id": str(ids["queue"])}),
        ruler.post("/api/scrips", rule),
        ruler.post("/api/scrips", {**rule, "queue_id": None}),
        ruler.post("/api/scrips", {**rule, "queue_id": ids["incidents"]}),
        ruler.post("/api/scrips", {**rule, "queue_id": True}),
        ruler.post("/api/scrips", {**rule, "queue_id": [ids["queue"]]}),
    ]

    assert [each.status_code for each in refused] == [403] * len(refused)
    assert list(Scrip.objects.order_by("pk").values()) == before
    assert ruler.patch(path, {"name": "y", "queue_id": ids["queue"]}).status_code == 200
    assert ruler.post("/api/scrips", {**rule, "queue_id": ids["queue"]}).status_code == 201


def test_templates_of_other_queues_are_not_his_either(undone: Cast, ruler: Caller) -> None:
    ids = undone.ids
    far = Template.objects.create(name="Far", queue_id=ids["incidents"])

    assert ruler.get(f"/api/templates/{far.pk}").status_code == 404
    assert ruler.patch(f"/api/templates/{far.pk}", {"name": "y"}).status_code == 404
    assert ruler.patch(f"/api/templates/{ids['unused']}", {"name": "y"}).status_code == 403
    assert ruler.delete(f"/api/templates/{ids['unused']}").status_code == 403
    moved = ruler.patch(f"/api/templates/{ids['template']}", {"queue_id": None})
    assert moved.status_code == 403
    named = ruler.patch(f"/api/scrips/{ids['scrip']}", {"template_id": far.pk})
    unknown = ruler.patch(f"/api/scrips/{ids['scrip']}", {"template_id": 987654321})
    assert (named.status_code, unknown.status_code) == (400, 400)


def test_who_changes_one_queue_changes_that_alone(undone: Cast, ruler: Caller) -> None:
    here, there = undone.ids["queue"], undone.ids["incidents"]
    assert ruler.patch(f"/api/queues/{here}", {"description": "y"}).status_code == 200
    assert ruler.patch(f"/api/queues/{there}", {"description": "y"}).status_code == 404
    grant("customer", ticket_role="everyone")
    assert ruler.patch(f"/api/queues/{there}", {"description": "y"}).status_code == 403
    assert ruler.post("/api/queues", {"name": "New"}).status_code == 403


def test_rights_on_one_queue_open_no_administration(undone: Cast, ruler: Caller) -> None:
    user = User.objects.get(username="ruler")
    assert browser_of(user).get("/admin/").status_code == 302


def test_super_user_on_one_queue_is_everything_there_and_nothing_elsewhere(undone: Cast) -> None:
    support = Queue.objects.get(pk=undone.ids["queue"])
    api = caller_of(holder("king", "SuperUser", queue=support))

    assert api.patch(f"/api/queues/{support.pk}", {"description": "y"}).status_code == 200
    assert api.delete(f"/api/scrips/{undone.ids['scrip']}").status_code == 204
    assert api.get(f"/api/tickets/{undone.ids['far']}").status_code == 404
    assert api.get("/api/tickets").json()["count"] == 1
    for path, body in (
        ("/api/users", {"username": "x"}),
        ("/api/grants", {"role": "agent", "ticket_role": "cc", "queue_id": support.pk}),
        ("/api/roles", {"name": "x"}),
        ("/api/queues", {"name": "x"}),
        ("/api/custom-fields", {"name": "x", "field_type": "Freeform"}),
    ):
        assert api.post(path, body).status_code == 403


# What was taken is gone with the next request.
def test_a_disabled_user_is_refused_at_once_by_key_and_by_session(undone: Cast) -> None:
    path = f"/api/tickets/{undone.ids['ticket']}"
    api, page = undone.callers["agent"], undone.reader("agent")
    assert (api.get(path).status_code, page.get("/").status_code) == (200, 200)
    assert page.get(path).status_code == 200

    root = undone.callers["admin"]
    assert root.patch(f"/api/users/{undone.ids['user']}", {"disabled": True}).status_code == 200

    assert (api.get(path).status_code, page.get("/").status_code) == (401, 302)
    assert page.get(path).status_code == 401
    held = root.get(f"/api/tickets/{undone.ids['ticket']}").json()
    owned = root.patch(path, {"owner_id": undone.ids["user"]})
    assert (held["owner_id"], owned.status_code) == (None, 400)


def test_a_login_ends_with_the_password_that_it_was_made_with(undone: Cast) -> None:
    page = undone.reader("agent")
    undone.callers["admin"].patch(f"/api/users/{undone.ids['user']}", {"password": PASSWORD})
    assert page.get("/").status_code == 302
    assert Session.objects.exists()


def test_who_left_the_group_is_refused_with_the_next_request(undone: Cast) -> None:
    path = f"/api/tickets/{undone.ids['ticket']}"
    page = undone.reader("agent")
    assert undone.callers["agent"].get(path).status_code == 200

    undone.callers["admin"].patch(f"/api/groups/{undone.ids['group']}", {"member_ids": []})

    assert undone.callers["agent"].get(path).status_code == 404
    assert page.get(f"/tickets/{undone.ids['key']}").status_code == 404


def test_what_a_role_lost_is_refused_with_the_next_request(undone: Cast) -> None:
    path = f"/api/tickets/{undone.ids['ticket']}/comment"
    rights = set(Role.objects.get(name="agent").rights) - {"CommentOnTicket"}

    undone.callers["admin"].patch(f"/api/roles/{undone.ids['role']}", {"rights": sorted(rights)})

    for who in ("agent", "supervisor"):
        assert undone.callers[who].post(path, {"content": "x"}).status_code == 403
