"""A login by cookies: what it sets, what it is good for, and what ends it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tessera.accounts import sessions, signed
from tessera.accounts.models import ApiToken, LoginSession, User
from tessera.accounts.signed import Claims
from tessera.lib import clock
from tests.accounts.browser import Browser
from tests.accounts.conftest import PASSWORD
from tests.api.caller import error

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def browser(ines: User) -> Browser:
    """Logged in."""
    made = Browser()
    assert made.log_in().status_code == 200
    return made


def test_login_sets_cookies_that_no_script_reads_but_the_csrf_token(ines: User) -> None:
    answer = Browser().log_in()

    flags = {
        name: (bool(morsel["httponly"]), morsel["samesite"], morsel["path"])
        for name, morsel in answer.cookies.items()
    }
    assert flags == {
        "access_token": (True, "Lax", "/"),
        "refresh_token": (True, "Strict", "/api/auth"),
        "csrftoken": (False, "Lax", "/"),
        "tessera_device": (True, "Lax", "/"),
    }
    assert answer.cookies["access_token"]["max-age"] == 600
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert (body["user_id"], body["username"]) == (ines.pk, "ines")
    assert answer.cookies["access_token"].value not in json.dumps(body)


def test_cookies_are_secure_where_the_site_is(ines: User, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True

    answer = Browser().log_in()

    assert {bool(morsel["secure"]) for morsel in answer.cookies.values()} == {True}


def test_cookie_says_who_is_calling_in_one_statement(
    browser: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser.get("/api/me")

    with django_assert_num_queries(2):  # the session's user; the configuration's number
        answer = browser.get("/api/me")

    assert answer.json()["username"] == "ines"


@pytest.mark.parametrize("path", ["/api/tokens", "/api/auth/refresh", "/api/auth/logout"])
def test_unsafe_method_by_cookie_needs_the_csrf_header(browser: Browser, path: str) -> None:
    answer = browser.post(path, csrf=False)

    assert error(answer) == (403, "forbidden", {})
    assert "X-CSRFToken" in answer.json()["detail"]
    assert browser.get("/api/me").status_code == 200


def test_unsafe_method_with_the_csrf_header_is_done(browser: Browser) -> None:
    made = browser.post("/api/tokens", {"name": "by cookie"})

    assert made.status_code == 201
    assert ApiToken.objects.get().name == "by cookie"


def test_key_in_the_header_comes_before_the_cookie(browser: Browser) -> None:
    other = ApiToken.issue(User.objects.create_user("ole", email="ole@example.com"))

    answer = browser.client.get("/api/me", headers={"Authorization": f"Token {other}"})

    assert answer.json()["username"] == "ole"


def test_access_runs_out_after_ten_minutes_and_is_refreshed(ines: User) -> None:
    browser = Browser()
    with clock.at(NOON):
        browser.log_in()
    with clock.at(NOON + timedelta(minutes=9, seconds=59)):
        before = browser.get("/api/me").status_code
    with clock.at(NOON + timedelta(minutes=10)):
        after = browser.get("/api/me")
        refreshed = browser.post("/api/auth/refresh")
        again = browser.get("/api/me").status_code

    assert (before, after.status_code, refreshed.status_code, again) == (200, 401, 200, 200)
    assert "/api/auth/refresh" in after.json()["detail"]


def test_refresh_runs_out_after_fourteen_days_without_one(ines: User) -> None:
    browser = Browser()
    answers = []
    for days in (0, 13, 26, 40):
        with clock.at(NOON + timedelta(days=days)):
            answers.append(browser.post("/api/auth/refresh") if days else browser.log_in())

    assert [answer.status_code for answer in answers] == [200, 200, 200, 401]


def test_used_refresh_token_is_refused_and_ends_all_that_came_of_it(browser: Browser) -> None:
    old = browser.cookie("refresh_token")
    first = browser.post("/api/auth/refresh")
    new = browser.cookie("refresh_token")
    browser.client.cookies["refresh_token"] = old

    reused = browser.post("/api/auth/refresh")

    assert (first.status_code, error(reused)) == (200, (401, "not_authenticated", {}))
    assert new != old
    browser.client.cookies["refresh_token"] = new
    assert browser.post("/api/auth/refresh").status_code == 401
    assert browser.get("/api/me").status_code == 401


def test_logout_ends_the_login_at_once_and_takes_the_cookies_away(browser: Browser) -> None:
    kept = {name: browser.cookie(name) for name in ("access_token", "refresh_token", "csrftoken")}

    answer = browser.post("/api/auth/logout")

    assert answer.status_code == 200
    assert [browser.cookie(name) for name in ("access_token", "refresh_token")] == ["", ""]
    for name, value in kept.items():
        browser.client.cookies[name] = value
    assert browser.get("/api/me").status_code == 401
    assert browser.post("/api/auth/refresh").status_code == 401
    assert browser.post("/api/auth/logout").status_code == 401


def test_logout_works_when_access_has_run_out(browser: Browser) -> None:
    del browser.client.cookies["access_token"]

    assert browser.post("/api/auth/logout").status_code == 200
    assert not LoginSession.objects.exists()


def test_logout_of_one_browser_leaves_the_other_in(browser: Browser) -> None:
    other = Browser()
    other.log_in()

    browser.post("/api/auth/logout")

    assert other.get("/api/me").status_code == 200


def _other_password(user: User) -> None:
    user.set_password("battery staple")
    user.save()


def _raw_password(user: User) -> None:
    User.objects.filter(pk=user.pk).update(password="!")


def _disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(disabled=True)


def _disable_and_enable(user: User) -> None:
    _disable(user)
    User.objects.filter(pk=user.pk).update(disabled=False)


ENDS = [_other_password, _raw_password, _disable, _disable_and_enable]


@pytest.mark.parametrize("end", ENDS)
def test_another_password_and_disabling_end_every_login(
    browser: Browser, ines: User, end: Callable[[User], None]
) -> None:
    page = Client()
    page.force_login(ines)
    assert page.get("/account").status_code == 200

    end(User.objects.get(pk=ines.pk))

    assert browser.get("/api/me").status_code == 401
    assert browser.post("/api/auth/refresh").status_code == 401
    assert page.get("/account")["Location"] == "/login?next=/account"


def test_row_that_is_saved_late_brings_no_ended_login_back(browser: Browser, ines: User) -> None:
    stale = User.objects.get(pk=ines.pk)
    _disable_and_enable(ines)

    stale.first_name = "Ines"
    stale.save()

    assert browser.get("/api/me").status_code == 401


def test_ended_cookie_does_not_stand_in_the_way_of_a_session_of_the_pages(
    browser: Browser, ines: User
) -> None:
    LoginSession.objects.all().delete()
    assert browser.get("/api/me").status_code == 401

    browser.client.force_login(ines)

    assert browser.get("/api/me").status_code == 200


def _forged(browser: Browser) -> list[str]:
    session = LoginSession.objects.get()
    claims = {
        "aud": "access",
        "sid": session.pk.hex,
        "num": 0,
        "exp": int((clock.now() + timedelta(hours=1)).timestamp()),
    }
    right = browser.cookie("access_token")
    head, body, tail = right.split(".")
    return [
        jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),  # type: ignore[arg-type]  # the forger’s way
        jwt.encode(claims, "x" * 32, algorithm="HS256"),
        browser.cookie("refresh_token"),
        f"{head}.{body}.{tail[:-2]}AA",
        f"{head}.{body}.",
        "nonsense",
        "é",
        signed.sign(Claims(session.pk, clock.now() - timedelta(seconds=1)), "access"),
    ]


def test_token_that_was_not_signed_for_this_use_is_refused(browser: Browser) -> None:
    answers = []
    for forged in _forged(browser):
        browser.client.cookies["access_token"] = forged
        answers.append(browser.get("/api/me").status_code)

    assert set(answers) == {401}


def test_access_token_refreshes_nothing(browser: Browser) -> None:
    browser.client.cookies["refresh_token"] = browser.cookie("access_token")

    assert browser.post("/api/auth/refresh").status_code == 401
    assert browser.get("/api/me").status_code == 200


def test_older_key_serves_while_it_is_listed(browser: Browser, settings: Settings) -> None:
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another-0123456789abcdefghijklmnopqrstuvwxyz"

    assert browser.get("/api/me").status_code == 401
    settings.SECRET_KEY_FALLBACKS = [old]
    assert browser.get("/api/me").status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["password", "username"]),
        ({"username": "ines"}, ["password"]),
        ({"username": "ines", "password": PASSWORD, "remember": True}, ["remember"]),
        ({"username": 7, "password": PASSWORD}, ["username"]),
        ({"username": "ines\x00", "password": "x\x00"}, ["password", "username"]),
    ],
)
def test_what_is_missing_or_unknown_is_named(
    ines: User, body: dict[str, Any], fields: list[str]
) -> None:
    answer = Browser().post("/api/auth/token", body)

    assert (error(answer)[0], sorted(error(answer)[2])) == (400, fields)


def test_form_of_another_site_logs_nobody_in(ines: User) -> None:
    answer = Client().post("/api/auth/token", {"username": "ines", "password": PASSWORD})

    assert error(answer)[:2] == (415, "unsupported_media_type")


def test_refresh_takes_no_fields(browser: Browser) -> None:
    assert error(browser.post("/api/auth/refresh", {"x": 1})) == (
        400,
        "invalid",
        {"x": ["is no field of this"]},
    )


def test_logins_that_ran_out_are_purged(ines: User) -> None:
    with clock.at(NOON):
        sessions.begin(ines)
    with clock.at(NOON + timedelta(days=10)):
        kept = sessions.begin(ines)
    with clock.at(NOON + timedelta(days=14)):
        assert sessions.purge() == 1

        assert LoginSession.objects.get().pk == sessions.named_by(refresh=kept.refresh)
