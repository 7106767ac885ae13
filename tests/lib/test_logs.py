import json
import logging

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tessera.lib.logs import (
    ConsoleFormatter,
    IdsFilter,
    JsonFormatter,
    about_delivery,
    adopt,
    carried,
    carrying,
    current_request_id,
    log_ids,
    note_user,
    of_deliveries,
    to_tell,
)
from tessera.lib.requestid import RequestIdMiddleware


def record(message: str) -> logging.LogRecord:
    """A record as the handler's filter leaves it."""
    made = logging.LogRecord("scrips.outbox", logging.WARNING, __file__, 1, message, None, None)
    made.created = 1.0
    assert IdsFilter().filter(made)
    return made


def test_console_line_ends_in_the_ids_that_are_set() -> None:
    with log_ids(request_id="r1"), log_ids(batch_id=7):
        inside = record("sent")
    assert ConsoleFormatter().format(inside) == (
        "00:00:01 WARNING scrips.outbox: sent [request_id=r1 batch_id=7]"
    )
    assert ConsoleFormatter().format(record("sent")) == "00:00:01 WARNING scrips.outbox: sent"


def test_json_line_is_one_object_whatever_the_message_holds() -> None:
    with log_ids(delivery_id=3):
        line = JsonFormatter().format(record('a "quote"\nand a line'))
    assert "\n" not in line
    assert json.loads(line) == {
        "at": "1970-01-01T00:00:01.000+00:00",
        "level": "WARNING",
        "logger": "scrips.outbox",
        "message": 'a "quote"\nand a line',
        "delivery_id": "3",
    }


def answer_with_seen_id(request: HttpRequest) -> HttpResponse:
    return HttpResponse(current_request_id())


def test_request_keeps_the_id_that_a_proxy_gave_it() -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": "proxy-1:a/b"})
    response = RequestIdMiddleware(answer_with_seen_id)(request)
    assert (response["X-Request-ID"], response.content) == ("proxy-1:a/b", b"proxy-1:a/b")
    assert current_request_id() == ""


def test_request_id_that_could_forge_a_log_line_is_replaced() -> None:
    for forged in ("a\nERROR b", "x" * 129, "<script>", ""):
        request = RequestFactory().get("/", headers={"X-Request-ID": forged})
        response = RequestIdMiddleware(answer_with_seen_id)(request)
        assert len(response["X-Request-ID"]) == 16
        assert response.content.decode() == response["X-Request-ID"]


def test_ids_travel_and_what_another_process_says_can_forge_no_line() -> None:
    with log_ids(request_id="", user_id="", batch_id="", delivery_id=""):
        with log_ids(request_id="r1", batch_id=7):
            told = carried()
        assert told == {"request_id": "r1", "batch_id": "7"}

        adopt({**told, "user_id": "1\nERROR", "delivery_id": 5, "unknown": "x"})
        assert carried() == told
        adopt({"request_id": "x" * 500})
        assert carried() == {"request_id": "x" * 128}
        adopt({})
        assert carried() == {}


def test_each_delivery_of_a_message_has_the_ids_of_its_own_request() -> None:
    with log_ids(request_id="", user_id="", batch_id="", delivery_id=""):
        with carrying({5: {"request_id": "r1", "batch_id": "7"}, 6: {"request_id": "r2"}}):
            told = json.loads(json.dumps(to_tell()))
        try:
            adopt({"deliveries": {**told["deliveries"], "x": {}, "8": "x", "9": {"user_id": "\n"}}})
            assert set(of_deliveries()) == {5, 6, 9}
            with about_delivery(5):
                assert carried() == {"request_id": "r1", "batch_id": "7", "delivery_id": "5"}
                with about_delivery(6):
                    assert carried() == {"request_id": "r2", "delivery_id": "6"}
            for other in (9, 10):  # which says nothing that counts, and which nobody told of
                with log_ids(request_id="r3"), about_delivery(other):
                    assert carried() == {"delivery_id": str(other)}
        finally:
            adopt({})
        assert not of_deliveries()


def test_user_of_a_request_is_forgotten_with_it() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        note_user(5)
        return HttpResponse(str(carried()["user_id"]))

    response = RequestIdMiddleware(answer)(RequestFactory().get("/"))
    assert (response.content, carried()) == (b"5", {})
