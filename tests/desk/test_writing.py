"""Writing on a ticket's page: replies, comments, transitions, and what becomes of a text that is refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lifecycles.models import Lifecycle
from lifecycles.service import publish
from scrips.models import Delivery
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets import service
from tickets.models import Attachment, Message, Ticket, Transaction
from tickets.models.ticket import ticket_key
from tickets.processes import check_guard


def version(number: int) -> int:
    return Ticket.objects.get(pk=number).version


def write(client: Client, number: int, **values: Any) -> Any:
    form = {"version": version(number), "as": "correspond", "content": "", **values}
    return client.post(f"/tickets/{ticket_key(number)}/write", form)


def log(number: int) -> list[str]:
    return list(Transaction.objects.filter(ticket=number).values_list("type", flat=True))


def test_reply_and_transition_are_one_act(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    answer = write(reader, number, content="It is mended.", transition="resolve")

    status, reply = Transaction.objects.filter(ticket=number).order_by("seq")[1:]
    assert answer["Location"] == f"/tickets/{ticket_key(number)}"
    assert (status.type, reply.type) == ("StatusChange", "Correspond")
    assert status.batch == reply.batch


def test_refused_transition_takes_the_text_with_it_and_gives_it_back(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)

    page = write(reader, number, content="It is <mended>.", transition="nonsense")

    assert page.status_code == 404
    assert "It is &lt;mended&gt;." in page.content.decode()
    assert log(number) == ["Create"]


def test_markdown_is_seen_as_it_will_read_and_sent_as_what_it_is(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    text = "Hold **Feed**.\n\n<script>alert(1)</script>"

    form = {"as": "correspond", "content": text, "markdown": "1", "version": version(number)}
    seen = reader.post(
        f"/tickets/{ticket_key(number)}/preview", form, headers={"HX-Request": "true"}
    ).content.decode()
    write(reader, number, content=text, markdown="1")

    assert "<strong>Feed</strong>" in seen
    assert "<script" not in seen
    message = Message.objects.latest("pk")
    assert (message.content, message.content_type) == (text, "text/markdown")
    page = reader.get(f"/tickets/{ticket_key(number)}?show=all").content.decode()
    assert "<strong>Feed</strong>" in page


def test_comment_is_internal(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    write(reader, number, **{"as": "comment", "content": "Among ourselves."})

    assert Message.objects.latest("pk").internal
    assert log(number) == ["Create", "Comment"]


def test_transition_alone_brings_no_message(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    write(reader, number, transition="open")

    assert log(number) == ["Create", "StatusChange"]


def test_nothing_to_send_is_told_at_the_text(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    page = write(reader, number, content="  ").content.decode()

    assert "Write something first." in page
    assert re.search(r'<textarea[^>]*aria-invalid="true"', page)
    assert log(number) == ["Create"]


def test_whoever_is_not_ticked_gets_no_mail(
    reader: Client, make_tickets: MakeTickets, answers: int, office: Office
) -> None:
    (number,) = make_tickets(1)
    service.apply(number, {"cc": ["tomas@example.com"]}, actor=office.admin)
    offered = ["maya@example.com", "tomas@example.com"]

    write(reader, number, content="Hello", offered=offered, send_to=["Tomas@example.com"])

    payload = Delivery.objects.get(ticket=number).payload
    assert (payload["to"], payload["cc"]) == ([], ["tomas@example.com"])


def test_conflict_keeps_the_text_and_shows_what_others_did(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    seen = version(number)
    note = {"type": "comment", "content": "Wait for the part."}
    service.apply(number, {"priority": 80, "message": note}, actor=office.admin)

    page = write(reader, number, content="Come by at noon.", version=seen)

    text = page.content.decode()
    assert page.status_code == 412
    assert "Come by at noon." in text
    assert "Wait for the part." in text
    assert f'name="version" id="version" autocomplete="off" value="{version(number)}"' in text
    assert "Correspond" not in log(number)


def test_second_try_after_a_conflict_is_sent(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    service.apply(number, {"priority": 80}, actor=office.admin)

    write(reader, number, content="Hello", version=1)
    answer = write(reader, number, content="Hello", version=version(number))

    assert answer.status_code == 302
    assert log(number) == ["Create", "Set", "Correspond"]


def test_files_go_with_the_message(
    reader: Client, make_tickets: MakeTickets, settings: Any, tmp_path: Path
) -> None:
    (number,) = make_tickets(1)

    write(reader, number, content="See", attachments=SimpleUploadedFile("log.txt", b"x"))

    assert Attachment.objects.get().message == Message.objects.latest("pk")


def test_upload_beside_a_refused_text_waits_for_the_next_try(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    upload = SimpleUploadedFile("log.txt", b"x")

    page = write(reader, number, content="See", version=99, attachments=upload)
    file = Attachment.objects.get()
    write(reader, number, content="See", attachment_ids=file.pk)

    assert f'name="attachment_ids" value="{file.pk}" checked' in page.content.decode()
    file.refresh_from_db()
    assert file.message == Message.objects.latest("pk")


def test_upload_of_somebody_else_can_not_be_attached(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    file = Attachment.objects.create(
        filename="theirs.txt",
        content_type="text/plain",
        size=1,
        sha256="0" * 64,
        creator=holder("eve"),
        created_at="2026-01-01T00:00:00Z",
    )

    page = write(reader, number, content="Mine now", attachment_ids=file.pk).content.decode()

    assert "theirs.txt" not in page
    assert log(number) == ["Create"]


@pytest.mark.parametrize(
    ("rights", "kinds"),
    [
        ((), ()),
        (("ReplyToTicket",), ("correspond",)),
        (("CommentOnTicket",), ("comment",)),
        (("ReplyToTicket", "CommentOnTicket"), ("correspond", "comment")),
    ],
)
def test_composer_offers_what_its_reader_may_write(
    make_tickets: MakeTickets, rights: tuple[str, ...], kinds: tuple[str, ...]
) -> None:
    (number,) = make_tickets(1)
    client = Client()
    client.force_login(holder("lee", "ShowTicket", *rights))

    page = client.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert tuple(re.findall(r'name="as"[^>]* value="(\w+)"', page)) == kinds
    assert ('id="reply"' in page) == bool(kinds)
    assert 'id="happen"' not in page


def test_reply_without_the_right_is_refused(make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)
    client = Client()
    client.force_login(holder("lee", "ShowTicket", "CommentOnTicket"))

    answer = write(client, number, content="Hello")

    assert answer.status_code == 403
    assert log(number) == ["Create"]


def test_stranger_writes_nothing(stranger: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    for name in ("write", "preview", "take"):
        answer = stranger.post(f"/tickets/{ticket_key(number)}/{name}", {"content": "x"})
        assert answer.status_code == 404
    assert log(number) == ["Create"]


def test_form_of_another_site_is_refused(make_tickets: MakeTickets, office: Office) -> None:
    (number,) = make_tickets(1)
    client = Client(enforce_csrf_checks=True)
    client.force_login(holder("lou", "SuperUser"))

    answer = write(client, number, content="Hello")

    assert answer.status_code == 403
    assert log(number) == ["Create"]


def guarded(office: Office) -> None:
    """The lifecycle of Support with a guard, a message, and a role."""
    row = Lifecycle.objects.get(pk=office.support.lifecycle_id)
    definition = {
        "statuses": {"initial": ["new"], "active": ["open"], "inactive": ["resolved", "deleted"]},
        "transitions": [
            {"name": "open", "label": "Take up", "from": ["new"], "to": "open"},
            {
                "name": "resolve",
                "label": "Solve",
                "from": ["new", "open"],
                "to": "resolved",
                "message": "correspond",
            },
            {
                "name": "close",
                "label": "Shut",
                "from": ["new"],
                "to": "resolved",
                "guard": "CF.{tags} IS NOT NULL",
            },
            {"name": "again", "label": "Again", "from": ["resolved"], "to": "open"},
        ],
    }
    publish(row, definition, actor=None, check_guard=check_guard)


def test_transitions_are_named_by_the_lifecycle_with_the_reason_of_those_in_the_way(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    guarded(office)
    (number,) = make_tickets(1)

    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()

    head = page.split('id="head"')[1].split("</header>")[0]
    assert "data-status>Take up</button>" in head
    assert "It leads from resolved." in head
    assert "is guarded" in head


def test_transition_that_needs_words_leads_to_the_composer(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    guarded(office)
    (number,) = make_tickets(1)
    key = ticket_key(number)

    page = reader.get(f"/tickets/{key}").content.decode()
    chosen = reader.get(f"/tickets/{key}?then=resolve&as=correspond").content.decode()
    refused = write(reader, number, transition="resolve").content.decode()

    assert 'href="?then=resolve&amp;as=correspond#reply"' in page
    assert re.search(r'name="transition" value="resolve"[^>]* checked', chosen)
    assert re.search(r'<textarea[^>]*aria-invalid="true"', refused)
    assert log(number) == ["Create"]


def test_field_that_a_guard_misses_is_filled_in_beside_the_text(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    guarded(office)
    (number,) = make_tickets(1)
    text = {"content": "Done", "transition": "close"}

    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()
    missing = write(reader, number, **text, cf_tags=["none such"]).content.decode()
    sent = write(reader, number, **text, cf_tags=["a"])

    assert re.search(r'value="close" data-asks="tags"', page)
    assert 'id="w_cf_tags_error"' in missing
    assert "Done</textarea>" in missing
    assert sent.status_code == 302
    assert log(number) == ["Create", "CustomField", "StatusChange", "Correspond"]


def test_field_is_not_touched_by_a_transition_that_does_not_ask_for_it(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    guarded(office)
    (number,) = make_tickets(1)

    write(reader, number, content="Done", transition="open", cf_tags=["a"])

    assert log(number) == ["Create", "StatusChange", "Correspond"]


def test_one_press_takes_the_ticket(make_tickets: MakeTickets, office: Office) -> None:
    (number,) = make_tickets(1)
    lea = holder("lea", "ShowTicket", "OwnTicket", "StealTicket")
    client = Client()
    client.force_login(lea)
    page = client.get(f"/tickets/{ticket_key(number)}").content.decode()

    client.post(f"/tickets/{ticket_key(number)}/take", {"version": version(number)})

    assert "Take over</button>" in page
    assert Ticket.objects.get(pk=number).owner_id == lea.pk


def test_message_is_quoted_with_who_said_it_and_when(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    said = {"type": "correspond", "content": "First <b>line</b>\nsecond\n\nthird"}
    service.apply(number, {"message": said}, actor=office.admin)

    page = reader.get(f"/tickets/{ticket_key(number)}?quote=2").content.decode()

    text = page.split('<textarea id="text"')[1].split("</textarea>")[0]
    assert re.search(r"root, \d+ \w+ \d{4}, \d\d:\d\d:\n", text)
    assert text.endswith(":\n&gt; First &lt;b&gt;line&lt;/b&gt;\n&gt; second\n&gt;\n&gt; third\n\n")


def test_internal_comment_is_quoted_in_comments_alone(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    note = {"type": "comment", "content": "Among ourselves"}
    service.apply(number, {"message": note}, actor=office.admin)
    answers = Client()
    answers.force_login(holder("lee", "ShowTicket", "ShowTicketComments", "ReplyToTicket"))
    path = f"/tickets/{ticket_key(number)}?quote=2"

    page, reply = reader.get(path).content.decode(), answers.get(path).content.decode()

    assert re.search(r'id="as-comment" value="comment" checked', page)
    assert "&gt; Among ourselves" in page
    assert "&gt; Among ourselves" not in reply


@pytest.mark.parametrize("seq", ["1x", "99", "999999999999", ""])
def test_quote_of_nothing_leaves_the_composer_empty(
    reader: Client, make_tickets: MakeTickets, seq: str
) -> None:
    (number,) = make_tickets(1)

    page = reader.get(f"/tickets/{ticket_key(number)}", {"quote": seq})

    assert page.status_code == 200
    assert "&gt; " not in page.content.decode().split('id="reply"')[1].split("</form>")[0]
