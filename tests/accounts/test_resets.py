"""A new password by mail."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import Retry
from django.conf import settings as configured
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tessera.accounts.models import AuditEntry, User
from tessera.celery import app
from tessera.desk import tasks
from tessera.desk.mails import reset_link as link_for
from tessera.lib import clock
from tests.accounts.browser import Browser
from tests.accounts.conftest import PASSWORD
from tests.ports import HOST, free_port

NEW = "battery staple 4"


@pytest.fixture
def mails(tmp_path: Path, settings: Settings) -> Path:
    """Where mail goes without a mail server."""
    settings.TESSERA_DATA = tmp_path
    return tmp_path / "mail"


def waiting() -> list[int]:
    """The ids in the messages that lie in the real broker's mail queue, taken out."""
    found = []
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("mail")
        while True:
            try:
                message = queue.get_nowait()
            except queue.Empty:
                break
            message.ack()
            found.append(message.payload[0][0])
        queue.close()
    return found


@pytest.fixture(autouse=True)
def _empty_queue() -> None:
    waiting()


def ask(address: str, client: Client | None = None) -> Any:
    return (client or Client()).post("/password-reset", {"email": address})


def read(path: Path) -> EmailMessage:
    found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def choose(client: Client, link: str, password: str = NEW) -> Any:
    """Follow the link, and set a password on the page that it leads to."""
    path = link.removeprefix(configured.TESSERA_BASE_URL)
    page = client.get(path, follow=True)
    at = page.redirect_chain[-1][0] if page.redirect_chain else path
    return client.post(at, {"new_password1": password, "new_password2": password})


def test_link_in_the_mail_leads_to_a_new_password(ines: User, mails: Path) -> None:
    asked = ask("INES@example.com")
    tasks.send_password_reset(waiting()[0])
    (path,) = mails.iterdir()
    mail = read(path)
    link = re.search(r"http\S+", mail.get_content())
    assert link is not None

    set_ = choose(Client(), link[0])

    assert (asked["Location"], set_["Location"]) == ("/password-reset/sent", "/password-reset/done")
    assert (mail["To"], mail["Auto-Submitted"]) == ("ines@example.com", "auto-generated")
    assert link[0].startswith(f"{configured.TESSERA_BASE_URL}/password-reset/")
    ines.refresh_from_db()
    assert ines.check_password(NEW)


def test_link_begins_with_the_sites_own_address_whatever_the_request_says(
    ines: User, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.TESSERA_BASE_URL = "https://tickets.example.com"

    Client(headers={"Host": "evil.example"}).post("/password-reset", {"email": ines.email})

    assert link_for(ines).startswith("https://tickets.example.com/password-reset/")


def test_known_and_unknown_addresses_are_answered_alike_and_cost_the_same(
    ines: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask("warm@example.com")
    waiting()
    answers = []
    for address in ("ines@example.com", "nobody@example.com"):
        with django_assert_num_queries(17):
            answers.append(ask(address))

    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert waiting() == [ines.pk, 0]


@pytest.mark.parametrize(
    "change",
    [{"disabled": True}, {"password": "!"}, {"email": ""}, {"kind": User.Kind.SYSTEM}],
)
def test_who_could_not_use_it_gets_no_link(ines: User, mails: Path, change: dict[str, Any]) -> None:
    User.objects.filter(pk=ines.pk).update(**change)

    tasks.send_password_reset(ines.pk)
    tasks.send_password_reset(0)

    assert not mails.exists()


def test_link_counts_once(ines: User) -> None:
    link = link_for(ines)
    choose(Client(), link)

    again = Client().get(link.removeprefix(configured.TESSERA_BASE_URL))

    assert "counts no longer" in again.content.decode()


def test_of_two_who_hold_the_page_of_one_link_one_is_late(ines: User) -> None:
    path = link_for(ines).removeprefix(configured.TESSERA_BASE_URL)
    first, second = Client(), Client()
    pages = [client.get(path)["Location"] for client in (first, second)]

    answers = [
        client.post(page, {"new_password1": word, "new_password2": word})
        for client, page, word in zip((first, second), pages, (NEW, "another one 77"), strict=True)
    ]

    ines.refresh_from_db()
    assert ines.check_password(NEW)
    assert answers[0].status_code == 302
    assert "counts no longer" in answers[1].content.decode()


def test_link_counts_for_two_hours(ines: User) -> None:
    class Earlier(PasswordResetTokenGenerator):
        def _now(self) -> datetime:
            return datetime.now() - timedelta(hours=2, seconds=5)  # noqa: DTZ005  # as Django's own

    token = Earlier().make_token(ines)
    uid = link_for(ines).rsplit("/", 2)[1]

    page = Client().get(f"/password-reset/{uid}/{token}")

    assert "counts no longer" in page.content.decode()


@pytest.mark.parametrize("end", ["login", "address", "disabled"])
def test_link_ends_with_a_login_another_address_and_disabling(ines: User, end: str) -> None:
    link = link_for(ines)
    if end == "login":
        Browser().log_in()
    elif end == "address":
        User.objects.filter(pk=ines.pk).update(email="other@example.com")
    else:
        User.objects.filter(pk=ines.pk).update(disabled=True)

    page = Client().get(link.removeprefix(configured.TESSERA_BASE_URL))

    assert "counts no longer" in page.content.decode()


@pytest.mark.parametrize("uid", ["MQ", "x", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "%00"])
def test_link_that_nobody_was_sent_counts_for_nothing(db: None, uid: str) -> None:
    page = Client().get(f"/password-reset/{uid}/abc-0123456789")

    assert "counts no longer" in page.content.decode()


def test_new_password_ends_every_login_and_opens_the_gates(ines: User) -> None:
    browser = Browser("203.0.113.9")
    browser.log_in()
    for number in range(12):
        Browser(f"198.51.100.{number}").log_in(password="wrong")
    assert Browser("192.0.2.1").log_in().status_code == 429

    choose(Client(), link_for(User.objects.get(pk=ines.pk)))

    assert browser.get("/api/me").status_code == 401
    assert Browser("192.0.2.1").log_in(password=NEW).status_code == 200


def test_who_chose_by_link_has_a_known_device(ines: User) -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    choose(client, link_for(ines))
    for number in range(12):
        Browser(f"198.51.100.{number}").log_in(password="wrong")

    answer = client.post("/login", {"username": "ines", "password": NEW})

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("short 1", "at least 10 characters"),
        ("1234567890123", "entirely numeric"),
        ("password1234", "too common"),
        ("ines@example.com", "too similar"),
    ],
)
def test_rules_of_passwords_are_shown_and_asked(ines: User, password: str, rule: str) -> None:
    client = Client()
    path = link_for(ines).removeprefix(configured.TESSERA_BASE_URL)
    page = client.get(path, follow=True)
    refused = choose(Client(), link_for(ines), password)

    assert "at least 10 characters" in page.content.decode()
    assert rule in refused.content.decode()
    ines.refresh_from_db()
    assert ines.check_password(PASSWORD)


