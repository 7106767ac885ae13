"""Who gets in, and what the others are told."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from tessera.accounts.models import ApiToken, User
from tessera.lib import clock
from tests.api.caller import Caller, error

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer"])
def test_a_token_is_taken_under_both_schemes(admin: User, scheme: str) -> None:
    key = ApiToken.issue(admin)

    response = Client(headers={"Authorization": f"{scheme} {key}"}).get("/api/me")

    assert response.status_code == 200
    assert response.json()["username"] == "ada"


@pytest.mark.parametrize("header", ["", "Token", "Token nonsense", "Bearer \u00e9", "Basic YTpi"])
def test_without_a_token_that_counts_nobody_gets_in(anonymous: Caller, header: str) -> None:
    response = anonymous.get("/api/me", Authorization=header)

    assert error(response) == (401, "not_authenticated", {})
    assert response["WWW-Authenticate"] == 'Bearer realm="Tessera"'


def test_an_expired_token_is_refused(admin: User) -> None:
    key = ApiToken.issue(admin, expires_at=NOON)
    caller = Caller(key)

    with clock.at(NOON - timedelta(seconds=1)):
        before = caller.get("/api/me")
    with clock.at(NOON):
        after = caller.get("/api/me")

    assert (before.status_code, after.status_code) == (200, 401)


def test_a_disabled_users_token_is_refused(admin: User, api: Caller) -> None:
    User.objects.filter(pk=admin.pk).update(disabled=True)

    assert error(api.get("/api/me"))[:2] == (401, "not_authenticated")


def test_the_system_user_cannot_log_in(db: None) -> None:
    key = ApiToken.issue(User.objects.get(username="system"))

    assert Caller(key).get("/api/me").status_code == 401


def test_last_used_is_written_once_a_minute(admin: User) -> None:
    caller = Caller(ApiToken.issue(admin))
    seen = []

    for seconds in (0, 30, 59, 60, 61):
        with clock.at(NOON + timedelta(seconds=seconds)):
            caller.get("/api/me")
        seen.append(ApiToken.objects.values_list("last_used_at", flat=True).get(user=admin))

    later = NOON + timedelta(seconds=60)
    assert seen == [NOON, NOON, NOON, later, later]


def test_a_session_needs_a_csrf_token_to_write(admin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    page = RequestFactory().get("/")
    csrf = get_token(page)
    client.cookies["csrftoken"] = page.META["CSRF_COOKIE"]
    client.force_login(admin)

    read = client.get("/api/me")
    refused = client.post("/api/tokens", {"name": "x"}, content_type="application/json")
    made = client.post(
        "/api/tokens",
        {"name": "y"},
        content_type="application/json",
        headers={"X-CSRFToken": csrf},
    )

    assert read.status_code == 200
    assert error(refused) == (403, "forbidden", {})
    assert made.status_code == 201
    assert list(ApiToken.objects.values_list("name", flat=True)) == ["y"]


def test_the_command_prints_a_token_that_works_and_nothing_else(admin: User) -> None:
    printed = StringIO()

    call_command("token", "ADA", stdout=printed)

    key = printed.getvalue().removesuffix("\n")
    assert key.split() == [key]
    assert Caller(key).get("/api/me").json()["username"] == "ada"


@pytest.mark.parametrize("name", ["nobody", "system"])
def test_the_command_gives_no_token_to_those_who_cannot_log_in(db: None, name: str) -> None:
    with pytest.raises(CommandError):
        call_command("token", name)

    assert not ApiToken.objects.exists()


def test_a_new_token_is_shown_once_and_kept_as_a_hash(api: Caller, admin: User) -> None:
    made = api.post("/api/tokens", {"name": "backup", "expires_at": "2100-01-01"})

    key = made.json()["key"]
    listed = api.get("/api/tokens").json()["results"]
    assert made.status_code == 201
    assert Caller(key).get("/api/me").status_code == 200
    assert [token["name"] for token in listed] == ["backup", ""]
    assert key not in str(listed)
    assert not ApiToken.objects.filter(digest=key).exists()


def test_a_revoked_token_is_refused_at_once(api: Caller) -> None:
    made = api.post("/api/tokens").json()

    revoked = api.delete(f"/api/tokens/{made['id']}")

    assert (revoked.status_code, revoked.content) == (204, b"")
    assert Caller(made["key"]).get("/api/me").status_code == 401


def test_nobody_revokes_anothers_token(api: Caller, stranger: Caller) -> None:
    made = api.post("/api/tokens").json()

    assert error(stranger.delete(f"/api/tokens/{made['id']}"))[:2] == (404, "not_found")
    assert Caller(made["key"]).get("/api/me").status_code == 200


def test_a_token_that_expires_in_the_past_is_refused(api: Caller) -> None:
    response = api.post("/api/tokens", {"expires_at": "2020-01-01T00:00:00Z"})

    assert error(response) == (400, "invalid", {"expires_at": ["has passed"]})
