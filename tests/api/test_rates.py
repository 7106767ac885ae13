"""Who asks too often is told when to come back; nobody else notices."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tessera.accounts.models import ApiToken, User
from tessera.lib import rates
from tests.api.caller import Caller, error
from tests.people import administrator

PATH = "/api/tickets"


@pytest.fixture(autouse=True)
def _one_in_a_quarter_of_an_hour(settings: Any) -> Iterator[None]:
    """So that no machine is too slow to be refused."""
    cache.clear()
    settings.TESSERA_RATE_LIMIT = settings.TESSERA_RATE_LIMIT_ANONYMOUS = 1 / 900
    yield
    cache.clear()


@pytest.fixture
def admin(db: None) -> User:  # it is written there
    return administrator("hasty")


def test_a_user_is_told_when_to_come_back(admin: User) -> None:
    caller = Caller(ApiToken.issue(admin))

    assert caller.get(PATH).status_code == 200
    refused = caller.get(PATH)

    assert error(refused) == (429, "throttled", {})
    assert 600 < int(refused["Retry-After"]) <= 900


def test_another_token_of_the_same_user_is_no_way_around(admin: User) -> None:
    first, second = (Caller(ApiToken.issue(admin)) for _token in range(2))

    assert [each.get(PATH).status_code for each in (first, second)] == [200, 429]


def test_nobody_else_notices(admin: User) -> None:
    hasty, calm = (Caller(ApiToken.issue(each)) for each in (admin, administrator("calm")))

    assert [hasty.get(PATH).status_code for _time in range(2)] == [200, 429]

    assert calm.get(PATH).status_code == 200


def test_wrong_tokens_are_counted_by_address(admin: User) -> None:
    wrong = (Caller(f"wrong{number}") for number in range(2))

    assert [each.get(PATH).status_code for each in wrong] == [401, 429]
    assert Caller(ApiToken.issue(admin)).get(PATH).status_code == 200


@pytest.mark.django_db
def test_pages_say_it_as_a_page() -> None:
    browser = Client()

    assert browser.get("/login").status_code == 200
    refused = browser.get("/login")

    assert refused.status_code == 429
    assert 600 < int(refused["Retry-After"]) <= 900
    assert b"<h1>Too many requests</h1>" in refused.content


@pytest.mark.django_db
def test_a_network_of_one_customer_is_one_address() -> None:
    def ask(host: str) -> int:
        return Client(REMOTE_ADDR=host).get("/login").status_code

    assert [ask("2001:db8::1"), ask("2001:db8::2"), ask("2001:db8:0:1::1")] == [200, 429, 200]


@pytest.mark.django_db
def test_what_watches_is_never_refused() -> None:
    assert [Client().get("/login").status_code for _time in range(2)] == [200, 429]

    assert Client().get("/api/health").status_code == 200


def test_a_burst_of_ten_seconds_passes_at_once_and_no_more(settings: Any) -> None:
    settings.TESSERA_RATE_LIMIT = 2

    def ask(_number: int) -> bool:
        try:
            rates.spend(1)
        except rates.TooMany:
            return False
        return True

    begun = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        passed = sum(threads.map(ask, range(200)))
    meanwhile = 2 * (time.monotonic() - begun)

    assert 20 <= passed <= 21 + meanwhile


def test_without_valkey_all_work_goes_on(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(rates, "_broker", type(rates._broker)())
    rates._script.cache_clear()
    try:
        for _time in range(3):
            rates.spend(1)
    finally:
        rates._script.cache_clear()
