"""Uploads and downloads."""

import hashlib
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.caller import Caller, error
from tickets.models import Attachment


def _file(
    name: str = "a.txt", content: bytes = b"hello", kind: str = "text/plain"
) -> dict[str, object]:
    return {"file": SimpleUploadedFile(name, content, kind)}


def test_an_upload_answers_its_facts_and_comes_back_as_it_was(api: Caller) -> None:
    content = bytes(range(256)) * 2000

    made = api.upload("/api/attachments", _file("Übersicht 1.bin", content, "application/x-y"))
    read = api.get(f"/api/attachments/{made.json()['id']}")

    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "filename": "Übersicht 1.bin",
        "content_type": "application/x-y",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert b"".join(read.streaming_content) == content
    assert read["Content-Type"] == "application/x-y"
    assert read["X-Content-Type-Options"] == "nosniff"
    assert read["Content-Disposition"] == "attachment; filename*=utf-8''%C3%9Cbersicht%201.bin"


def test_the_same_content_is_stored_once(api: Caller) -> None:
    answers = [api.upload("/api/attachments", _file(name)).json() for name in ("a", "b")]
    first, second = Attachment.objects.order_by("pk")

    assert answers[0]["id"] != answers[1]["id"]
    assert first.path == second.path
    assert default_storage.listdir(first.path.rpartition("/")[0])[1] == [first.sha256]


def test_content_that_a_crash_cut_short_is_replaced_by_the_next_upload(api: Caller) -> None:
    made = api.upload("/api/attachments", _file(content=b"cut short")).json()
    path = Attachment.objects.get(pk=made["id"]).path
    with default_storage.open(path, "wb") as stored:
        stored.write(b"cut")

    again = api.upload("/api/attachments", _file(content=b"cut short")).json()

    for attachment in (made, again):
        read = api.get(f"/api/attachments/{attachment['id']}")
        assert b"".join(read.streaming_content) == b"cut short"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\a.txt", "a.txt"),
        ("a\x01b\x7f.txt", "ab.txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_a_file_name_is_made_harmless(api: Caller, sent: str, kept: str) -> None:
    upload: Any = SimpleUploadedFile("a", b"x")
    upload._name = sent  # what a browser of today would not send, another program may

    made = api.upload("/api/attachments", {"file": upload})

    assert made.json()["filename"] == kept


@pytest.mark.parametrize("kind", ["nonsense", "", "a/" + "b" * 200])
def test_a_type_that_is_none_becomes_plain_bytes(api: Caller, kind: str) -> None:
    made = api.upload("/api/attachments", _file(kind=kind))

    assert made.json()["content_type"] == "application/octet-stream"


def test_until_a_message_takes_it_only_its_creator_sees_it(
    api: Caller, stranger: Caller, ticket: int
) -> None:
    theirs = stranger.upload("/api/attachments", _file()).json()["id"]
    mine = api.upload("/api/attachments", _file()).json()["id"]

    assert stranger.get(f"/api/attachments/{theirs}").status_code == 200
    assert error(api.get(f"/api/attachments/{theirs}"))[:2] == (404, "not_found")
    taken = api.post(f"/api/tickets/{ticket}/comment", {"content": "x", "attachment_ids": [theirs]})
    assert error(taken)[:2] == (400, "invalid")
    api.post(f"/api/tickets/{ticket}/comment", {"content": "x", "attachment_ids": [mine]})
    assert api.get(f"/api/attachments/{mine}").status_code == 200
    assert error(stranger.get(f"/api/attachments/{mine}"))[:2] == (404, "not_found")


def test_a_file_is_taken_by_one_message_only(api: Caller, ticket: int) -> None:
    file_id = api.upload("/api/attachments", _file()).json()["id"]
    body = {"content": "x", "attachment_ids": [file_id]}

    first = api.post(f"/api/tickets/{ticket}/comment", body)
    second = api.post(f"/api/tickets/{ticket}/comment", body)

    assert (first.status_code, second.status_code) == (200, 400)


def test_an_upload_over_the_limit_is_too_large(api: Caller, settings: LazySettings) -> None:
    settings.TESSERA_MAX_UPLOAD = 1000

    fits = api.upload("/api/attachments", _file(content=b"x" * 1000))
    over = api.upload("/api/attachments", _file(content=b"x" * 1001))
    far_over = api.upload("/api/attachments", _file(content=b"x" * 200_000))

    assert fits.status_code == 201
    assert error(over)[:2] == (413, "too_large")
    assert error(far_over)[:2] == (413, "too_large")


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, ["file"]),
        ({"file": "text"}, ["file"]),
        ({"other": SimpleUploadedFile("a", b"x")}, ["other"]),
        ({"name": "x", **_file()}, ["name"]),
    ],
)
def test_a_form_without_exactly_one_file_is_invalid(
    api: Caller, form: dict[str, object], fields: list[str]
) -> None:
    status, code, errors = error(api.upload("/api/attachments", form))

    assert (status, code, list(errors)) == (400, "invalid", fields)


def test_json_is_no_upload_and_a_torn_form_is_malformed(api: Caller) -> None:
    json_ = api.post("/api/attachments", {"file": "x"})
    torn = api.raw("POST", "/api/attachments", b"--x\r\n", "multipart/form-data; boundary=\x00")
    no_boundary = api.raw("POST", "/api/attachments", b"--x\r\n", "multipart/form-data")

    assert error(json_)[:2] == (415, "unsupported_media_type")
    assert error(torn)[:2] == (400, "malformed")
    assert error(no_boundary)[:2] == (400, "malformed")


def test_content_that_the_storage_lost_is_not_found(api: Caller) -> None:
    made = api.upload("/api/attachments", _file()).json()
    default_storage.delete(Attachment.objects.get(pk=made["id"]).path)

    assert error(api.get(f"/api/attachments/{made['id']}"))[:2] == (404, "not_found")
