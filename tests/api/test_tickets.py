"""Tickets over HTTP: what only this layer decides."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import cost
from tests.api.caller import Caller, error
from tickets.models import Attachment, Queue, Ticket, Transaction


def test_a_create_answers_201_with_the_outcome_and_the_etag(api: Caller, support: Queue) -> None:
    response = api.post(
        "/api/tickets",
        {"subject": "Fire", "queue": "Support", "custom_fields": {"severity": "high"}},
    )

    body = response.json()
    assert response.status_code == 201
    assert set(body) == {"ticket", "transactions", "scrips_fired"}
    assert body["ticket"]["custom_fields"] == {"severity": "high", "tags": None}
    assert [entry["type"] for entry in body["transactions"]] == ["Create"]
    assert response["ETag"] == f'"{body["ticket"]["version"]}"'


@pytest.mark.parametrize("shape", ["{}", "TKT-{:04d}", "tkt-{}", "TKT-{:09d}"])
def test_a_ticket_is_read_by_its_id_and_by_its_key(api: Caller, ticket: int, shape: str) -> None:
    response = api.get(f"/api/tickets/{shape.format(ticket)}")

    assert response.json()["id"] == ticket
    assert response["ETag"] == '"1"'


@pytest.mark.parametrize(
    "name", ["0", "-1", "999999999", "9" * 30, "TKT-", "abc", "1.0", "%00", "+1"]
)
def test_what_names_no_ticket_is_not_found(api: Caller, ticket: int, name: str) -> None:
    for answer in (
        api.get(f"/api/tickets/{name}"),
        api.patch(f"/api/tickets/{name}", {}),
        api.post(f"/api/tickets/{name}/comment", {"content": "x"}),
        api.post(f"/api/tickets/{name}/preview", {}),
        api.get(f"/api/tickets/{name}/transactions"),
        api.get(f"/api/tickets/{name}/transitions"),
    ):
        assert error(answer)[:2] == (404, "not_found")


def test_a_read_names_the_transitions_that_can_be_taken(api: Caller, ticket: int) -> None:
    read = api.get(f"/api/tickets/{ticket}").json()["enabled_transitions"]
    listed = api.get(f"/api/tickets/{ticket}/transitions").json()["results"]

    assert read == listed
    assert {"name": "resolve", "label": "Resolve", "from": "new", "to": "resolved"} in read


def test_a_transition_is_taken_by_its_name(api: Caller, ticket: int) -> None:
    response = api.post(f"/api/tickets/{ticket}/transitions/resolve", {"priority": 7})

    assert response.status_code == 200
    assert (response.json()["ticket"]["status"], response.json()["ticket"]["priority"]) == (
        "resolved",
        7,
    )


def test_an_unknown_transition_is_not_found_and_one_from_elsewhere_not_allowed(
    api: Caller, ticket: int
) -> None:
    unknown = api.post(f"/api/tickets/{ticket}/transitions/explode")
    api.patch(f"/api/tickets/{ticket}", {"status": "open"})
    elsewhere = api.post(f"/api/tickets/{ticket}/transitions/open")
    with_status = api.post(f"/api/tickets/{ticket}/transitions/resolve", {"status": "new"})

    assert error(unknown)[:2] == (404, "not_found")
    assert error(elsewhere)[:2] == (409, "transition_not_allowed")
    assert elsewhere.json()["from"] == "open"
    assert error(with_status) == (
        400,
        "invalid",
        {"status": ["is what the transition sets: leave it out"]},
    )


@pytest.mark.parametrize("etag", ['"1"', "1"])
def test_if_match_lets_the_current_version_pass(api: Caller, ticket: int, etag: str) -> None:
    response = api.patch(f"/api/tickets/{ticket}", {"subject": "Other"}, If_Match=etag)

    assert (response.status_code, response["ETag"]) == (200, '"2"')


@pytest.mark.parametrize(
    ("body", "headers"),
    [({"version": 1}, {}), ({}, {"If_Match": '"1"'}), ({"version": 1}, {"If_Match": '"1"'})],
)
def test_an_older_version_is_a_conflict_that_names_both(
    api: Caller, ticket: int, body: dict[str, Any], headers: dict[str, str]
) -> None:
    api.patch(f"/api/tickets/{ticket}", {"subject": "Second"})

    response = api.patch(f"/api/tickets/{ticket}", {"subject": "Third", **body}, **headers)

    assert error(response)[:2] == (412, "version_conflict")
    assert (response.json()["expected"], response.json()["actual"]) == (1, 2)
    assert Ticket.objects.get(pk=ticket).subject == "Second"


@pytest.mark.parametrize(
    ("body", "header", "field"),
    [
        ({"version": "1"}, None, "version"),
        ({"version": 0}, None, "version"),
        ({"version": True}, None, "version"),
        ({"version": 2**70}, None, "version"),
        ({"version": 2}, '"1"', "version"),
        ({}, "one", "If-Match"),
        ({}, 'w/"1"', "If-Match"),
        ({}, 'W/"0"', "If-Match"),
        ({}, '"1", "2"', "If-Match"),
    ],
)
def test_a_version_that_is_none_is_invalid(
    api: Caller, ticket: int, body: dict[str, Any], header: str | None, field: str
) -> None:
    headers = {} if header is None else {"If_Match": header}

    response = api.patch(f"/api/tickets/{ticket}", {"subject": "x", **body}, **headers)

    assert error(response)[:2] == (400, "invalid")
    assert list(error(response)[2]) == [field]


@pytest.mark.parametrize("header", ['"1"', 'W/"1"', "1", " 1 ", "*"])
def test_if_match_takes_the_etag_a_weak_one_and_any(api: Caller, ticket: int, header: str) -> None:
    assert (
        api.patch(f"/api/tickets/{ticket}", {"subject": "x"}, If_Match=header).json()["ticket"][
            "version"
        ]
        == 2
    )


def test_at_shows_the_ticket_as_it_was(api: Caller, ticket: int) -> None:
    second = api.patch(f"/api/tickets/{ticket}", {"subject": "Second"}).json()["transactions"][0]
    api.patch(f"/api/tickets/{ticket}", {"subject": "Third"})

    by_seq = api.get(f"/api/tickets/{ticket}?at=1").json()
    by_time = api.get(f"/api/tickets/{ticket}?at={second['created_at']}").json()
    before = api.get(f"/api/tickets/{ticket}?at=2001-01-01")

    assert (by_seq["subject"], by_seq["version"]) == ("Printer on fire", 1)
    assert (by_time["subject"], by_time["version"]) == ("Second", 2)
    assert error(before)[:2] == (404, "not_found")


@pytest.mark.parametrize("at", ["", "0", "-1", "yesterday", "2026-13-01", "9" * 30, "²", "%00"])
def test_an_unreadable_at_is_invalid(api: Caller, ticket: int, at: str) -> None:
    assert list(error(api.get(f"/api/tickets/{ticket}?at={at}"))[2]) == ["at"]


def test_a_preview_answers_200_and_keeps_nothing(api: Caller, ticket: int) -> None:
    allowed = api.post(f"/api/tickets/{ticket}/preview", {"status": "resolved"}).json()
    refused = api.post(f"/api/tickets/{ticket}/preview", {"status": "gone", "x": 1})
    created = api.post("/api/tickets/preview", {"subject": "New", "queue": "Support"}).json()

    assert (allowed["dry_run"], allowed["allowed"], allowed["errors"]) == (True, True, None)
    assert allowed["ticket"]["status"] == "resolved"
    assert refused.status_code == 200
    assert refused.json()["allowed"] is False
    assert refused.json()["errors"]["code"] == "invalid"
    assert (created["ticket"]["id"], created["ticket"]["key"]) == (None, None)
    assert list(Ticket.objects.values_list("status", flat=True)) == ["new"]


@pytest.mark.parametrize(("path", "recorded"), [("comment", "Comment"), ("reply", "Correspond")])
def test_comment_and_reply_take_json(api: Caller, ticket: int, path: str, recorded: str) -> None:
    body = {"content": "<b>Hi</b>", "content_type": "text/html"}

    response = api.post(f"/api/tickets/{ticket}/{path}", body)

    (entry,) = response.json()["transactions"]
    assert response.status_code == 200
    assert entry["type"] == recorded
    assert entry["data"] == {**body, "attachments": []}


def test_a_reply_takes_a_form_with_files_and_uploads_made_before(api: Caller, ticket: int) -> None:
    file = SimpleUploadedFile("früher.txt", b"before", "text/plain")
    before = api.upload("/api/attachments", {"file": file}).json()

    response = api.upload(
        f"/api/tickets/{ticket}/reply",
        {
            "content": "See both.",
            "attachment_ids": before["id"],
            "attachments": SimpleUploadedFile("now.bin", b"\x00\x01", "application/x-thing"),
        },
    )

    (entry,) = response.json()["transactions"]
    names = [(file["filename"], file["size"]) for file in entry["data"]["attachments"]]
    assert names == [("früher.txt", 6), ("now.bin", 2)]


def test_a_link_names_its_ticket_by_id_or_by_key(api: Caller, ticket: int) -> None:
    other = api.post("/api/tickets", {"subject": "b", "queue": "support"}).json()["ticket"]

    by_key = api.patch(f"/api/tickets/{ticket}", {"links": {"depends_on": [other["key"]]}})
    again = [other["id"], other["key"].lower()]
    by_both = api.patch(f"/api/tickets/{ticket}", {"links": {"depends_on": again}})

    assert by_key.json()["ticket"]["links"]["depends_on"] == [other["id"]]
    assert by_both.json()["transactions"] == []


@pytest.mark.parametrize(
    "path", ["/api/transactions", "/api/deliveries", "/api/me/rights", "/api/lifecycles/1/diagram"]
)
@pytest.mark.parametrize("raw", ["0", "-1", "x", "TKT-", "TKT-0", "TKT-1x", "9" * 30, "TKT-²", ""])
def test_what_names_no_ticket_is_refused_in_a_query(api: Caller, path: str, raw: str) -> None:
    assert error(api.get(f"{path}?ticket_id={raw}")) == (
        400,
        "invalid",
        {"ticket_id": ["must be a ticket's id, or its key such as TKT-0012"]},
    )


def test_who_only_asked_for_help_does_not_silence_mails(
    api: Caller, stranger: Caller, ticket: int
) -> None:
    path = f"/api/tickets/{ticket}"
    assert api.patch(path, {"requestors": ["sam@example.com", "b@example.com"]}).status_code == 200
    said = {"type": "correspond", "content": "It still burns"}
    silent = {"message": {**said, "skip_recipients": ["b@example.com"]}}

    refused = stranger.patch(path, silent)
    preview = stranger.post(f"{path}/preview", silent).json()

    assert error(refused)[:2] == (403, "forbidden")
    assert refused.json()["right"] == "ModifyTicket"
    assert (preview["allowed"], preview["errors"]["code"]) == (False, "forbidden")
    assert stranger.patch(path, {"message": {**said, "skip_recipients": []}}).status_code == 200
    assert api.patch(path, silent).status_code == 200


def test_a_refused_reply_leaves_no_file_behind(api: Caller, ticket: int) -> None:
    form = {"content": " ", "attachments": SimpleUploadedFile("a.txt", b"x")}

    response = api.upload(f"/api/tickets/{ticket}/reply", form | {"content_type": "text/rtf"})

    assert error(response)[:2] == (400, "invalid")
    assert list(error(response)[2]) == ["content_type"]
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": 1}, "content"),
        ({"content": ""}, "content"),
        ({"content": "x\x00"}, "content"),
        ({"content": "x", "content_type": "image/png"}, "content_type"),
        ({"content": "x", "attachment_ids": [2**70]}, "attachment_ids"),
        ({"content": "x", "attachment_ids": [12345]}, "attachment_ids"),
        ({"content": "x", "type": "comment"}, "type"),
        ({"content": "x", "subject": "y"}, "subject"),
    ],
)
def test_a_wrong_field_of_a_comment_is_named(
    api: Caller, ticket: int, body: dict[str, Any], field: str
) -> None:
    response = api.post(f"/api/tickets/{ticket}/comment", body)

    assert error(response)[:2] == (400, "invalid")
    assert list(error(response)[2]) == [field]


def test_the_log_is_listed_oldest_first_or_newest_first_and_by_type(
    api: Caller, ticket: int
) -> None:
    api.patch(f"/api/tickets/{ticket}", {"subject": "Second", "priority": 5})
    api.post(f"/api/tickets/{ticket}/comment", {"content": "Hm."})

    def seen(query: str) -> list[tuple[int, str]]:
        body = api.get(f"/api/tickets/{ticket}/transactions{query}").json()
        return [(entry["seq"], entry["type"]) for entry in body["results"]]

    assert seen("") == [(1, "Create"), (2, "Set"), (3, "Set"), (4, "Comment")]
    assert seen("?order=-seq&page_size=2") == [(4, "Comment"), (3, "Set")]
    assert seen("?type=Comment") == [(4, "Comment")]


def test_the_log_across_tickets_is_newest_first_and_filtered(
    api: Caller, ticket: int, admin: Any
) -> None:
    other = api.post("/api/tickets", {"subject": "Two", "queue": "Support"}).json()["ticket"]["id"]
    api.patch(f"/api/tickets/{ticket}", {"priority": 9})

    def seen(query: str) -> list[tuple[int, str]]:
        body = api.get(f"/api/transactions{query}").json()
        return [(entry["ticket_id"], entry["type"]) for entry in body["results"]]

    newest = Transaction.objects.order_by("-pk").first()
    assert newest is not None
    assert seen("") == [(ticket, "Set"), (other, "Create"), (ticket, "Create")]
    assert seen(f"?ticket_id={ticket}&type=Create") == [(ticket, "Create")]
    assert seen(f"?ticket_id=tkt-{ticket:04}&type=Create") == [(ticket, "Create")]
    assert seen(f"?creator_id={admin.pk + 1}") == []
    assert seen("?since=2999-01-01T00:00:00+02:00") == []
    assert api.get(f"/api/transactions/{newest.pk}").json()["field"] == "priority"


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", ["c", "b", "a"]),
        ("?order=subject", ["a", "b", "c"]),
        ("?order=-priority,subject", ["a", "b", "c"]),
        ("?order=owner_id,id", ["b", "a", "c"]),
        ("?order=-owner_id,id", ["a", "c", "b"]),
        ("?status=OPEN", ["c"]),
        ("?owner_id=null", ["c", "a"]),
        ("?queue=SUPPORT&status=new", ["b", "a"]),
        ("?queue=nowhere", []),
        ("?queue_id=999999", []),
    ],
)
def test_the_list_is_ordered_and_filtered(
    api: Caller, support: Queue, admin: Any, query: str, subjects: list[str]
) -> None:
    for subject, more in (
        ("a", {"priority": 9}),
        ("b", {"owner_id": admin.pk}),
        ("c", {"status": "open"}),
    ):
        made = api.post("/api/tickets", {"subject": subject, "queue_id": support.pk, **more})
        assert made.status_code == 201, made.content

    listed = api.get(f"/api/tickets{query}").json()

    assert [found["subject"] for found in listed["results"]] == subjects
    assert listed["count"] == len(subjects)


@pytest.mark.parametrize(
    "path", ["/api/tickets", "/api/transactions", "/api/tickets/{}/transactions"]
)
def test_a_list_takes_as_many_statements_for_three_rows_as_for_one(
    api: Caller, ticket: int, path: str
) -> None:
    api.post(f"/api/tickets/{ticket}/comment", {"content": "One."})
    counts = []
    for _round in range(2):
        with cost.asked() as captured:
            api.get(path.format(ticket))
        counts.append(len(captured))
        for subject in ("two", "three"):
            other = api.post(
                "/api/tickets", {"subject": subject, "queue": "Support", "cc": ["x@example.com"]}
            )
            api.post(f"/api/tickets/{other.json()['ticket']['id']}/comment", {"content": "."})
            api.post(f"/api/tickets/{ticket}/comment", {"content": "."})

    assert counts[0] == counts[1]


def test_a_read_takes_at_most_five_statements(
    api: Caller, ticket: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    api.get(f"/api/tickets/{ticket}")

    with django_assert_max_num_queries(5):
        api.get(f"/api/tickets/{ticket}")


def test_a_stranger_sees_no_tickets(stranger: Caller, api: Caller, ticket: int) -> None:
    fact = Transaction.objects.get(ticket=ticket)

    assert stranger.get("/api/tickets").json()["results"] == []
    assert stranger.get("/api/transactions").json()["results"] == []
    for answer in (
        stranger.get(f"/api/tickets/{ticket}"),
        stranger.get(f"/api/tickets/{ticket}?at=1"),
        stranger.patch(f"/api/tickets/{ticket}", {"subject": "x"}),
        stranger.post(f"/api/tickets/{ticket}/preview", {"subject": "x"}),
        stranger.post(f"/api/tickets/{ticket}/comment", {"content": "x"}),
        stranger.post(f"/api/tickets/{ticket}/reply", {"content": "x"}),
        stranger.post(f"/api/tickets/{ticket}/transitions/resolve"),
        stranger.get(f"/api/tickets/{ticket}/transitions"),
        stranger.get(f"/api/tickets/{ticket}/transactions"),
        stranger.get(f"/api/transactions/{fact.pk}"),
    ):
        assert error(answer)[:2] == (404, "not_found")
    created = stranger.post("/api/tickets", {"subject": "x", "queue": "Support"})
    assert error(created)[:2] == (403, "forbidden")


def test_a_form_that_gives_a_text_twice_is_refused(api: Caller, ticket: int) -> None:
    response = api.upload(f"/api/tickets/{ticket}/comment", {"content": ["one", "two"]})

    assert error(response) == (400, "invalid", {"content": ["is given more than once"]})
