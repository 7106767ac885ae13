"""The front under the real server: slow clients hold nobody up, and requests arrive as they were sent."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tessera.runtime.web import OPTIONS
from tests.lib.front_app import LARGE, LIMIT
from tests.ports import HOST, free_port

_PATIENCE_S = 60


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where Granian listens, with one process and one thread."""
    with _served("application") as number:
        yield number


@contextmanager
def _served(name: str, *options: str) -> Iterator[int]:
    number = free_port()
    command = [sys.executable, "-m", "granian", *OPTIONS, f"--host={HOST}", f"--port={number}"]
    with subprocess.Popen([*command, *options, f"tests.lib.front_app:{name}"]) as server:
        try:
            _wait(number)
            yield number
        finally:
            server.terminate()


def _wait(port: int) -> None:
    ends = time.monotonic() + _PATIENCE_S
    while True:
        try:
            ask(port, "GET", "/")
        except OSError:
            assert time.monotonic() < ends, "Granian did not start"
            time.sleep(0.05)
        else:
            return


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """The answer's status, headers and body."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_PATIENCE_S)
    try:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def dial(port: int, sent: bytes) -> socket.socket:
    """A connection on which so much was sent."""
    sock = socket.create_connection((HOST, port), timeout=_PATIENCE_S)
    sock.sendall(sent)
    return sock


def test_clients_that_send_slowly_or_nothing_hold_nobody_up(port: int) -> None:
    half = b"POST / HTTP/1.1\r\nHost: x\r\n"
    body = half + b"Content-Length: 1000\r\n\r\na"
    with ExitStack() as slow:
        for sent in (b"", half, body) * 200:
            slow.enter_context(dial(port, sent))
        begun = time.monotonic()

        assert ask(port, "GET", "/")[0] == 200

        assert time.monotonic() - begun < 4, "their time would be over in five seconds"


def test_a_client_that_reads_slowly_holds_nobody_up(port: int) -> None:
    with dial(port, b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n") as slow:
        assert slow.recv(4) == b"HTTP"

        assert ask(port, "GET", "/")[0] == 200


def test_a_large_file_comes_whole(port: int) -> None:
    status, _headers, body = ask(port, "GET", "/file")

    assert (status, len(body)) == (200, LARGE)


def test_a_body_that_does_not_come_is_given_up(port: int) -> None:
    with dial(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc") as slow:
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "half",
    [
        b"Content-Length: 9\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno chunk\r\n",
    ],
    ids=["with a length", "between chunks", "in a chunk", "no chunk"],
)
def test_half_a_body_reaches_nobody(port: int, half: bytes) -> None:
    with dial(port, b"POST / HTTP/1.1\r\nHost: x\r\n" + half) as sock:
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1000)[:12] in (b"", b"HTTP/1.1 400")


def test_a_request_arrives_as_it_was_sent(port: int) -> None:
    with dial(
        port,
        b"POST /a%2Fb/%C3%A4%20b?q=%C3%A4&b=1 HTTP/1.1\r\nHost: desk.example:81\r\nCookie: a=1\r\n"
        b"Cookie: b=2\r\nX-Two: 1\r\nX-Two: 2\r\nX_Forwarded_For: 1.2.3.4\r\n"
        b"Content-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
    ) as sock:
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        seen = json.loads(answer.read())

    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a/b/ä b".encode().decode("latin-1"),
        "QUERY_STRING": "q=%C3%A4&b=1",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "3",
        "SERVER_NAME": HOST,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": HOST,
        "SCRIPT_NAME": "",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "desk.example:81",
        "HTTP_COOKIE": "a=1; b=2",
        "HTTP_X_TWO": "1,2",
        "HTTP_CONNECTION": "close",
    }
    assert seen == expected


@pytest.mark.parametrize(("size", "read"), [(10, 10), (LIMIT, LIMIT), (2 * LIMIT, LIMIT + 1)])
def test_a_body_is_read_as_far_as_one_byte_over_the_limit(port: int, size: int, read: int) -> None:
    chunked = iter([b"x" * (size // 2), b"x" * (size - size // 2)])

    status, headers, facts = ask(port, "POST", "/", chunked)

    assert (status, headers["X-Seen"]) == (200, str(read))
    assert json.loads(facts)["CONTENT_LENGTH"] == str(read)


def test_a_body_of_crumbs_is_given_up(port: int) -> None:
    """Each costs as much as a whole block would, 85 µs: a file's size of them would be half an hour of work."""
    with dial(port, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n") as sock:
        sock.sendall(b"1\r\nx\r\n" * 11_000)
        assert sock.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_a_fault_ends_its_own_request_alone(port: int) -> None:
    assert [ask(port, "GET", path)[0] for path in ("/fault", "/")] == [500, 200]


def met(port: int) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = json.loads(ask(port, "GET", "/met")[2])
    return found


def test_what_takes_long_holds_nobody_up_takes_turns_and_ends_with_its_client(port: int) -> None:
    """The server has one thread for all the rest, which answers while long answers are made."""
    head = f" HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    with ExitStack() as stack:
        first = stack.enter_context(dial(port, b"GET /long?first" + head))
        _until(lambda: "first" in met(port))
        second = stack.enter_context(dial(port, b"GET /long?second" + head))
        third = stack.enter_context(dial(port, b"GET /long?third" + head))
        assert ask(port, "GET", "/")[0] == 200
        second.close()
        first.close()
        _until(lambda: "third" in met(port))
        ask(port, "GET", "/let-go")
        assert third.recv(1000).endswith(b"third")

    assert met(port)["first"] == [1, True]
    assert met(port)["third"] == [1, False]
    assert met(port).get("second") in (None, [1, True])


def test_who_says_nothing_is_not_waited_for_for_ever() -> None:
    with (
        _served("hasty", "--http1-header-read-timeout=500") as port,
        dial(port, b"") as silent,
        dial(port, b"GET / HT") as half,
    ):
        assert [silent.recv(1), half.recv(1)] == [b"", b""]


def test_whose_turn_does_not_come_is_told_to_come_back() -> None:
    head = f" HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    with _served("hasty") as port, dial(port, b"GET /long?first" + head) as first:
        _until(lambda: "first" in met(port))
        status, headers, body = ask(port, "GET", "/long?second")
        ask(port, "GET", "/let-go")

        assert first.recv(1000).endswith(b"first")
    assert (status, json.loads(body)["code"], headers["Retry-After"]) == (503, "busy", "30")


def _until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)
