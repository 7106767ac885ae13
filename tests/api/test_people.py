"""Users and groups: what is refused, and that it is told all at once."""

from typing import Any

import pytest

from tessera.accounts.models import User
from tests.api.caller import Caller, error


def test_a_users_password_is_checked_and_never_shown(api: Caller) -> None:
    weak = api.post("/api/users", {"username": "ann", "password": "12345"})
    made = api.post("/api/users", {"username": "ann", "password": "tall-blue-giraffe-9"})

    assert list(error(weak)[2]) == ["password"]
    assert "password" not in made.json()
    assert User.objects.get(username="ann").check_password("tall-blue-giraffe-9")


def test_the_system_user_and_oneself_are_protected(api: Caller, admin: User) -> None:
    system = User.objects.get(username="system")

    renamed = api.patch(f"/api/users/{system.pk}", {"username": "hal"})
    another = api.post("/api/users", {"username": "bot", "kind": "system"})
    disabled = api.patch(f"/api/users/{admin.pk}", {"disabled": True})

    assert list(error(renamed)[2]) == ["id"]
    assert list(error(another)[2]) == ["kind"]
    assert list(error(disabled)[2]) == ["disabled"]


def test_everything_wrong_with_a_user_is_named_at_once(api: Caller) -> None:
    api.post("/api/users", {"username": "ann", "email": "ann@example.com"})

    refused = api.post(
        "/api/users",
        {
            "username": "ANN",
            "email": "Ann@Example.com",
            "password": "12345",
            "kind": "system",
            "time_zone": "Mars",
            "language": "xx",
            "is_superuser": True,
        },
    )

    assert sorted(error(refused)[2]) == [
        "email",
        "is_superuser",
        "kind",
        "language",
        "password",
        "time_zone",
        "username",
    ]


def test_a_user_keeps_his_own_name_in_another_case(api: Caller) -> None:
    made = api.post("/api/users", {"username": "ann", "email": "ann@example.com"}).json()

    changed = api.patch(f"/api/users/{made['id']}", {"username": "Ann", "email": "Ann@example.com"})

    assert (changed.json()["username"], changed.json()["email"]) == ("Ann", "Ann@example.com")


def test_a_password_may_not_resemble_the_name_that_comes_with_it(api: Caller) -> None:
    made = api.post("/api/users", {"username": "ann"}).json()

    refused = api.patch(
        f"/api/users/{made['id']}", {"username": "giraffe-tall", "password": "giraffe-tall"}
    )

    assert list(error(refused)[2]) == ["password"]
    assert User.objects.get(pk=made["id"]).username == "ann"


@pytest.mark.parametrize("name", ["nobody", "Nobody", "ACTOR", "__CurrentUser__"])
def test_a_word_with_a_meaning_of_its_own_is_no_username(api: Caller, name: str) -> None:
    assert list(error(api.post("/api/users", {"username": name}))[2]) == ["username"]


@pytest.mark.parametrize(
    ("resource", "body", "fields"),
    [
        ("queues", {"name": "GENERAL", "lifecycle_id": 10**9}, ["lifecycle_id", "name"]),
        ("groups", {"name": "STAFF", "member_ids": [10**9]}, ["member_ids", "name"]),
    ],
)
def test_a_taken_name_is_told_with_the_other_faults(
    api: Caller, resource: str, body: dict[str, Any], fields: list[str]
) -> None:
    api.post("/api/groups", {"name": "Staff"})

    assert sorted(error(api.post(f"/api/{resource}", body))[2]) == fields
