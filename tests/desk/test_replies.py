"""Saved replies: kept, shared, and put into an answer."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from scrips.models import SavedReply
from tessera.accounts.models import AuditEntry, Group, User
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets import config
from tickets.models.ticket import ticket_key


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def keep(client: Client, path: str = "/account/replies/new", **values: Any) -> Any:
    form = {"name": "Thanks", "text": "Thank you.", "queue": "", "visibility": "private", **values}
    return client.post(path, form)


def names(client: Client, number: int) -> list[str]:
    page = client.get(f"/tickets/{ticket_key(number)}/replies").content.decode()
    return re.findall(r'\?reply=\d+#reply">([^<]+)<', page)


def said(client: Client, number: int, text: str) -> Any:
    """What a reply with that text says about the ticket."""
    keep(client, text=text)
    reply = SavedReply.objects.latest("pk")
    return client.get(f"/tickets/{ticket_key(number)}/replies/{reply.pk}")


def test_reply_says_what_is_so_of_the_ticket(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    text = "{{ ticket.key }} {{ ticket.cf.severity }} {{ queue.name }} {$actor.username} <b>"
    answer = said(reader, number, text)

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == f"{ticket_key(number)} high Support root <b>"


def test_what_cannot_be_said_of_a_ticket_is_told(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    answer = said(reader, number, "{{ 1 / 0 }}")
    reply = SavedReply.objects.latest("pk")
    page = reader.get(f"/tickets/{ticket_key(number)}?reply={reply.pk}").content.decode()

    assert (answer.status_code, "zero" in answer.content.decode()) == (409, True)
    assert "division by zero" in page


def test_without_a_script_the_reply_stands_in_the_composer(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    said(reader, number, "About {{ ticket.key }}")
    reply = SavedReply.objects.latest("pk")

    page = reader.get(f"/tickets/{ticket_key(number)}?reply={reply.pk}").content.decode()
    none = reader.get(f"/tickets/{ticket_key(number)}?reply=999999999999999999999")

    assert f"About {ticket_key(number)}</textarea>" in page
    assert none.status_code == 200


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ ticket.nonsense }}", "nonsense"),
        ("{{ ticket.cf.nonsense }}", "unknown custom field"),
        ("{{ recipient.name }}", "unknown name"),
        ("{{ last_message }}", "unknown name"),
        ("{{ ticket", "line 1"),
        ("   ", "must not be empty"),
    ],
)
def test_text_that_cannot_be_rendered_is_refused_at_its_field(
    reader: Client, text: str, told: str
) -> None:
    page = keep(reader, text=text).content.decode().lower()

    assert told in page.split('id="f_text_error"')[1].split("</div>")[0]
    assert not SavedReply.objects.exists()


def test_ticket_is_offered_what_is_for_its_queue_and_for_its_reader(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    group = Group.objects.create(name="second line")
    lee = holder("lee", "SeeQueue", "ShowTicket", "ReplyToTicket")
    group.members.add(lee)
    root = User.objects.get(username="root")
    kept: dict[str, dict[str, Any]] = {
        "Mine": {"owner": lee},
        "Roots own": {"owner": root},
        "All": {"owner": root, "for_all": True},
        "Ours": {"owner": root, "group": group},
        "Here": {"owner": root, "for_all": True, "queue": office.support},
        "Elsewhere": {"owner": root, "for_all": True, "queue": office.other},
    }
    for name, values in kept.items():
        SavedReply.objects.create(name=name, text="x", **values)

    assert names(client_of(lee), number) == ["All", "Here", "Mine", "Ours"]


def test_private_reply_is_nobody_elses(
    reader: Client, stranger: Client, make_tickets: MakeTickets
) -> None:
    keep(reader)
    reply = SavedReply.objects.get()

    paths = [f"/account/replies/{reply.pk}", f"/account/replies/{reply.pk}/delete"]
    assert [stranger.get(path).status_code for path in paths] == [404, 404]
    assert "Thanks" not in stranger.get("/account/replies").content.decode()


def test_sharing_needs_the_right_and_is_audited(reader: Client, make_tickets: MakeTickets) -> None:
    lee = client_of(holder("lee", "SeeQueue", "ShowTicket", "ReplyToTicket"))

    refused = keep(lee, visibility="all")
    keep(reader, visibility="all", name="For all")
    reply = SavedReply.objects.get()
    theirs = keep(lee, f"/account/replies/{reply.pk}", text="Mine now")
    reader.post(f"/account/replies/{reply.pk}/delete")

    assert "is not one of the available choices" in refused.content.decode()
    assert theirs.status_code == 403
    assert not SavedReply.objects.exists()
    assert AuditEntry.objects.filter(changes__has_key="for_all").count() == 2


def test_shared_reply_can_not_be_made_ones_own(reader: Client) -> None:
    keep(reader, visibility="all")
    reply = SavedReply.objects.get()
    lou = holder("lou", "SuperUser")

    answer = keep(client_of(lou), f"/account/replies/{reply.pk}", visibility="private")

    reply.refresh_from_db()
    assert answer.status_code == 403
    assert reply.visibility == "all"


def test_group_that_one_is_not_in_is_refused(reader: Client) -> None:
    Group.objects.create(name="others")
    mine = Group.objects.create(name="ours")
    mine.members.add(User.objects.get(username="root"))
    other = Group.objects.get(name="others")

    keep(reader, visibility="group", group=other.pk)
    keep(reader, visibility="group", group="")
    keep(reader, visibility="group", group=mine.pk)

    assert [row.group_id for row in SavedReply.objects.all()] == [mine.pk]


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_one_number_of_statements(
    reader: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    root = User.objects.get(username="root")
    for number in range(count):
        SavedReply.objects.create(name=f"R{number}", text="x", owner=root)
    config.current()

    # session, user, configuration's number, replies with their queues and groups
    with django_assert_num_queries(4):
        reader.get("/account/replies")