def test_place_that_asks_too_often_has_to_wait(ines: User) -> None:
    with clock.at(datetime(2026, 3, 2, 12, 0, tzinfo=UTC)):
        answers = [ask(f"{number}@example.com") for number in range(11)]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert answers[-1]["Retry-After"] == "30"
    assert "Too many tries" in answers[-1].content.decode()


def test_nobodys_box_is_flooded_and_nobody_is_told_so(ines: User) -> None:
    with clock.at(datetime(2026, 3, 2, 12, 0, tzinfo=UTC)):
        answers = [
            ask(ines.email, Client(REMOTE_ADDR=f"198.51.100.{number}")) for number in range(6)
        ]

    assert {answer.status_code for answer in answers} == {302}
    assert waiting() == [ines.pk] * 3 + [0] * 3


def test_request_and_new_password_are_noted(ines: User) -> None:
    ask("ines@example.com")
    ask("nobody@example.com")
    choose(Client(), link_for(ines))

    noted = AuditEntry.objects.order_by("pk").values_list("kind", "subject_id", "subject_name")
    assert list(noted) == [
        ("password_reset_requested", ines.pk, "ines"),
        ("password_reset_requested", None, "nobody@example.com"),
        ("password_changed", ines.pk, "ines"),
    ]


def test_mail_server_that_is_away_is_tried_again(ines: User, settings: Settings) -> None:
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://x", HOST, free_port()

    with pytest.raises(Retry) as caught:
        tasks.send_password_reset.apply(args=(ines.pk,), throw=True).get()

    assert caught.value.when is not None


@pytest.fixture
def _no_broker(tmp_path: Path) -> Iterator[None]:
    """Our Celery app, but for a broker that nobody runs."""
    away = Celery("away", broker=f"redis+socket://{tmp_path}/none.sock", set_as_current=False)
    for name in ("broker_transport_options", "task_publish_retry", "task_routes"):
        away.conf[name] = app.conf[name]
    away.set_current()
    yield
    app.set_current()


@pytest.mark.usefixtures("_no_broker")
def test_broker_that_is_away_fails_no_request(ines: User) -> None:
    assert ask("ines@example.com").status_code == 302


def test_the_mail_is_in_the_account_s_language_else_in_that_of_the_page(
    ines: User, mails: Path
) -> None:
    tasks.send_password_reset(ines.pk, "de")
    User.objects.filter(pk=ines.pk).update(language="en")
    tasks.send_password_reset(ines.pk, "de")

    subjects = {str(read(path)["Subject"]) for path in mails.glob("*.eml")}
    assert subjects == {"Ein neues Passwort für Tessera", "A new password for Tessera"}
