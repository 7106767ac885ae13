"""One request: what was said, where it stands, answers, and the transitions that a customer may take."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lifecycles.models import Lifecycle
from lifecycles.service import publish
from tessera.accounts.models import Role, User
from tests.desk.portal.conftest import Portal
from tests.office import Office
from tests.people import holder
from tickets import config, service
from tickets.models import Attachment, Queue, Transaction
from tickets.state import fetch


def _page(portal: Portal) -> str:
    return str(portal.client.get(portal.path).content.decode())


def _way(name: str, label: str, start: str, end: str, role: str) -> dict[str, Any]:
    return {"name": name, "label": label, "from": start, "to": end, "roles": [role]}


@pytest.fixture
def closable(portal: Portal, office: Office) -> Portal:
    """Her ticket lives by a lifecycle whose customers close and reopen."""
    definition = {
        "statuses": {"initial": ["new"], "active": ["open", "asked"], "inactive": ["done"]},
        "transitions": [
            _way("finish", "It works", "*", "done", "customer"),
            _way("again", "Not yet", "done", "open", "customer") | {"message": "correspond"},
            _way("start", "Take it up", "new", "open", "agent"),
            _way("ask", "Ask", "new", "asked", "agent"),
        ],
        "responsible": {"asked": "customer"},
    }
    lifecycle = Lifecycle.objects.create(name="care")
    publish(lifecycle, definition, actor=None)
    lifecycle.refresh_from_db()
    Queue.objects.create(name="Care", lifecycle=lifecycle)
    values = {"queue": "Care", "subject": "Noise", "requestors": ["maya@example.com"]}
    made = service.create(values, actor=office.admin).ticket
    return Portal(portal.client, portal.maya, fetch([made.id])[made.id])


def test_conversation_is_told_with_its_files_and_marked_fields(portal: Portal) -> None:
    page = _page(portal)

    assert "Since the update." in page
    assert "Which version is it?" in page
    assert "<dt>Line</dt><dd>Line 3</dd>" in page
    assert page.index("Since the update.") < page.index("Which version is it?")


def test_own_ticket_at_the_desk_is_the_one_in_the_portal(portal: Portal) -> None:
    key, number = portal.ticket.key, portal.ticket.id

    for way in (key, f"{key}?at=1", f"{key}?as=comment&quote=1", f"{key}?x", f"{number}?at=1"):
        answer = portal.client.get(f"/tickets/{way}")
        assert (answer.status_code, answer["Location"]) == (302, portal.path), way


def test_answer_is_recorded_in_the_customers_name(portal: Portal) -> None:
    upload = SimpleUploadedFile("photo.png", b"png", "image/png")

    answer = portal.send(content="4.2.1", attachments=upload)

    assert answer["Location"] == portal.path
    assert portal.log()[0] == ("Correspond", portal.maya.pk)
    assert Attachment.objects.get(filename="photo.png").creator_id == portal.maya.pk
    page = _page(portal)
    assert "4.2.1" in page
    assert "photo.png" in page
    assert "In work" in page or "Received" in page


def test_comment_can_not_be_asked_for(portal: Portal) -> None:
    portal.send(content="4.2.1", **{"as": "comment", "send_to": "x", "offered": "a@b.cc"})

    assert portal.log()[0] == ("Correspond", portal.maya.pk)


def test_comment_that_came_meanwhile_is_in_nobodys_way(portal: Portal, office: Office) -> None:
    message = {"type": "comment", "content": "hush comment"}
    service.apply(portal.ticket.id, {"message": message}, actor=office.admin)

    answer = portal.send(content="4.2.1")

    assert answer.status_code == 302


def test_answer_that_came_meanwhile_is_shown_before_anything_is_sent(
    portal: Portal, office: Office
) -> None:
    message = {"type": "correspond", "content": "Never mind."}
    service.apply(portal.ticket.id, {"message": message}, actor=office.admin)
    before = len(portal.log())

    answer = portal.send(content="4.2.1")

    page = answer.content.decode()
    assert (answer.status_code, len(portal.log())) == (412, before)
    assert "Never mind." in page
    assert "4.2.1" in page


def test_form_that_is_sent_twice_counts_once(portal: Portal) -> None:
    portal.send(content="4.2.1")
    again = portal.send(content="4.2.1")

    assert again.status_code == 412
    assert [kind for kind, _who in portal.log()].count("Correspond") == 1


def test_nothing_typed_is_lost_in_a_refusal(portal: Portal) -> None:
    upload = SimpleUploadedFile("photo.png", b"png", "image/png")

    page = portal.send(content="Long text", transition="none", attachments=upload).content.decode()

    assert "Long text" in page
    assert "photo.png" in page
    assert portal.log() == []


def test_empty_answer_is_told_at_its_box(portal: Portal) -> None:
    answer = portal.send(content=" ")

    assert 'aria-describedby="text_error"' in answer.content.decode()


def test_lifecycle_that_gives_customers_nothing_shows_no_button(portal: Portal) -> None:
    page = _page(portal)

    assert 'name="transition"' not in page


def test_customer_closes_with_the_lifecycles_own_words(closable: Portal) -> None:
    page = _page(closable)

    answer = closable.send(transition="finish", content="Thank you")

    assert ">It works</button>" in page
    assert "Take it up" not in page
    assert answer.status_code == 302
    assert [kind for kind, _who in closable.log()] == ["StatusChange", "Correspond"]
    assert fetch([closable.ticket.id])[closable.ticket.id].status == "done"


def test_reopening_asks_for_the_words_that_the_lifecycle_wants(
    closable: Portal, office: Office
) -> None:
    closable.send(transition="finish")
    state = fetch([closable.ticket.id])[closable.ticket.id]

    silent = closable.send(transition="again", version=state.version)
    spoken = closable.send(transition="again", version=state.version, content="It is back")

    assert "text_error" in silent.content.decode()
    assert spoken.status_code == 302
    page = _page(closable)
    assert "Opened again" in page
    assert fetch([state.id])[state.id].status == "open"


def test_status_is_told_in_plain_words(closable: Portal, office: Office) -> None:
    told = ["Received" in _page(closable)]
    service.apply(closable.ticket.id, {}, actor=office.admin, transition="ask")
    told.append("Waiting for you" in _page(closable))
    closable.send(
        transition="finish", version=fetch([closable.ticket.id])[closable.ticket.id].version
    )
    told.append(">Closed</span>" in _page(closable))

    assert told == [True, True, True]
    assert ">asked<" not in _page(closable)


@pytest.mark.parametrize("path", ["", "/write"])
def test_ticket_of_somebody_else_is_not_there(portal: Portal, office: Office, path: str) -> None:
    client = Client()
    client.force_login(holder("lee", "ShowTicket", "ReplyToTicket", email="lee@example.com"))

    answer = client.post(portal.path + path, {"content": "x"}) if path else client.get(portal.path)

    assert answer.status_code == 404
    assert portal.log() == []


def test_person_who_may_not_answer_gets_no_form(portal: Portal, office: Office) -> None:
    User.objects.create_user("tomas", email="tomas@example.com")
    _lose_replies()
    client = Client()
    client.force_login(User.objects.get(username="tomas"))

    page = client.get(portal.path).content.decode()
    answer = client.post(f"{portal.path}/write", {"content": "x"})

    assert "<textarea" not in page
    assert answer.status_code == 403
    assert portal.log() == []


def _lose_replies() -> None:
    Role.objects.filter(name="customer").update(rights=["ShowTicket"])


def test_long_conversation_is_read_in_parts(portal: Portal, office: Office) -> None:
    for number in range(52):
        message = {"type": "correspond", "content": f"Word {number}."}
        service.apply(portal.ticket.id, {"message": message}, actor=office.admin)

    page = _page(portal)
    first = Transaction.objects.filter(ticket=portal.ticket.id, type="Correspond").order_by("seq")[
        3
    ]
    earlier = portal.client.get(f"{portal.path}?before={first.seq}").content.decode()

    assert "Word 51." in page
    assert "Since the update." not in page
    assert "What was said earlier" in page
    assert "Since the update." in earlier


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_a_short_and_a_longer_talk(
    portal: Portal, office: Office, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        message: dict[str, Any] = {"type": "correspond", "content": f"Word {number}."}
        service.apply(portal.ticket.id, {"message": message}, actor=office.admin)
    config.current()
    portal.client.get(portal.path)

    with django_assert_num_queries(16):
        portal.client.get(portal.path)
