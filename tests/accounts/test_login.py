"""Name and password: who gets in, who has to wait, and who never does."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tessera.accounts import gates, login
from tessera.accounts.models import AuditEntry, Gate, User
from tessera.accounts.tasks import purge
from tessera.lib import clock
from tests.accounts.browser import Browser
from tests.accounts.conftest import PASSWORD
from tests.api.caller import error

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """The clock stands still unless a test moves it."""
    with clock.at(NOON):
        yield


def by_api(name: str, password: str, address: str) -> Any:
    return Browser(address).log_in(name, password)


def by_page(name: str, password: str, address: str) -> Any:
    return Client(REMOTE_ADDR=address).post("/login", {"username": name, "password": password})


WAYS = pytest.mark.parametrize("way", [by_api, by_page])
Way = Callable[[str, str, str], Any]


def fail(times: int, *, name: str = "ines", address: str = "203.0.113.7") -> list[int]:
    """The statuses of so many wrong tries."""
    return [by_api(name, "wrong", address).status_code for _try in range(times)]


def test_unknown_name_wrong_password_and_disabled_user_are_told_the_same(ines: User) -> None:
    User.objects.create_user("ole", PASSWORD, email="o@example.com", disabled=True)

    answers = [
        by_api(name, password, "203.0.113.7")
        for name, password in (("nobody", "x"), ("ines", "x"), ("ole", PASSWORD), ("system", "!"))
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["WWW-Authenticate"] == 'Bearer realm="Tessera"'
    assert not answers[0].cookies


@pytest.mark.parametrize("name", ["nobody", "ines", "ole", "system"])
def test_every_refusal_hashes_the_password_once(
    ines: User, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.create_user("ole", PASSWORD, email="o@example.com", disabled=True)
    hashed = []
    real = hashers.MD5PasswordHasher.encode

    def encode(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return str(real(self, password, salt))

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", encode)

    by_api(name, PASSWORD if name == "ole" else "wrong", "203.0.113.7")

    assert len(hashed) == 1


@pytest.mark.parametrize("name", ["ines", "INES", "ｉｎｅｓ"])
def test_name_is_one_in_every_spelling(ines: User, name: str) -> None:
    assert by_api(name, PASSWORD, "203.0.113.7").status_code == 200


@WAYS
def test_after_five_wrong_tries_the_right_one_has_to_wait(ines: User, way: Way) -> None:
    fail(5)

    refused = way("ines", PASSWORD, "203.0.113.7")
    with clock.at(NOON + timedelta(seconds=15)):
        waited = way("ines", PASSWORD, "203.0.113.7")

    assert (refused.status_code, refused["Retry-After"]) == (429, "15")
    assert "Try again in 15 seconds" in refused.content.decode()
    assert waited.status_code in {200, 302}


def test_refusal_of_the_api_is_throttled(ines: User) -> None:
    fail(5)

    assert error(by_api("ines", PASSWORD, "203.0.113.7")) == (429, "throttled", {})


def test_page_and_api_count_together_and_spellings_too(ines: User) -> None:
    for name, way in [("ines", by_api), ("INES", by_page), (" ines ", by_api)]:
        way(name, "wrong", "203.0.113.7")
    fail(2)

    assert by_page("Ines", PASSWORD, "203.0.113.7").status_code == 429


def test_flushed_cache_lets_nobody_begin_anew(ines: User) -> None:
    fail(5)
    cache.clear()

    assert fail(1) == [429]


def test_success_opens_the_gate_again(ines: User) -> None:
    fail(4)
    assert by_api("ines", PASSWORD, "203.0.113.7").status_code == 200

    assert fail(5) == [401] * 5


def test_failures_of_one_name_do_not_keep_a_colleague_at_the_same_address_out(ines: User) -> None:
    fail(20, name="ole")

    assert by_api("ines", PASSWORD, "203.0.113.7").status_code == 200


def test_who_tries_many_names_from_one_address_has_to_wait(ines: User) -> None:
    statuses = [fail(1, name=f"name{number}")[0] for number in range(60)]

    assert statuses == [401] * 50 + [429] * 10
    assert by_api("ines", PASSWORD, "198.51.100.1").status_code == 200


def test_one_customers_ipv6_addresses_are_one(ines: User) -> None:
    for number in range(5):
        fail(1, address=f"2001:db8::{number + 1}")

    assert fail(1, address="2001:db8::99") == [429]
    assert fail(1, address="2001:db8:0:1::1") == [401]


def hammer(times: int, name: str = "ines") -> list[int]:
    """Wrong tries, each from another address."""
    return [fail(1, name=name, address=f"198.51.100.{number}")[0] for number in range(times)]


def test_hammering_from_many_addresses_is_slowed_and_never_for_longer_than_a_minute(
    ines: User,
) -> None:
    assert hammer(12) == [401] * 10 + [429] * 2

    now = NOON
    for _round in range(30):
        now += timedelta(minutes=1)
        with clock.at(now):
            assert fail(1, address=f"192.0.2.{_round}") == [401]


def test_hammered_owner_gets_in_from_the_device_he_knows(ines: User) -> None:
    own = Browser("203.0.113.200")
    assert own.log_in().status_code == 200
    own.post("/api/auth/logout")
    hammer(30)
    fail(20, address="203.0.113.200")

    stranger = by_api("ines", PASSWORD, "203.0.113.201")
    owner = own.log_in()

    assert (stranger.status_code, owner.status_code) == (429, 200)


def test_known_device_guesses_no_faster_than_others(ines: User) -> None:
    own = Browser("203.0.113.200")
    own.log_in()

    statuses = [own.log_in(password="wrong").status_code for _try in range(7)]

    assert statuses == [401] * 5 + [429] * 2


@pytest.mark.parametrize("cookie", ["", "nonsense", "WyJhIiwiaW5lcyJd:1:forged"])
def test_device_that_nobody_signed_is_a_strange_one(ines: User, cookie: str) -> None:
    hammer(12)
    browser = Browser("203.0.113.200")
    browser.client.cookies["tessera_device"] = cookie

    assert browser.log_in().status_code == 429


def test_device_of_one_name_is_strange_to_another(ines: User) -> None:
    User.objects.create_user("ole", PASSWORD, email="o@example.com")
    browser = Browser("203.0.113.200")
    browser.log_in("ole")
    hammer(12)

    assert browser.log_in("ines").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_many_tries_at_once_no_more_get_through_than_one_after_the_other() -> None:
    User.objects.create_user("ines", PASSWORD, email="ines@example.com")

    def try_once(_number: int) -> int:
        try:
            with clock.at(NOON):
                return int(by_api("ines", "wrong", "203.0.113.7").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(try_once, range(24)))

    assert sorted(statuses) == [401] * 5 + [429] * 19


def test_failure_is_kept_with_the_name_and_never_with_the_password(ines: User) -> None:
    fail(1, name="n" * 150)
    by_api("ines", "a-wrong-secret", "203.0.113.7")

    long, short = AuditEntry.objects.order_by("pk")
    assert (long.kind, long.subject_name, long.actor_id) == ("login_failed", "n" * 150, None)
    assert (short.subject_name, short.address) == ("ines", "203.0.113.7")
    assert "a-wrong-secret" not in str(vars(short))


def test_refusals_are_counted_and_not_written_one_by_one(ines: User) -> None:
    fail(5)
    fail(40)
    with clock.at(NOON + timedelta(minutes=1)):
        fail(1)

    kinds = list(AuditEntry.objects.order_by("pk").values_list("kind", "facts"))
    assert kinds == [
        *[("login_failed", {})] * 5,
        ("login_throttled", {"wait": 15}),
        ("login_failed", {"refused_before": 40}),
    ]


def test_flood_of_failures_from_everywhere_does_not_fill_the_audit(
    ines: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(login, "_WRITTEN", replace(login._WRITTEN, free=5))
    hammer(10, name="ole")
    with clock.at(NOON + timedelta(hours=1)):
        fail(1, name="last")

    written = list(AuditEntry.objects.order_by("pk").values_list("subject_name", "facts"))
    assert written == [*[("ole", {})] * 5, ("last", {"unwritten_before": 5})]


def test_gates_are_purged_after_a_day_and_tell_what_they_refused(ines: User) -> None:
    fail(8)
    with clock.at(NOON + timedelta(days=1, minutes=1)):
        purge()

    assert not Gate.objects.exclude(label="audit").filter(at__lte=NOON).exists()
    told = AuditEntry.objects.latest("pk")
    assert (told.kind, told.facts) == ("login_throttled", {"refused": 3})


def test_purge_leaves_what_still_counts(ines: User) -> None:
    fail(5)
    with clock.at(NOON + timedelta(seconds=5)):
        gates.purge()

        assert fail(1) == [429]


def test_page_says_when_to_come_back_and_keeps_the_name(ines: User) -> None:
    fail(5)

    page = by_page("ines", PASSWORD, "203.0.113.7")

    html = page.content.decode()
    assert (page.status_code, page["Retry-After"]) == (429, "15")
    assert re.search(r'role="alert".*Too many tries\. Try again in 15 seconds\.', html, re.S)
    assert 'value="ines"' in html
    assert PASSWORD not in html


@WAYS
def test_login_is_noted_with_its_way_address_and_request(ines: User, way: Way) -> None:
    answer = way("ines", PASSWORD, "203.0.113.7")

    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.actor_id, entry.actor_name) == ("login", ines.pk, "ines")
    assert entry.facts == {"way": "api" if way is by_api else "page"}
    assert (entry.address, entry.request_id) == ("203.0.113.7", answer["X-Request-ID"])
    assert User.objects.get(pk=ines.pk).last_login is not None


def test_logout_of_a_page_ends_the_login_by_cookies_in_that_browser_too(ines: User) -> None:
    browser = Browser()
    browser.log_in()
    browser.client.force_login(ines)
    token = browser.cookie("access_token")

    browser.client.post("/logout", headers={"X-CSRFToken": browser.cookie("csrftoken")})

    browser.client.cookies["access_token"] = token
    assert browser.get("/api/me").status_code == 401
    assert [entry.facts["way"] for entry in AuditEntry.objects.filter(kind="logout")] == [
        "api",
        "page",
    ]
