"""Coming in by a link that was mailed."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tessera.accounts import links
from tessera.accounts.models import AuditEntry, LoginLink, User
from tessera.accounts.tasks import purge
from tessera.desk import tasks
from tessera.lib import clock
from tests.accounts.test_resets import mails, read, waiting
from tests.people import administrator, grant, holder

__all__ = ["mails"]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty_queue() -> None:
    waiting()


def _ask(address: str, client: Client | None = None) -> Any:
    return (client or Client()).post("/portal/link", {"email": address})


def _path(user: User) -> str:
    return f"/portal/link/{links.issue(user)}"


def _in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_link_in_the_mail_lets_in_by_its_button(ines: User, mails: Path) -> None:
    asked = _ask("INES@example.com")
    tasks.send_login_link(waiting()[0])
    (path,) = mails.iterdir()
    mail = read(path)
    link = re.search(r"http\S+", mail.get_content())
    assert link is not None
    client = Client()
    at = link[0].removeprefix(configured.TESSERA_BASE_URL)

    page = client.get(at)
    looked = _in(client)
    answer = client.post(at)

    assert (asked["Location"], answer["Location"]) == ("/portal/link/sent", "/portal/")
    assert (mail["To"], mail["Auto-Submitted"]) == ("ines@example.com", "auto-generated")
    assert link[0].startswith(f"{configured.TESSERA_BASE_URL}/portal/link/")
    assert "Log in as ines" in page.content.decode()
    assert (looked, _in(client)) == (False, True)


def test_looking_at_it_uses_nothing_up(ines: User) -> None:
    path = _path(ines)
    for _scanner in range(3):
        Client().get(path)
        Client().head(path)

    assert Client().post(path).status_code == 302


def test_link_counts_once(ines: User) -> None:
    path = _path(ines)
    Client().post(path)
    client = Client()

    again = client.post(path)

    assert "counts no longer" in again.content.decode()
    assert "counts no longer" in client.get(path).content.decode()
    assert not _in(client)


def test_users_other_links_end_with_the_first_that_is_used(ines: User) -> None:
    first, second = _path(ines), _path(ines)
    Client().post(second)

    assert "counts no longer" in Client().post(first).content.decode()


def test_link_counts_for_a_quarter_of_an_hour(ines: User) -> None:
    with clock.at(NOON):
        early, late = _path(ines), _path(ines)
    with clock.at(NOON + timedelta(minutes=15)):
        assert "counts no longer" in Client().post(late).content.decode()
    with clock.at(NOON + timedelta(minutes=14, seconds=59)):
        assert Client().post(early).status_code == 302


def test_only_its_hash_is_kept(ines: User) -> None:
    key = links.issue(ines)

    row = LoginLink.objects.get()
    assert key not in {str(value) for value in vars(row).values()}
    assert row.digest == LoginLink.digest_of(key)


def test_links_that_ran_out_are_dropped(ines: User) -> None:
    with clock.at(NOON):
        links.issue(ines)
    with clock.at(NOON + timedelta(hours=1)):
        links.issue(ines)
        purge()

    assert LoginLink.objects.count() == 1


def test_who_was_disabled_meanwhile_stays_out(ines: User) -> None:
    path = _path(ines)
    User.objects.filter(pk=ines.pk).update(disabled=True)
    client = Client()

    assert "counts no longer" in client.post(path).content.decode()
    assert not _in(client)


def test_person_without_a_password_gets_one_too(ines: User, mails: Path) -> None:
    User.objects.filter(pk=ines.pk).update(password="!")

    tasks.send_login_link(ines.pk)

    assert len(list(mails.iterdir())) == 1


@pytest.mark.parametrize("change", [{"disabled": True}, {"email": ""}, {"kind": User.Kind.SYSTEM}])
def test_who_could_not_use_it_gets_no_link(ines: User, mails: Path, change: dict[str, Any]) -> None:
    User.objects.filter(pk=ines.pk).update(**change)

    tasks.send_login_link(ines.pk)
    tasks.send_login_link(0)

    assert not mails.exists()
    assert not LoginLink.objects.exists()


def test_known_and_unknown_addresses_are_answered_alike_and_cost_the_same(
    ines: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _ask("warm@example.com")
    waiting()
    answers = []
    for address in ("ines@example.com", "nobody@example.com"):
        with django_assert_num_queries(17):
            answers.append(_ask(address))

    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert waiting() == [ines.pk, 0]


def test_place_that_asks_too_often_has_to_wait(ines: User) -> None:
    with clock.at(NOON):
        answers = [_ask(f"{number}@example.com") for number in range(11)]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert answers[-1]["Retry-After"] == "30"
    assert "Too many tries" in answers[-1].content.decode()


def test_nobodys_box_is_flooded_and_nobody_is_told_so(ines: User) -> None:
    with clock.at(NOON):
        answers = [
            _ask(ines.email, Client(REMOTE_ADDR=f"198.51.100.{number}")) for number in range(6)
        ]

    assert {answer.status_code for answer in answers} == {302}
    assert waiting() == [ines.pk] * 3 + [0] * 3


def test_asking_and_coming_in_are_noted(ines: User) -> None:
    _ask("ines@example.com")
    _ask("nobody@example.com")
    Client().post(_path(ines))

    noted = AuditEntry.objects.order_by("pk").values_list("kind", "subject_name", "facts")
    assert list(noted) == [
        ("login_link_requested", "ines", {}),
        ("login_link_requested", "nobody@example.com", {}),
        ("login", "ines", {"way": "link"}),
    ]


def test_button_asks_for_a_csrf_token(ines: User) -> None:
    path = _path(ines)
    client = Client(enforce_csrf_checks=True)

    assert client.post(path).status_code == 403
    assert LoginLink.objects.exists()


def test_link_begins_with_the_sites_own_address_whatever_the_request_says(
    ines: User, mails: Path, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.TESSERA_BASE_URL = "https://tickets.example.com"

    Client(headers={"Host": "evil.example"}).post("/portal/link", {"email": ines.email})
    tasks.send_login_link(waiting()[0])

    (path,) = mails.iterdir()
    assert "https://tickets.example.com/portal/link/" in read(path).get_content()


@pytest.mark.parametrize("key", ["x", "%00", "%F0%9F%98%80", "a" * 500])
def test_link_that_nobody_was_sent_counts_for_nothing(db: None, key: str) -> None:
    assert "counts no longer" in Client().post(f"/portal/link/{key}").content.decode()


def _lands(user: User, wanted: str = "") -> str:
    user.set_password("correct horse")
    user.save()
    form = {"username": user.username, "password": "correct horse", "next": wanted}
    return str(Client().post("/login", form)["Location"])


def test_customers_land_in_the_portal_and_everybody_else_at_the_desk(db: None) -> None:
    customer = holder("maya", "CreateTicket", "SeeQueue")
    grant("customer", user=customer)
    bare = User.objects.create_user("tomas")
    reads = holder("lee", "ShowTicket")
    agent = User.objects.create_user("ines")
    grant("agent", user=agent)
    everyone = (customer, bare, reads, agent, administrator("root"))

    assert [_lands(user) for user in everyone] == ["/portal/", "/portal/", "/", "/", "/"]


def test_front_page_is_no_wish_and_any_other_page_is(db: None) -> None:
    user = User.objects.create_user("tomas")

    assert [_lands(user, way) for way in ("/", "/account", "//evil.example/")] == [
        "/portal/",
        "/account",
        "/portal/",
    ]
