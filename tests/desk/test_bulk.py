"""Several tickets at once, on pages: tried, shown, done by a worker, and followed."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import grant
from tickets import bulk, service
from tickets.models import BulkChange, Ticket, Transaction

SEEN = re.compile(r'name="seen" value="(\w+)"')


def page(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def asked(ids: list[int], **changes: Any) -> dict[str, Any]:
    return {"ids": ",".join(map(str, ids)), **changes}


def tried_and_done(client: Client, ids: list[int], **changes: Any) -> BulkChange:
    told = page(client.post("/bulk", asked(ids, preview="1", **changes)))
    seal = SEEN.search(told)
    assert seal is not None
    client.post("/bulk", asked(ids, run="1", seen=seal[1], **changes))
    made = BulkChange.objects.latest("pk")
    bulk.carry_out(made.pk)
    made.refresh_from_db()
    return made


def test_preview_tells_every_effect_and_changes_nothing(
    reader: Client, make_tickets: MakeTickets, answers: int, office: Office
) -> None:
    ids = make_tickets(2)
    service.apply(ids[1], {"priority": 70}, actor=office.admin)
    before = Transaction.objects.count()

    told = page(
        reader.post("/bulk", asked(ids, preview="1", priority="70", status="open", comment="<i>"))
    )

    assert "2 tickets: 5 changes." in told
    assert told.count("A comment inside") == 2
    assert "Change 2 tickets" in told
    assert "<i>" not in told
    assert Transaction.objects.count() == before
    assert not BulkChange.objects.exists()


def test_what_was_shown_is_done_by_a_worker_and_followed_on_its_page(
    reader: Client, make_tickets: MakeTickets
) -> None:
    ids = make_tickets(2)

    made = tried_and_done(reader, ids, status="resolved", owner="Nobody")

    assert (made.status, made.done, made.failed, made.preview) == ("done", 2, 0, False)
    rows = Ticket.objects.filter(pk__in=ids, owner=None, status="resolved")
    assert rows.count() == 2
    told = page(reader.get(f"/bulk/{made.pk}"))
    assert "2 of 2" in told
    assert told.count("Status") == 2
    assert "every 1s" not in told
    assert f"/bulk/{made.pk}" in page(reader.get("/bulk"))


def test_nothing_is_done_that_was_not_shown(reader: Client, make_tickets: MakeTickets) -> None:
    ids = make_tickets(2)
    first = page(reader.post("/bulk", asked(ids[:1], preview="1", priority="5")))
    seal = SEEN.search(first)
    assert seal is not None

    for other in (
        asked(ids, priority="5", seen=seal[1]),
        asked(ids[:1], priority="6", seen=seal[1]),
        asked(ids, priority="5"),
    ):
        told = page(reader.post("/bulk", other | {"run": "1"}))
        assert "Nothing is done yet" in told

    assert not BulkChange.objects.exists()
    assert set(Ticket.objects.values_list("priority", flat=True)) == {0}


def test_tickets_that_one_may_not_see_are_like_those_that_are_not_there(
    office: Office, make_tickets: MakeTickets
) -> None:
    grant("agent", user=office.ann, queue=office.other)
    (far,) = make_tickets(1)
    near = service.create({"queue": "Other", "subject": "Near"}, actor=office.admin).ticket.id
    client = Client()
    client.force_login(office.ann)

    for number in (far, 987_654):
        told = page(client.get("/bulk", {"id": [str(number), str(near)]}))
        assert "Change 1 ticket" in told
        assert "No ticket is selected" in page(client.get("/bulk", {"id": str(number)}))
    made = tried_and_done(client, [far, near], priority="9")

    assert list(made.tickets.values_list("ticket_id", flat=True)) == [near]
    assert Ticket.objects.get(pk=far).priority == 0


def test_refusals_are_told_ticket_by_ticket_and_can_be_listed_alone(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    ids = make_tickets(2)
    service.apply(ids[0], {"links": {"depends_on": [ids[1]]}}, actor=office.admin)

    told = page(reader.post("/bulk", asked(ids[:1], preview="1", status="resolved")))
    made = tried_and_done(reader, ids, status="resolved", comment="x")

    assert "1 is refused" in told
    assert "Change 1 ticket</button>" not in told
    assert made.failed == 1
    only = page(reader.get(f"/bulk/{made.pk}", {"only": "refused"}))
    assert only.count('class="which"') == 1
    assert "Refused:" in only


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Choose what shall become of the tickets first"),
        ({"owner": "nonsuch"}, "There is nobody of that name"),
        ({"priority": "101"}, "Must be from 0 to 100"),
        ({"status": "nonsense"}, "Select a valid choice"),
        ({"queue": "9999"}, "Select a valid choice"),
        ({"comment": "x\0y"}, "Null characters are not allowed"),
    ],
)
def test_what_is_wrong_with_the_form_is_said_at_its_field(
    reader: Client, make_tickets: MakeTickets, changes: dict[str, str], told: str
) -> None:
    ids = make_tickets(1)

    assert told in page(reader.post("/bulk", asked(ids, run="1", **changes)))
    assert not BulkChange.objects.exists()


def test_many_are_tried_by_a_worker_and_done_from_there(
    reader: Client, make_tickets: MakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tessera.desk.views.bulk.AT_ONCE", 2)
    ids = make_tickets(3)
    query = {"q": "Queue = Support AND Status = new"}
    assert "Change 3 tickets" in page(reader.get("/bulk", query))

    answer = reader.post("/bulk", query | {"preview": "1", "priority": "44"})

    tried = BulkChange.objects.get()
    assert answer["Location"] == f"/bulk/{tried.pk}"
    assert "every 1s" in page(reader.get(answer["Location"]))
    assert "A preview of yours is under way" in page(reader.get("/"))
    assert reader.post(f"/bulk/{tried.pk}/run").status_code == 404
    bulk.carry_out(tried.pk)
    assert "Change 3 tickets" in page(reader.get(answer["Location"]))
    assert set(Ticket.objects.values_list("priority", flat=True)) == {0}

    reader.post(f"/bulk/{tried.pk}/run")

    made = BulkChange.objects.latest("pk")
    bulk.carry_out(made.pk)
    assert (made.preview, list(made.tickets.values_list("ticket_id", flat=True))) == (False, ids)
    assert set(Ticket.objects.values_list("priority", flat=True)) == {44}


def test_one_can_be_stopped_and_gone_on_with(
    reader: Client, stranger: Client, make_tickets: MakeTickets, office: Office
) -> None:
    made = bulk.start(make_tickets(2), bulk.Order({"priority": 3}), actor=office.admin)

    assert stranger.post(f"/bulk/{made.pk}/stop").status_code == 404
    reader.post(f"/bulk/{made.pk}/stop")
    bulk.carry_out(made.pk)
    assert "Go on with 2 tickets" in page(reader.get(f"/bulk/{made.pk}"))
    reader.post(f"/bulk/{made.pk}/resume")
    bulk.carry_out(made.pk)

    assert set(Ticket.objects.values_list("priority", flat=True)) == {3}


def test_query_that_cannot_be_read_or_finds_nothing_changes_nothing(
    reader: Client, make_tickets: MakeTickets
) -> None:
    make_tickets(1)

    assert "unknown field" in page(reader.get("/bulk", {"q": "Prio > 3"}))
    nothing = page(reader.post("/bulk", {"q": "Priority > 99", "priority": "1", "run": "1"}))
    assert "No ticket is selected" in nothing


@pytest.mark.parametrize("count", [1, 3])
def test_page_of_a_bulk_change_takes_one_number_of_statements(
    reader: Client,
    make_tickets: MakeTickets,
    office: Office,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    order = bulk.Order({"owner_id": office.admin.id, "priority": 9})
    made = bulk.start(make_tickets(count), order, actor=office.admin)
    bulk.carry_out(made.pk)

    # session, user, configuration's number, the change, its results, people
    with django_assert_num_queries(6):
        reader.get(f"/bulk/{made.pk}")


def test_who_can_change_nothing_ticks_rows_for_his_own_marks_alone(
    reader: Client, stranger: Client, make_tickets: MakeTickets, office: Office
) -> None:
    make_tickets(1)
    service.create(
        {"queue": "Support", "subject": "Mine", "requestors": ["ann@example.com"]},
        actor=office.admin,
    )

    assert acts(page(reader.get("/"))) == {"change", "read", "unread"}
    mine = page(stranger.get("/?view=asked"))
    assert "Mine" in mine
    assert acts(mine) == {"read", "unread"}


def acts(html: str) -> set[str]:
    """What can be done with the rows that are ticked."""
    assert 'type="checkbox" name="id"' in html
    return set(re.findall(r'name="act" value="(\w+)"', html))
