"""Every refusal has the status and the code of the contract."""

import gzip
from io import BytesIO
from typing import Any, NoReturn

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from psycopg.errors import AdminShutdown, DeadlockDetected, LockNotAvailable
from rest_framework.exceptions import Throttled

from tessera.lib.api.errors import exception_handler, server_error
from tessera.lib.chunked import Dechunked
from tests.api.caller import Caller, error
from tests.office import Office


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"name": NaN}', b"name=Q", b"null x"])
def test_a_body_that_is_not_json_is_malformed(api: Caller, body: bytes) -> None:
    assert error(api.raw("POST", "/api/queues", body))[:2] == (400, "malformed")


def test_a_body_that_is_packed_is_not_taken(api: Caller) -> None:
    body = gzip.compress(b"a" * 100_000)
    refused = api.raw("POST", "/api/queues", body, Content_Encoding="gzip")
    assert (refused.status_code, refused.json()) == (
        415,
        {
            "code": "unsupported_media_type",
            "detail": "Send the body as it is, without Content-Encoding.",
        },
    )
    plain = api.raw("POST", "/api/queues", b'{"name": "Q"}', Content_Encoding="identity")
    assert plain.status_code == 201


def test_a_form_of_too_many_files_says_so(api: Caller) -> None:
    files = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(101)]
    refused = api.upload("/api/attachments", {"file": files})
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "The body has too many fields or files.",
    )


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"null"])
def test_json_that_is_no_object_is_invalid(api: Caller, body: bytes) -> None:
    for url in ("/api/queues", "/api/scrips", "/api/tickets"):
        assert error(api.raw("POST", url, body)) == (
            400,
            "invalid",
            {"body": ["must be a JSON object"]},
        )


def test_a_body_over_two_megabytes_is_too_large(api: Caller) -> None:
    fits = api.raw("POST", "/api/queues", b'{"name": "Q"}'.ljust(2 * 1024 * 1024))
    over = api.raw("POST", "/api/queues", b'{"name": "Q2"}'.ljust(2 * 1024 * 1024 + 1))

    assert fits.status_code == 201
    assert error(over)[:2] == (413, "too_large")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_of_another_type_is_unsupported(api: Caller, content_type: str) -> None:
    response = api.raw("POST", "/api/queues", b'{"name": "Q"}', content_type)

    assert error(response)[:2] == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_json_with_a_charset_and_in_any_case(api: Caller, content_type: str) -> None:
    response = api.raw("POST", "/api/queues", b'{"name": "Q"}', content_type)

    assert response.status_code == 201


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_the_answer_is_json_whatever_is_accepted(api: Caller, accept: str) -> None:
    response = api.get("/api/me", Accept=accept)

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("PUT", "/api/queues", "GET, HEAD, POST"),
        ("DELETE", "/api/queues/1", "GET, HEAD, PATCH"),
        ("OPTIONS", "/api/tickets?x=1", "GET, HEAD, POST"),
        ("POST", "/api/health", "GET"),
        ("POST", "/api/schema", "GET"),
    ],
)
def test_an_unknown_method_is_not_allowed(api: Caller, method: str, url: str, allowed: str) -> None:
    response = api.raw(method, url, b"")

    assert error(response)[:2] == (405, "method_not_allowed")
    assert response["Allow"].replace(", OPTIONS", "").startswith(allowed)


