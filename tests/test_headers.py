"""What an answer's headers allow a browser: graded as the public scanners do, on every kind of answer."""

from typing import Any

import pytest
from django.contrib.staticfiles.finders import find
from django.test import Client

from tests.people import administrator

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
KINDS = {
    "login": "/login",
    "inbox": "/",
    "portal": "/portal/",
    "administration": "/admin/",
    "missing page": "/nowhere",
    "api": "/api/me",
    "missing resource": "/api/tickets/999",
    "explorer of the api": "/api/docs",
    "health": "/api/health",
    "style sheet": "/static/css/base.css",
}


@pytest.fixture
def browser(db: None) -> Client:  # it is written there
    browser = Client()
    browser.force_login(administrator("reader"))
    return browser


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_closes_what_it_does_not_need(browser: Client, kind: str) -> None:
    assert find("css/base.css")
    answer = browser.get(KINDS[kind])

    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "style sheet"])
def test_no_page_runs_or_frames_what_is_not_ours(browser: Client, kind: str) -> None:
    answer = browser.get(KINDS[kind])

    policy = directives(answer)
    own = "'none'" if answer.headers["Content-Type"] == "application/json" else "'self'"
    assert policy["default-src"] == policy["form-action"] == own
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy.get("object-src", policy["default-src"]) == "'none'"
    told = " ".join(policy.values())
    assert "unsafe" not in told
    assert "*" not in told
    assert "data:" not in policy.get("script-src", "")
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_cookies_are_out_of_reach_for_scripts_and_other_sites() -> None:
    administrator("reader", "correct horse battery")
    browser = Client()

    browser.post("/login", {"username": "reader", "password": "correct horse battery"})

    session = browser.cookies["sessionid"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")


def test_over_https_browsers_are_told_to_stay_there(browser: Client, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 30 * 24 * 3600
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    answer = Client(headers={"X-Forwarded-Proto": "https"}).get("/login")

    assert answer.headers["Strict-Transport-Security"] == "max-age=2592000"


def directives(answer: Any) -> dict[str, str]:
    """The answer's policy, by directive."""
    parts = answer.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().partition(" ")[::2] for part in parts if part.strip())
