"""What one person may have, and how each page says that it is enough."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from scrips import replies
from scrips.models import SavedReply
from tessera.accounts import tokens
from tessera.accounts.models import ApiToken, User
from tessera.lib import clock
from tests.api.caller import Caller, error
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tickets import drafts, files, views
from tickets.models import Attachment, SavedView, UnsentMessage
from tickets.models.ticket import ticket_key

VIEW = {"name": "One", "query": "", "visibility": "private", "order": "id", "columns": "key"}
REPLY = {"name": "One", "text": "x", "queue": "", "visibility": "private"}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (views, "MOST"),
        (replies, "MOST_OWNED"),
        (tokens, "MOST"),
        (files, "MOST_WAITING"),
        (drafts, "MOST"),
    ):
        monkeypatch.setattr(module, name, 2)


@pytest.mark.parametrize(
    ("path", "form", "model", "told"),
    [
        ("/views/new", VIEW, SavedView, "You have 2 saved views: delete one"),
        ("/account/replies/new", REPLY, SavedReply, "You have 2 saved replies: delete one"),
        ("/account/tokens", {"name": "One"}, ApiToken, "root has 2 API tokens: revoke one"),
    ],
)
def test_page_says_that_it_is_enough_and_keeps_what_was_typed(
    reader: Client, path: str, form: dict[str, str], model: Any, told: str
) -> None:
    for _time in range(2):
        assert reader.post(path, form).status_code in {200, 302}

    answer = reader.post(path, form)

    assert answer.status_code == 409
    page = answer.content.decode()
    assert told in page
    assert 'value="One"' in page
    assert model.objects.count() == 2


@pytest.mark.parametrize(
    ("path", "body", "model"),
    [
        ("/api/views", {"name": "One"}, SavedView),
        ("/api/replies", {"name": "One", "text": "x"}, SavedReply),
        ("/api/tokens", {"name": "One"}, ApiToken),
    ],
)
def test_api_says_so_too_and_what_is_deleted_makes_room(
    office: Office, path: str, body: dict[str, str], model: Any
) -> None:
    caller = Caller(ApiToken.issue(office.ann))
    for _time in range(2 - model.objects.filter(**{_owner(model): office.ann}).count()):
        assert caller.post(path, body).status_code == 201

    assert error(caller.post(path, body))[:2] == (409, "limit_reached")
    one = model.objects.filter(**{_owner(model): office.ann}).latest("pk")
    assert caller.delete(f"{path}/{one.pk}").status_code == 204
    assert caller.post(path, body).status_code == 201


def _owner(model: Any) -> str:
    return "user" if model is ApiToken else "owner"


def test_what_is_there_is_changed_although_it_is_enough(reader: Client) -> None:
    for _time in range(2):
        reader.post("/views/new", VIEW)
    first = SavedView.objects.earliest("pk")

    reader.post(f"/views/{first.pk}/edit", VIEW | {"name": "Other"})

    first.refresh_from_db()
    assert first.name == "Other"


def test_administrator_is_told_of_whose_tokens_there_are_enough(
    reader: Client, office: Office
) -> None:
    form = {"user": office.ann.pk, "name": "One", "expires_at": ""}
    for _time in range(2):
        reader.post("/admin/accounts/apitoken/add/", form)

    page = reader.post("/admin/accounts/apitoken/add/", form).content.decode()

    assert "ann has 2 API tokens: revoke one that is no longer needed." in page
    assert ApiToken.objects.filter(user=office.ann).count() == 2


def test_uploads_that_no_message_took_are_so_many_and_those_of_days_ago_do_not_count(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    caller = Caller(ApiToken.issue(User.objects.get(pk=office.admin.id)))
    for name in ("a", "b"):
        made = caller.upload("/api/attachments", {"file": SimpleUploadedFile(name, b"x")})
        assert made.status_code == 201

    refused = caller.upload("/api/attachments", {"file": SimpleUploadedFile("c", b"y")})
    file = SimpleUploadedFile("d", b"z")
    form = {"as": "correspond", "nonce": "n", "content": "Hello", "attachments": file}
    page = reader.post(f"/tickets/{ticket_key(number)}/write", form)
    shown = reader.post(f"/tickets/{ticket_key(number)}/preview", form)

    assert error(refused)[:2] == (409, "limit_reached")
    told = "2 of your files of today are in no message: send some of them first."
    assert (page.status_code, shown.status_code) == (409, 409)
    assert told in page.content.decode()
    assert told in shown.content.decode()
    assert Attachment.objects.count() == 2
    Attachment.objects.update(created_at=clock.now() - timedelta(days=2))
    assert reader.post(f"/tickets/{ticket_key(number)}/write", form).status_code == 302


def test_drafts_of_one_author_are_so_many(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    def kept(composer: str) -> str:
        form = {"as": "correspond", "nonce": composer, "content": "Hello"}
        answer = reader.post(f"/tickets/{ticket_key(number)}/draft", form)
        return str(answer.content.decode())

    assert ["Draft kept" in kept(composer) for composer in ("a", "b", "b")] == [True] * 3
    assert "You have 2 drafts" in kept("c")
    assert "Draft kept" in kept("a")
    assert UnsentMessage.objects.count() == 2
