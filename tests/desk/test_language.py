"""Pages in the reader's language; what is kept and what programs read in the site's."""

import pytest
from django.test import Client

from scrips.models import Run
from tessera.accounts.models import User
from tests.desk.conftest import MakeTickets
from tests.desk.test_happen import foresee, rule
from tests.office import Office
from tickets.models import Ticket
from tickets.models.ticket import ticket_key

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture
def german(office: Office) -> Client:
    User.objects.filter(username="root").update(language="de")
    client = Client()
    client.force_login(User.objects.get(username="root"))
    return client


def html(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, follow=True, headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_pages_of_a_german_account_are_german(german: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    inbox, ticket, admin = (
        html(german, path) for path in ("/", f"/tickets/{ticket_key(number)}", "/admin/")
    )

    assert all('<html lang="de"' in page for page in (inbox, ticket, admin))
    assert "Meine Warteschlangen" in inbox
    assert "Antwort an Kunden" in ticket
    assert "Woraus ein Prozess besteht" in admin
    assert "Abmelden" in admin


def test_the_choice_of_a_language_counts_from_the_next_page_on(reader: Client) -> None:
    profile = {"time_zone": "UTC", "first_name": "", "last_name": "", "language": "de"}

    switched = reader.post("/account", profile, follow=True).content.decode()

    assert "Ihr Konto" in switched
    assert "Gespeichert." in switched


def test_what_was_chosen_comes_before_what_the_browser_asks_for(
    reader: Client, office: Office
) -> None:
    asked = reader.get("/account", headers=GERMAN)
    User.objects.filter(username="root").update(language="en")
    chosen = reader.get("/account", headers=GERMAN)
    User.objects.filter(username="root").update(language="pt")
    not_translated = reader.get("/account", headers=GERMAN)

    given = [answer["Content-Language"] for answer in (asked, chosen, not_translated)]
    assert given == ["de", "en", "de"]
    assert ["Accept-Language" in a["Vary"] for a in (asked, chosen)] == [True, False]


def test_who_is_not_logged_in_gets_what_the_browser_asks_for(db: None) -> None:
    client = Client()

    german, other = (html(client, "/login", **each) for each in (GERMAN, {"Accept-Language": "pt"}))

    assert '<html lang="de"' in german
    assert "Passwort vergessen?" in german
    assert '<html lang="en"' in other


def test_programs_are_answered_in_english_whoever_asks(german: Client) -> None:
    answer = german.get("/api/tickets/999999", headers=GERMAN)

    assert answer.json() == {"code": "not_found", "detail": "There is no such ticket."}


def test_a_rule_s_reason_is_told_to_its_reader_and_kept_in_english(
    german: Client, make_tickets: MakeTickets, office: Office
) -> None:
    rule(office, "Calm", "OnCorrespond")
    (number,) = make_tickets(1)

    panel = foresee(german, number, content="Hallo")
    version = Ticket.objects.get(pk=number).version
    german.post(
        f"/tickets/{ticket_key(number)}/write",
        {"version": version, "as": "correspond", "content": "Hallo", "now": "1"},
    )

    assert "jemand hat geantwortet" in panel
    assert "Durch Regeln, in dieser Reihenfolge" in panel
    assert [run.because for run in Run.objects.filter(name="Calm")] == ["somebody replied"]
