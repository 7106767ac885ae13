"""The command palette: what it offers, to whom, and in how many statements."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tessera.accounts.models import User
from tessera.desk.palette import tickets as palette_tickets
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import grant
from tickets import config, service
from tickets.models import SavedView

LINK = re.compile(r'<a role="option"[^>]*href="([^"]*)"')
LABEL = re.compile(r'<span class="name">([^<]*)</span>')


def rows(client: Client, typed: str = "", at: str = "/", recent: str = "") -> str:
    answer = client.get("/palette", {"q": typed, "at": at, "recent": recent})
    assert answer.status_code == 200
    return answer.content.decode()


def labels(page: str) -> list[str]:
    return [unescape(each) for each in LABEL.findall(page)]


def part(page: str, title: str) -> str:
    """The section of that title; empty where there is none."""
    found = [each for each in page.split('<div role="group"') if f">{title}</div>" in each]
    return found[0] if found else ""


def test_button_leads_to_the_search_where_there_is_no_script(reader: Client) -> None:
    page = reader.get("/").content.decode()

    assert 'class="finder" href="/search"' in page
    assert '<template data-palette="' in page


def test_customers_have_no_palette_and_see_what_is_theirs(
    office: Office, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    maya = User.objects.create_user("maya", email="maya@example.com")
    client = Client()
    client.force_login(maya)

    assert "data-palette" not in client.get("/account").content.decode()
    assert f"TKT-{number:04d}" in rows(client, "printer")
    assert part(rows(client, "ann"), "People") == ""


def test_ticket_is_found_by_key_number_and_words_of_its_subject_by_who_may_see_it(
    reader: Client, stranger: Client, make_tickets: MakeTickets
) -> None:
    first, second = make_tickets(2)

    for typed in (str(first), f"tkt-{first}", f"TKT-{first:04d}"):
        assert labels(part(rows(reader, typed), "Ticket")) == ["Printer 0"]
        assert part(rows(stranger, typed), "Ticket") == ""
    assert labels(part(rows(reader, "PRINT 1"), "Tickets")) == ["Printer 1"]
    assert labels(part(rows(reader, "inter"), "Tickets")) == ["Printer 1", "Printer 0"]
    assert part(rows(stranger, "printer"), "Tickets") == ""
    assert part(rows(stranger, recent=f"TKT-{first:04d},{second}"), "Seen last") == ""


def test_what_was_seen_last_stands_first_in_its_order(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    first, second, third = make_tickets(3)
    recent = f"TKT-{first:04d},queue={office.other.pk},TKT-{third:04d},view=9999,nonsense"

    page = rows(reader, recent=recent)
    here = rows(reader, recent=recent, at=f"/tickets/TKT-{first:04d}")

    assert labels(part(page, "Seen last")) == ["Printer 0", "Printer 2", "Other"]
    assert labels(part(here, "Seen last")) == ["Printer 2", "Other"]
    assert labels(part(rows(reader, "printer", recent=f"{first}"), "Tickets"))[0] == "Printer 0"
    assert second not in (first, third)


def test_acts_are_those_of_the_page_and_the_transitions_of_its_ticket(
    reader: Client, stranger: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    path = f"/tickets/TKT-{number:04d}"

    page = part(rows(reader, at=path), "On this page")

    offered = labels(page)
    assert offered[:2] == ["Reply", "Comment inside"]
    assert {"Open", "Take over", "Assign: owner and people"} <= set(offered)
    assert f'data-form="{path}/write" data-transition="open"' in page
    deleting = next(each for each in page.split("<a ") if ">Delete<" in each)
    assert "data-form" not in deleting  # nothing is lost by one press of Enter
    assert f'href="{path}?then=delete#reply"' in deleting
    assert labels(part(rows(reader, "open", at=path), "On this page")) == ["Open"]
    assert "Reply" not in labels(rows(stranger, at=path))
    assert "Next page" in labels(rows(reader, at="/search"))
    for strange in ("//evil.example", "/\x00", "x" * 9000, "/tickets/TKT-99999999999999999999"):
        assert "Reply" not in labels(rows(reader, at=strange))


def test_views_queues_people_and_pages_are_found_by_their_names(
    reader: Client, stranger: Client, office: Office
) -> None:
    root = User.objects.get(username="root")
    kept = SavedView.objects.create(name="Late ones", columns=["key"], order="id", owner=root)

    assert f'href="/?view={kept.pk}"' in part(rows(reader, "late"), "Views and queues")
    assert part(rows(stranger, "late"), "Views and queues") == ""
    assert labels(part(rows(reader, "suppo"), "Views and queues")) == ["Support"]
    people = part(rows(reader, "ann"), "People")
    assert labels(people) == ["Ann"]
    assert LINK.findall(people) == ["/search?q=Watcher+%3D+ann%40example.com"]
    assert part(rows(stranger, "ann"), "People") == ""
    assert labels(part(rows(reader, "scr"), "Go to")) == ["Scrips"]
    assert part(rows(stranger, "scr"), "Go to") == ""
    assert "New ticket" not in labels(rows(stranger))


def test_what_is_typed_is_looked_for_and_never_markup(reader: Client) -> None:
    hostile = "<b>' OR id > 0 \\ \x00"

    page = rows(reader, hostile)

    assert "<b>" not in page
    (link,) = LINK.findall(part(page, "Search"))
    assert reader.get(unescape(link)).status_code == 200


def test_subjects_that_take_too_long_are_said_so(
    reader: Client, make_tickets: MakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tickets(1)
    # Nothing takes less than no time at all, but what PostgreSQL is asked to wait for.
    monkeypatch.setattr(palette_tickets, "_ALONG", 1)
    monkeypatch.setattr(palette_tickets, "_SOME", 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.slow(text) RETURNS text LANGUAGE sql AS 'SELECT pg_sleep(1)::text'"
        )
        cursor.execute("ALTER TABLE tickets_ticket RENAME TO tickets_kept")
        cursor.execute(
            "CREATE VIEW tickets_ticket AS SELECT *, pg_temp.slow(subject) AS late FROM tickets_kept"
            " WHERE pg_temp.slow(subject) IS NOT NULL"
        )

    page = rows(reader, "printer")

    assert "data-slow" in page
    assert "Search" in page


@pytest.mark.parametrize("count", [1, 3])
def test_statements_do_not_grow_with_what_is_found(
    reader: Client,
    make_tickets: MakeTickets,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    numbers = make_tickets(count)
    for number in range(count):
        User.objects.create_user(f"printer{number}", email=f"printer{number}@example.com")
    config.current()
    at = f"/tickets/TKT-{numbers[0]:04d}"

    # session, user, configuration's number; recent tickets; subjects in a savepoint with its limits; the ticket shown
    # with its watchers, links and what it depends on; views; people, and their names in a savepoint with its limits
    with django_assert_num_queries(19):
        rows(reader, "printer", at=at, recent=",".join(map(str, numbers)))


def test_colleague_of_one_queue_finds_its_tickets_alone(office: Office) -> None:
    grant("agent", user=office.ann, queue=office.support)
    for queue in ("Support", "Other"):
        service.create({"queue": queue, "subject": f"Printer in {queue}"}, actor=office.admin)
    client = Client()
    client.force_login(office.ann)

    assert labels(part(rows(client, "printer"), "Tickets")) == ["Printer in Support"]
