"""How one likes it: theme, density, signature, mails."""

import re
from typing import Any

import pytest
from django.test import Client

from scrips.models import Delivery
from tessera.accounts.models import AuditEntry, User
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import grant
from tickets import service
from tickets.models import Message, Ticket, UnsentMessage
from tickets.models.ticket import ticket_key


@pytest.fixture
def ines(db: None) -> User:
    user = User.objects.create_user("ines", "correct horse", email="ines@example.com")
    grant("agent", user=user)
    return user


@pytest.fixture
def page(ines: User) -> Client:
    client = Client()
    client.force_login(ines)
    return client


def root_of(client: Client, path: str = "/") -> tuple[str, ...]:
    """How the page at that path is to look, as the server sends it."""
    answer = client.get(path).content.decode()
    found = re.search(r'<html [^>]*data-theme="(\w*)" data-density="(\w*)"', answer)
    assert found
    return found.groups()


def test_theme_and_density_stand_in_the_page_as_it_is_sent(page: Client, ines: User) -> None:
    first = root_of(page)
    answer = page.post("/account/looks", {"theme": "system", "density": "compact"})

    assert first == ("light", "comfortable")
    assert answer["Location"] == "/account#looks"
    assert root_of(page) == ("system", "compact")
    assert 'data-theme="system" data-density="compact"' in page.get("/portal/").content.decode()


def test_each_part_says_that_it_was_saved_and_keeps_the_others(page: Client, ines: User) -> None:
    User.objects.filter(pk=ines.pk).update(first_name="Ines")
    answer = page.post("/account/looks", {"theme": "dark", "density": "comfortable"}, follow=True)

    ines.refresh_from_db()
    part = answer.content.decode().split('id="looks"')[1].split("</form>")[0]
    assert part.count('<p class="notice" role="status">Saved.</p>') == 1
    assert answer.content.decode().count("Saved.") == 1
    assert (ines.first_name, ines.theme) == ("Ines", "dark")


def test_look_that_there_is_not_is_refused(page: Client, ines: User) -> None:
    for path in ("/account/looks", "/account/theme"):
        page.post(path, {"theme": "<b>", "density": "loud"})

    ines.refresh_from_db()
    assert (ines.theme, ines.density) == ("", "")


def test_switch_at_the_top_keeps_the_theme_alone_and_is_no_matter_of_the_audit(
    page: Client, ines: User
) -> None:
    answer = page.post("/account/theme", {"theme": "dark"})

    assert answer.status_code == 204
    assert root_of(page) == ("dark", "comfortable")
    assert not AuditEntry.objects.filter(kind__contains="changed").exists()


@pytest.fixture
def signing(reader: Client) -> Client:
    """The reader with a signature."""
    answer = reader.post("/account/signature", {"signature": "Root, night shift\r\n+351 1234\r\n"})
    assert answer["Location"] == "/account#signature"
    return reader


SIGNED = "-- \nRoot, night shift\n+351 1234"


def write(client: Client, number: int, act: str = "write", **values: str) -> Any:
    form = {"as": "correspond", "version": str(Ticket.objects.get(pk=number).version), **values}
    return client.post(f"/tickets/{ticket_key(number)}/{act}", form)


def said(number: int) -> str:
    return Message.objects.filter(ticket=number).latest("pk").content


def test_signature_is_put_below_a_reply_as_its_preview_shows_it(
    signing: Client, make_tickets: MakeTickets, answers: int
) -> None:
    (number,) = make_tickets(1)
    preview = write(signing, number, "preview", content="It is mended.\n").content.decode()
    write(signing, number, content="It is mended.\n")

    assert said(number) == f"It is mended.\n\n{SIGNED}"
    assert Delivery.objects.get().payload["body"] == f"It is mended.\n\n{SIGNED}"
    assert preview.count("Root, night shift\n+351 1234") >= 1


@pytest.mark.parametrize(
    ("values", "stored"),
    [
        ({"as": "comment", "content": "Inside."}, "Inside."),
        ({"content": f"Typed.\n\n{SIGNED}"}, f"Typed.\n\n{SIGNED}"),
    ],
)
def test_comment_is_not_signed_and_nothing_twice(
    signing: Client, make_tickets: MakeTickets, values: dict[str, str], stored: str
) -> None:
    (number,) = make_tickets(1)
    write(signing, number, **values)

    assert said(number) == stored


@pytest.mark.parametrize("now", ["Root, night shift\n+351 1234", "Another since then", ""])
def test_text_that_is_taken_back_is_signed_once_when_it_is_sent_again(
    signing: Client, make_tickets: MakeTickets, settings: Any, now: str
) -> None:
    settings.TESSERA_UNDO_SECONDS = 10
    (number,) = make_tickets(1)
    waiting = write(signing, number, content="Hello.").url
    assert "night shift" in signing.get(waiting).content.decode().split('id="reply"')[-1]
    signing.post("/account/signature", {"signature": now})
    row = UnsentMessage.objects.get()
    signing.post(f"/tickets/{ticket_key(number)}/unsent/{row.pk}/undo")
    page = signing.get(f"/tickets/{ticket_key(number)}").content.decode()
    typed = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert typed
    assert typed[1] == "Hello."
    settings.TESSERA_UNDO_SECONDS = 0
    write(signing, number, content=typed[1], taken=str(row.pk))

    assert said(number) == (f"Hello.\n\n-- \n{now}" if now else "Hello.")


def test_programs_are_not_signed_for(
    signing: Client, office: Office, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    given = {"message": {"type": "correspond", "content": "By itself."}}
    service.apply(number, given, actor=office.admin)

    assert said(number) == "By itself."


def test_mails_that_are_not_ticked_are_unwanted(page: Client, ines: User) -> None:
    first = page.get("/account").content.decode()
    answer = page.post("/account/mails", {"wanted": ["given"]})

    ines.refresh_from_db()
    assert first.count('name="wanted"') == first.split('id="mails"')[1].count(" checked") == 3
    assert answer["Location"] == "/account#mails"
    assert ines.unwanted_mails == ["answered", "own"]


def test_customers_are_asked_for_no_signature_and_no_mails(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("maya", email="maya@example.com"))
    grant("customer", user=User.objects.get(username="maya"))
    page = client.get("/account").content.decode()

    assert 'id="looks"' in page
    assert 'id="signature"' not in page
    assert 'id="mails"' not in page
