"""The inbox and the search."""

import re
from html import unescape

import pytest
from django.test import Client

from tessera.accounts.models import User
from tessera.desk import listing
from tests.cost import asked
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import grant
from tickets import config, service
from tickets.models import Queue, SavedView, Ticket

SUBJECT = re.compile(r"Printer \d+")
NEXT = re.compile(r'rel="next" href="([^"]+)"')
PREVIOUS = re.compile(r'rel="prev" href="([^"]+)"')


def text(client: Client, path: str, **asked: str) -> str:
    answer = client.get(path, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def subjects(page: str) -> list[str]:
    return SUBJECT.findall(page)


def test_visitor_is_sent_to_the_login_and_back(client: Client, db: None) -> None:
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer["Location"] == "/login?next=/"


def test_list_shows_newest_activity_first(reader: Client, make_tickets: MakeTickets) -> None:
    make_tickets(3)

    page = text(reader, "/")

    assert subjects(page) == ["Printer 2", "Printer 1", "Printer 0"]
    assert "maya@example.com, Support" in page


def test_stranger_sees_no_ticket_and_is_told_whom_to_ask(
    stranger: Client, make_tickets: MakeTickets
) -> None:
    make_tickets(2)

    for path in ("/", "/search", "/search?q=id > 0", "/?view=all"):
        page = text(stranger, path)
        assert subjects(page) == []
        assert "ask whoever runs this Tessera" in page


def test_empty_list_says_how_to_open_the_first_ticket(reader: Client) -> None:
    page = text(reader, "/")

    assert "/tickets/new" in page
    assert "Make a token" in page


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("path", ["/", "/search?q=Status = new", "/?view=all"])
def test_list_takes_one_number_of_statements_whatever_it_shows(
    reader: Client,
    make_tickets: MakeTickets,
    count: int,
    path: str,
) -> None:
    make_tickets(count)
    config.current()

    # session, user, configuration's number, views, bulk changes; a savepoint, tickets; watchers, links,
    # people, what went wrong; in the inbox what was not sent, and that its rows are sorted
    with asked() as told:
        reader.get(path)
    assert len(told) == (13 if path.startswith("/search") else 14), "\n".join(told)


def test_what_rows_have_alike_is_drawn_once(reader: Client, make_tickets: MakeTickets) -> None:
    make_tickets(3)

    drawn = [template.name for template in reader.get("/").templates]

    assert [drawn.count(f"desk/{name}.html") for name in ("_pill", "ticket/_priority")] == [1, 1]


def test_pages_hold_every_ticket_once_there_and_back(
    reader: Client, make_tickets: MakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    ids = make_tickets(7)
    same = Ticket.objects.get(pk=ids[0]).updated_at
    Ticket.objects.filter(pk__in=ids[2:5]).update(updated_at=same)
    wanted = [row.subject for row in Ticket.objects.order_by("-updated_at", "id")]

    page = text(reader, "/search?q=Queue = Support")
    seen = [subjects(page)]
    while older := NEXT.search(page):
        page = text(reader, unescape(older[1]))
        seen.append(subjects(page))
    back = [subjects(page)]
    while newer := PREVIOUS.search(page):
        page = text(reader, unescape(newer[1]))
        back.append(subjects(page))

    assert [subject for part in seen for subject in part] == wanted
    assert back == seen[::-1]


def test_mark_that_is_not_ours_begins_at_the_top(reader: Client, make_tickets: MakeTickets) -> None:
    make_tickets(1)

    assert subjects(text(reader, "/", cursor="WzEsMl0:forged")) == ["Printer 0"]


def test_query_that_cannot_be_read_is_shown_at_its_character(reader: Client) -> None:
    page = text(reader, "/search", q="Status = open\nAND Prioritty > <b>")

    assert 'aria-invalid="true"' in page
    assert "Line 2, character 5" in page
    assert "AND <mark>P</mark>rioritty &gt; &lt;b&gt;" in page
    assert "<b>" not in page.split("<main")[1].split("</main")[0]


def test_query_is_judged_while_it_is_written(reader: Client) -> None:
    for query, position in (
        ("Status = open AND Prioritty > 3", 18),
        ("Status = open AND", 17),
        ("Status = '\N{GRINNING FACE}' OR", 15),
        ("Status = open", None),
        ("", None),
    ):
        assert reader.get("/search/judge", {"q": query}).json() == {"position": position}


def test_words_that_are_no_query_can_be_looked_for(
    reader: Client, make_tickets: MakeTickets
) -> None:
    make_tickets(1)
    page = text(reader, "/search", q="printer")

    found = re.search(r'href="(/search\?q=Content[^"]+)"', page)

    assert found is not None
    assert subjects(text(reader, unescape(found[1]))) == ["Printer 0"]


def test_query_is_said_in_words_with_its_warnings_and_how_many_it_finds(
    reader: Client, make_tickets: MakeTickets
) -> None:
    make_tickets(2)

    page = text(reader, "/search", q="Queue = Support AND Status != opn")

    assert "Tickets where" in page
    assert "2 tickets" in page
    assert "there is no queue" in text(reader, "/search", q="Queue = Suport")


def test_key_or_number_leads_to_the_ticket_that_one_may_see(
    reader: Client, stranger: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    for typed in (str(number), f"tkt-{number}", f" TKT-{number:04d} "):
        assert reader.get("/search", {"q": typed})["Location"] == f"/tickets/TKT-{number:04d}"
    assert stranger.get("/search", {"q": str(number)}).status_code == 200


def test_heads_order_by_what_an_index_serves_and_turn_round(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    for number, priority in zip(make_tickets(3), (10, 90, 50), strict=True):
        service.apply(number, {"priority": priority}, actor=office.admin)

    page = text(reader, "/search", q="id > 0", order="-priority", columns="subject,priority,cc")

    assert subjects(page) == ["Printer 1", "Printer 2", "Printer 0"]
    assert 'aria-sort="descending"><a href="/search?q=id+%3E+0&amp;' in page
    assert re.search(r"order=priority\b", page)
    assert "order=cc" not in page
    assert '<option value="-priority" selected>Priority, descending</option>' in page
    assert 'value="cc"' not in re.findall(r"<select.*?</select>", page, re.DOTALL)[0]
    turned = text(reader, "/search", q="id > 0", order="priority")
    assert subjects(turned) == ["Printer 0", "Printer 2", "Printer 1"]
    assert "Nothing is ordered by" in text(reader, "/search", order="<i>")


def test_columns_are_those_that_are_asked_for_and_there(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    service.apply(make_tickets(1)[0], {"cc": ["a&b@example.com"]}, actor=office.admin)

    page = text(reader, "/search", columns="key,cf.severity,nonsense,cc")

    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    assert [head.strip() for head in heads] == ["Key", "Severity", "Cc"]
    assert "a&amp;b@example.com" in page
    assert '<th scope="row" class="key-cell"><a href="/tickets/TKT-' in page


def test_subject_is_never_markup(reader: Client, office: Office) -> None:
    hostile = "<script>alert(1)</script>"
    service.create({"queue": "Support", "subject": hostile}, actor=office.admin)
    SavedView.objects.create(
        name=hostile,
        query="",
        columns=["key", "subject"],
        order="id",
        owner=User.objects.get(username="root"),
    )

    page = text(reader, "/?view=all")

    assert page.count("&lt;script&gt;alert(1)") == 2
    assert "<script>alert" not in page


def test_views_of_who_works_are_his_queues_first(office: Office) -> None:
    grant("agent", user=office.ann, queue=office.support)
    for queue in ("Support", "Other"):
        service.create({"queue": queue, "subject": f"In {queue}"}, actor=office.admin)
    client = Client()
    client.force_login(office.ann)

    page = text(client, "/")

    assert "In Support" in page
    assert "In Other" not in page
    assert "Queue IN (&#x27;Support&#x27;)" in page
    assert f"/?queue={office.support.pk}" in page
    assert f"/?queue={office.other.pk}" not in page
    assert client.get("/", {"queue": office.other.pk}).status_code == 404


def test_view_of_another_is_like_one_that_is_not_there(office: Office, stranger: Client) -> None:
    root = User.objects.get(username="root")
    kept = SavedView.objects.create(name="Mine", columns=["key"], order="id", owner=root)

    assert stranger.get("/", {"view": kept.pk}).status_code == 404
    for view in ("0", "99999", "9" * 30, "²", "none"):
        assert stranger.get("/", {"view": view}).status_code == 404


def test_numbers_are_of_what_the_reader_may_see(
    reader: Client, stranger: Client, make_tickets: MakeTickets, office: Office
) -> None:
    make_tickets(2)
    SavedView.objects.create(
        name="High",
        query="Priority > 90",
        columns=["key"],
        order="id",
        owner=office.ann,
        for_all=True,
    )
    kept = SavedView.objects.get().pk

    told = reader.get("/views/counts").json()["counts"]

    assert (told["view=open"], told["view=mine"], told[f"view={kept}"]) == ("2", "0", "0")
    assert told[f"queue={office.support.pk}"] == "2"
    assert stranger.get("/views/counts").json()["counts"]["view=all"] == "0"
    assert '<span class="count" data-count="view=open">2</span>' in text(reader, "/", counts="1")


def test_queue_whose_name_is_a_field_is_still_a_queue(reader: Client, office: Office) -> None:
    queue = Queue.objects.create(name="Owner's \\ Status", lifecycle=office.support.lifecycle)
    service.create({"queue_id": queue.pk, "subject": "Printer 7"}, actor=office.admin)

    assert subjects(text(reader, "/", queue=str(queue.pk))) == ["Printer 7"]