@pytest.mark.parametrize(
    "url",
    ["/api", "/api/", "/api/nothing", "/api/queues/", "/api/queues/1/x", "/api/me/x", "/api//me"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_not_found_in_json(api: Caller, url: str, method: str) -> None:
    response = api.raw(method, url, b"")

    assert error(response)[:2] == (404, "not_found")
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("later", ["search/nothing", "bulk/1/nothing", "export.pdf"])
def test_what_the_api_does_not_have_yet_is_no_ticket(api: Caller, later: str) -> None:
    assert error(api.get(f"/api/tickets/{later}"))[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("q=x&q=y", ["q"]),
        ("nonsense=1&order=nothing", ["nonsense", "order"]),
        ("queue_id=x&owner_id=-1&page_size=0", ["queue_id", "owner_id", "page_size"]),
        ("status=a&status=b", ["status"]),
        ("queue=%00", ["queue"]),
        ("cursor=abc&count=all", ["cursor", "count"]),
        ("order=id,-id", ["order"]),
        ("order=", ["order"]),
        (f"queue_id={2**63}", ["queue_id"]),
        ("queue_id=٣", ["queue_id"]),
    ],
)
def test_wrong_query_parameters_are_named_all_at_once(
    api: Caller, query: str, fields: list[str]
) -> None:
    status, code, errors = error(api.get(f"/api/tickets?{query}"))

    assert (status, code) == (400, "invalid")
    assert sorted(errors) == sorted(fields)


def test_a_read_takes_no_query_parameters_but_its_own(api: Caller, ticket: int) -> None:
    assert list(error(api.get(f"/api/tickets/{ticket}?page_size=1"))[2]) == ["page_size"]
    assert list(error(api.post(f"/api/tickets/{ticket}/comment?x=1"))[2]) == ["x"]


def test_too_many_requests_say_when_to_come_back() -> None:
    response = exception_handler(Throttled(wait=41.2), {})

    assert response is not None
    assert (response.status_code, response.data["code"]) == (429, "throttled")
    assert response["Retry-After"] == "42"


@pytest.mark.parametrize("cause", [None, LockNotAvailable(), DeadlockDetected(), AdminShutdown()])
def test_a_database_that_is_away_or_locked_is_busy(cause: Exception | None) -> None:
    fault = OperationalError("…")
    fault.__cause__ = cause

    response = exception_handler(fault, {})

    assert response is not None
    assert (response.status_code, response.data["code"]) == (503, "busy")
    assert response["Retry-After"] == "1"


def test_a_fault_of_the_server_is_json_without_its_reason() -> None:
    response = server_error(RequestFactory().get("/api/tickets"))

    assert error(response)[:2] == (500, "server_error")


@pytest.mark.parametrize("path", ["/", "/login", "/tickets/TKT-0001", "/admin/", "/portal/"])
def test_a_page_without_its_database_says_that_it_is_back_in_a_moment(
    client: Client, office: Office, path: str
) -> None:
    client.force_login(office.ann)
    client.raise_request_exception = False

    with connection.execute_wrapper(_away):
        response = client.get(path)

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert "The database does not answer" in response.content.decode()


def test_a_host_that_is_not_served_is_refused_in_json(api: Caller) -> None:
    response = api.get("/api/me", Host="evil.example")

    assert response.status_code == 400
    assert response["Content-Type"] == "application/json"


def test_an_error_quotes_what_no_json_can_hold(api: Caller) -> None:
    response = api.raw("POST", "/api/queues", b'{"\\ud800": 1, "name": "Q"}')

    assert error(response)[:2] == (400, "invalid")


def _away(*_statement: object) -> NoReturn:
    raise OperationalError("the connection is closed")


def _application(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("200 OK", [])
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return [environ["wsgi.input"].read(length)]


@pytest.mark.parametrize(
    ("headers", "size", "seen"),
    [
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 7, 7),
        ({"HTTP_TRANSFER_ENCODING": "Chunked"}, 500, 101),
        ({}, 7, 7),
        ({"CONTENT_LENGTH": "7"}, 7, 7),
    ],
)
def test_a_body_without_a_length_is_read_as_far_as_one_byte_over_the_limit(
    headers: dict[str, str], size: int, seen: int
) -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "wsgi.input": BytesIO(b"x" * size),
        "wsgi.input_terminated": True,
        **headers,
    }

    answer = Dechunked(_application, limit=100)(environ, lambda *_args: None)

    assert len(b"".join(answer)) == seen
