"""Drafts are kept on the server while they are written: in whichever window one goes on, nothing is lost."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import administrator
from tickets import service
from tickets.models import Transaction, UnsentMessage
from tickets.models.ticket import ticket_key

NAMED = re.compile(r'name="(taken|stamp)" autocomplete="off" value="([^"]+)"')


class Window:
    """A browser on a ticket's page; `stands` are the drafts that its composer knows of."""

    def __init__(self, client: Client, number: int, nonce: str) -> None:
        self.client, self.path, self.nonce = client, f"/tickets/{ticket_key(number)}", nonce
        self.page = client.get(self.path).content.decode()
        self.stands = self.named(self.page)

    def writes(self, content: str, **values: Any) -> str:
        """Types, and pauses: what the composer says of it."""
        told = self.post("draft", content, values)
        self.stands = self.named(told) or self.stands
        return told.split("<")[0].strip()

    def sends(self, content: str, **values: Any) -> str:
        return self.post("write", content, values)

    def post(self, act: str, content: str, values: dict[str, Any]) -> str:
        form = {"as": "correspond", "nonce": self.nonce, "content": content, **self.stands}
        answer = self.client.post(f"{self.path}/{act}", form | values, follow=True)
        assert answer.status_code == 200
        return str(answer.content.decode())

    def named(self, text: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, value in NAMED.findall(text):
            found.setdefault(name, []).append(value)
        return found


def said(number: int) -> list[str]:
    rows = Transaction.objects.filter(ticket=number, type__in=["Correspond", "Comment"])
    return [str(row.type) for row in rows]


def area(page: str) -> str:
    return page.split('<textarea id="text"')[1].split(">", 1)[1].split("</textarea>")[0].strip()


@pytest.mark.parametrize("seconds", [0, 10])
def test_draft_is_found_in_another_browser_and_sent_once(
    reader: Client, make_tickets: MakeTickets, office: Office, settings: Any, seconds: int
) -> None:
    settings.TESSERA_UNDO_SECONDS = seconds
    (number,) = make_tickets(1)
    service.apply(number, {"cc": ["tomas@example.com"]}, actor=office.admin)
    here = Window(reader, number, "here")
    everybody = ["maya@example.com", "tomas@example.com"]

    assert here.writes("Dear M") == "Draft kept"
    here.writes(
        "Dear Maya\0", transition="resolve", offered=everybody, send_to=["maya@example.com"]
    )
    there = Window(reader, number, "there")
    there.sends("Dear Maya, it is done")

    assert area(there.page) == "Dear Maya"
    assert "Your draft, as you left it." in there.page
    assert 'name="send_to" value="tomas@example.com">' in there.page
    assert re.search(r'name="transition" value="resolve"[^>]* checked', there.page)
    assert "in another window" in here.writes("Dear Maya, it")
    assert "in another window" in here.sends("Dear Maya, it")
    assert area(Window(reader, number, "next").page) == ""
    assert said(number) == (["Correspond"] if seconds == 0 else [])


def test_two_windows_that_write_on_at_one_draft_both_keep_what_they_wrote(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    Window(reader, number, "first").writes("Dear Maya")
    here, there = Window(reader, number, "here"), Window(reader, number, "there")

    here.writes("Dear Maya, at length")

    assert there.writes("Dear Sir") == "Another window wrote on at this draft; both are kept."
    assert there.writes("Dear Sir,") == "Draft kept"
    assert area(Window(reader, number, "next").page) == "Dear Maya, at length\n\nDear Sir,"


def test_what_is_told_late_of_a_text_that_was_sent_brings_nothing_back(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    here = Window(reader, number, "here")

    here.sends("Done.")

    assert here.writes("Done") == ""
    assert area(Window(reader, number, "next").page) == ""
    assert not UnsentMessage.objects.filter(status="returned").exists()


def test_what_was_kept_beside_a_message_that_is_taken_back_goes_with_it(
    reader: Client, make_tickets: MakeTickets, settings: Any
) -> None:
    settings.TESSERA_UNDO_SECONDS = 10
    (number,) = make_tickets(1)
    Window(reader, number, "before").sends("It is the firmware.")
    here = Window(reader, number, "here")
    here.writes("Or the ribbon.")
    here.stands = {}  # the answer was still on its way

    held = UnsentMessage.objects.get(status="waiting").pk
    page = here.post(f"unsent/{held}/undo", "Or the ribbon.", {"version": 1})
    both = "It is the firmware.\n\nOr the ribbon."
    here.stands = here.named(page)

    assert area(page) == area(Window(reader, number, "there").page) == both
    assert 'name="nonce" autocomplete="off" value="here"' in page
    here.writes(both)
    assert area(Window(reader, number, "there").page) == both
    here.sends(both)
    assert area(Window(reader, number, "next").page) == ""


def test_cleared_text_leaves_no_draft_and_none_is_made_of_nothing(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    here = Window(reader, number, "here")

    here.writes(" ")
    assert not UnsentMessage.objects.exists()
    here.writes("Dear")
    here.writes("")

    assert "Your draft" not in Window(reader, number, "next").page


def test_draft_is_its_authors_alone(
    reader: Client, stranger: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    Window(reader, number, "here").writes("They never pay.")
    other = Client()
    other.force_login(administrator("boss", email="boss@example.com"))

    assert area(Window(other, number, "there").page) == ""
    assert stranger.post(f"/tickets/{ticket_key(number)}/draft").status_code == 404
