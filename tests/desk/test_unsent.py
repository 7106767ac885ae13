"""Messages that wait before they are sent, and what becomes of those that are not."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from scrips.models import Delivery
from tessera.accounts.models import User
from tessera.lib import clock
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets import service, unsent
from tickets.access import Actor
from tickets.models import Grant, Message, Ticket, Transaction, UnsentMessage
from tickets.models.ticket import ticket_key


@pytest.fixture(autouse=True)
def _can_be_undone(settings: Any) -> None:
    settings.TESSERA_UNDO_SECONDS = 10


def write(client: Client, number: int, **values: Any) -> Any:
    version = Ticket.objects.get(pk=number).version
    form = {"version": version, "as": "correspond", "content": "", **values}
    return client.post(f"/tickets/{ticket_key(number)}/write", form)


def page(client: Client, number: int) -> str:
    return str(client.get(f"/tickets/{ticket_key(number)}").content.decode())


def undo(client: Client, number: int, row: int, **values: Any) -> Any:
    return client.post(f"/tickets/{ticket_key(number)}/unsent/{row}/undo", values)


def log(number: int) -> list[str]:
    return list(Transaction.objects.filter(ticket=number).values_list("type", flat=True))


def last() -> UnsentMessage:
    return UnsentMessage.objects.latest("pk")


def come_due() -> None:
    """Time passes, and a worker looks."""
    waiting = UnsentMessage.objects.filter(status="waiting").order_by("-pk")
    waiting.update(due_at=clock.now() - timedelta(seconds=1))
    for row in waiting:
        unsent.send(row.pk)


def test_reply_waits_and_is_sent_when_it_is_due(
    reader: Client, make_tickets: MakeTickets, answers: int
) -> None:
    (number,) = make_tickets(1)

    write(reader, number, content="It is mended.", transition="resolve")
    waits = page(reader, number)
    unsent.send(last().pk)
    before = log(number)
    come_due()

    assert "Waits to be sent" in waits
    assert "It is mended." in waits
    assert before == ["Create"]
    assert log(number) == ["Create", "StatusChange", "Correspond"]
    assert Delivery.objects.filter(ticket=number).count() == 1
    assert "Waits to be sent" not in page(reader, number)


def test_what_was_sent_keeps_no_second_copy_of_its_text(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="Secret")

    come_due()

    row = last()
    assert (row.status, row.changes, row.error) == ("sent", {}, None)
    assert Message.objects.latest("pk").content == "Secret"


def test_only_its_author_sees_what_waits(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    other = Client()
    other.force_login(holder("lee", "SuperUser"))
    write(reader, number, content="Not yet")

    answer = undo(other, number, last().pk)

    assert "Not yet" not in page(other, number)
    assert answer.status_code == 409
    assert last().status == "waiting"


def test_undo_gives_back_text_files_transition_and_whom_to_leave_out(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    service.apply(number, {"cc": ["tomas@example.com"]}, actor=office.admin)
    upload = SimpleUploadedFile("log.txt", b"x")
    offered = ["maya@example.com", "tomas@example.com"]
    write(
        reader,
        number,
        content="Too soon",
        transition="resolve",
        attachments=upload,
        offered=offered,
        send_to=["maya@example.com"],
    )

    answer = undo(reader, number, last().pk)
    text = page(reader, number)
    come_due()

    assert answer.status_code == 302
    assert "Too soon</textarea>" in text
    assert re.search(r'name="transition" value="resolve"[^>]* checked', text)
    assert re.search(r'name="attachment_ids" value="\d+" checked> <bdi>log.txt', text)
    assert 'name="send_to" value="maya@example.com" checked' in text
    assert 'name="send_to" value="tomas@example.com">' in text
    assert "Correspond" not in log(number)


def test_undo_keeps_what_was_typed_meanwhile(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="First")

    typed = {"version": 1, "content": "Second", "as": "correspond"}
    text = undo(reader, number, last().pk, **typed).content.decode()

    assert "First\n\nSecond</textarea>" in text
    assert f'name="taken" autocomplete="off" value="{last().pk}"' in text


def test_comment_that_comes_back_never_becomes_part_of_a_reply(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="They never pay.", **{"as": "comment"})

    typed = {"version": 1, "content": "Dear Maya", "as": "correspond"}
    text = undo(reader, number, last().pk, **typed).content.decode()

    assert re.search(r'id="as-comment" value="comment" checked', text)


def test_undo_after_it_was_sent_says_so_and_keeps_what_stands_in_the_composer(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="First")
    come_due()

    answer = undo(reader, number, last().pk, version=1, content="Second")

    assert answer.status_code == 409
    assert "it was sent" in answer.content.decode()
    assert "Second</textarea>" in answer.content.decode()


def test_what_was_taken_back_and_sent_again_is_sent_once(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="Helo")
    first = last().pk
    undo(reader, number, first)

    write(reader, number, content="Hello", taken=[first])
    again = write(reader, number, content="Hello!", taken=[first])
    come_due()

    assert [row.content for row in Message.objects.order_by("pk")][1:] == ["Hello"]
    assert "in another window" in again.content.decode()
    assert not UnsentMessage.objects.filter(pk=first).exists()


def test_same_press_twice_sends_once(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    for content in ("Hello", "Hello", "Hello again"):
        write(reader, number, content=content, nonce="n1")
    come_due()
    write(reader, number, content="Hello", nonce="n1")
    come_due()

    assert log(number) == ["Create", "Correspond", "Correspond"]


def test_press_on_an_old_page_sends_what_came_back(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="Hello", nonce="n1")
    undo(reader, number, last().pk)

    write(reader, number, content="Hello", nonce="n1")
    come_due()

    assert log(number) == ["Create", "Correspond"]
    assert {row.status for row in UnsentMessage.objects.all()} == {"sent"}


def test_two_in_a_row_keep_their_order_and_are_no_conflict(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="First", version=1)
    write(reader, number, content="Second", version=1)

    reader.post(f"/tickets/{ticket_key(number)}/unsent/{last().pk}/send")
    write(reader, number, content="Third", version=1)
    come_due()

    assert [row.content for row in Message.objects.order_by("pk")][1:] == [
        "First",
        "Second",
        "Third",
    ]


def test_conflict_gives_it_back_with_the_reason_on_the_ticket_and_in_the_inbox(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="Come by at noon.")
    write(reader, number, content="Or at one.")
    lou = holder("lou", "SuperUser")
    client = Client()
    client.force_login(lou)
    write(client, number, content="Stay away.", **{"as": "comment"})
    unsent.send_now(last().pk, number, actor=_actor(lou))

    come_due()

    text, inbox = page(reader, number), reader.get("/").content.decode()
    assert log(number) == ["Create", "Comment"]
    assert "Come by at noon.\n\nOr at one.</textarea>" in text
    assert "Others have worked on this ticket" in text
    assert "The message before it was not sent." in text
    assert f"What you wrote on {ticket_key(number)} was not sent" in inbox


def test_rights_are_those_of_the_moment_in_which_it_is_sent(
    make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    lee = holder("lee", "ShowTicket", "ReplyToTicket")
    client = Client()
    client.force_login(lee)
    write(client, number, content="Hello")
    Grant.objects.filter(user=lee).delete()

    come_due()

    row = last()
    mine = client.get(f"/unsent/{row.pk}").content.decode()
    assert log(number) == ["Create"]
    assert (row.status, row.error["code"]) == ("returned", "not_found")
    assert "Hello" in mine
    assert "see this ticket any more" in mine


def test_draft_is_thrown_away_by_its_author_alone(
    reader: Client, stranger: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="Hello")
    path = f"/unsent/{last().pk}"
    waiting = reader.post(path).status_code
    undo(reader, number, last().pk)

    theirs = stranger.post(path).status_code
    mine = reader.post(path).status_code

    assert (waiting, theirs, mine) == (404, 404, 302)
    assert not UnsentMessage.objects.exists()


def test_what_the_door_would_refuse_now_is_told_at_once(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)

    answer = write(reader, number, content="Hello", transition="nonsense")

    assert answer.status_code == 404
    assert not UnsentMessage.objects.exists()


def test_transition_alone_does_not_wait(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    write(reader, number, transition="open")

    assert log(number) == ["Create", "StatusChange"]


def test_part_that_refreshes_itself_leaves_the_text_in_the_composer_alone(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="Hello")
    undo(reader, number, last().pk)

    key = ticket_key(number)
    text = reader.get(f"/tickets/{key}?taken={last().pk}").content.decode()
    beside = reader.get(f"/tickets/{key}?taken=999999").content.decode()

    assert "Put it into the text" not in text
    assert "Put it into the text" in beside


def test_lost_message_is_found_and_old_presses_are_forgotten(
    reader: Client, make_tickets: MakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = make_tickets(1)
    write(reader, number, content="Hello")
    told: list[int] = []
    monkeypatch.setattr("tickets.turns.publish", lambda _task, ids, **_wait: told.extend(ids))
    unsent.revive()
    early = list(told)
    UnsentMessage.objects.update(due_at=clock.now())

    unsent.revive()
    come_due()
    UnsentMessage.objects.update(ended_at=clock.now() - timedelta(days=2))

    assert (early, told) == ([], [last().pk])
    assert unsent.purge() == 1


def _actor(user: User) -> Actor:
    return Actor.of(user)
