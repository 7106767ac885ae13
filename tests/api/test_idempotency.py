"""`Idempotency-Key`: the same request again, another under its key, two at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tessera.accounts.models import ApiToken, User
from tessera.lib import clock
from tests.api.caller import Caller, error
from tests.people import administrator
from tickets.api import idempotency
from tickets.models import Attachment, IdempotencyKey, Queue

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_same_request_gets_the_first_answer_and_does_nothing_again(api: Caller) -> None:
    first = api.post("/api/queues", {"name": "Q", "description": "d"}, Idempotency_Key="k")
    Queue.objects.filter(pk=first.json()["id"]).update(description="changed since")

    again = api.post("/api/queues", {"description": "d", "name": "Q"}, Idempotency_Key="k")

    assert (again.status_code, again.content) == (201, first.content)
    assert again["Content-Type"] == "application/json"
    assert Queue.objects.filter(name="Q").count() == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/queues", {"name": "Q2"}), ("/api/groups", {"name": "Q"}), ("/api/queues", {})],
)
def test_another_request_under_a_used_key_is_a_conflict(
    api: Caller, path: str, body: dict[str, str]
) -> None:
    api.post("/api/queues", {"name": "Q"}, Idempotency_Key="k")

    response = api.post(path, body, Idempotency_Key="k")

    assert error(response)[:2] == (409, "idempotency_conflict")


def test_each_caller_has_keys_of_his_own(api: Caller, db: None) -> None:
    other = Caller(ApiToken.issue(administrator("bo", email="bo@example.com")))
    api.post("/api/queues", {"name": "Q"}, Idempotency_Key="k")

    response = other.post("/api/queues", {"name": "Q2"}, Idempotency_Key="k")

    assert response.status_code == 201


def test_a_request_that_was_refused_may_be_mended_under_its_key(api: Caller) -> None:
    refused = api.post("/api/queues", {"name": ""}, Idempotency_Key="k")
    mended = api.post("/api/queues", {"name": "Q"}, Idempotency_Key="k")

    assert (refused.status_code, mended.status_code) == (400, 201)


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_is_empty_or_too_long_is_invalid(api: Caller, key: str) -> None:
    response = api.post("/api/queues", {"name": "Q"}, Idempotency_Key=key)

    assert error(response) == (
        400,
        "invalid",
        {"Idempotency-Key": ["must have 1 to 255 characters, of ASCII alone"]},
    )
    assert not Queue.objects.filter(name="Q").exists()


def test_a_key_of_255_characters_is_taken(api: Caller) -> None:
    answers = [
        api.post("/api/queues", {"name": "Q"}, Idempotency_Key="k" * 255) for _time in range(2)
    ]

    assert answers[0].content == answers[1].content


def test_a_key_counts_for_24_hours(api: Caller) -> None:
    with clock.at(NOON):
        api.post("/api/queues", {"name": "Q"}, Idempotency_Key="k")
    with clock.at(NOON + timedelta(hours=24) - timedelta(seconds=1)):
        within = api.post("/api/queues", {"name": "Q2"}, Idempotency_Key="k")
    with clock.at(NOON + timedelta(hours=24)):
        after = api.post("/api/queues", {"name": "Q2"}, Idempotency_Key="k")

    assert (within.status_code, after.status_code) == (409, 201)


def test_purge_deletes_the_keys_that_count_no_longer(api: Caller) -> None:
    with clock.at(NOON - timedelta(hours=25)):
        api.post("/api/groups", {"name": "old"}, Idempotency_Key="old")
    with clock.at(NOON):
        api.post("/api/groups", {"name": "new"}, Idempotency_Key="new")
        deleted = idempotency.purge()

    assert deleted == 1
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]


def test_an_upload_is_the_same_by_its_content_and_not_by_its_forms_boundary(api: Caller) -> None:
    def send(content: bytes) -> tuple[int, bytes]:
        file = SimpleUploadedFile("a.txt", content, "text/plain")
        response = api.upload("/api/attachments", {"file": file}, Idempotency_Key="k")
        return response.status_code, response.content

    first, again, other = send(b"one"), send(b"one"), send(b"two")

    assert first == again
    assert (first[0], other[0]) == (201, 409)
    assert Attachment.objects.count() == 1


def test_the_key_of_a_new_token_is_not_kept_in_plain(api: Caller) -> None:
    first = api.post("/api/tokens", {"name": "t"}, Idempotency_Key="k")
    again = api.post("/api/tokens", {"name": "t"}, Idempotency_Key="k")

    kept = IdempotencyKey.objects.get()
    assert again.json() == first.json()
    assert first.json()["key"] not in str(kept.response)


@pytest.fixture
def other_connection(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another request's connection to the same database."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"] or settings["OPTIONS"].get("host"),
        user=settings["USER"],
        dbname=settings["NAME"],
    ) as other:
        yield other


def test_while_the_first_is_at_work_the_second_is_a_conflict_at_once(
    other_connection: psycopg.Connection, api: Caller, admin: User
) -> None:
    lock = idempotency.lock_of(admin, "k")
    other_connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock])

    meanwhile = api.post("/api/queues", {"name": "Q"}, Idempotency_Key="k")
    other_connection.rollback()
    afterwards = api.post("/api/queues", {"name": "Q"}, Idempotency_Key="k")

    assert error(meanwhile)[:2] == (409, "idempotency_conflict")
    assert afterwards.status_code == 201
