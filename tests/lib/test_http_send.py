"""What happens on the wire, with a real receiver."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tessera.lib import http, tls
from tests.journeys.servers import Receiver, Reply, Silent
from tests.lib import certificates
from tests.ports import HOST, free_port


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    server = Receiver()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def _own_authority(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tls.client_context.cache_clear()
    yield
    tls.client_context.cache_clear()


def post(url: str, **more: float) -> http.Answer:
    return http.send(
        method="POST", url=url, headers={"X-One": "ünï", "content-type": "a/b"}, body=b"{}", **more
    )


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The resolver of the system answers in turn; the names that it was asked for."""
    asked: list[str] = []
    left = list(answers)
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **options: int) -> object:
        if host == HOST:
            return real(host, port, **options)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_request_arrives_as_it_was_given(receiver: Receiver) -> None:
    receiver.replies.append(Reply(201, {"X-Answer": "yes"}, b"thanks"))
    answer = post(receiver.url + "/ü?a=b c".replace(" ", "%20"))
    assert (answer.status, answer.body, answer.headers["x-answer"]) == (201, b"thanks", "yes")
    (request,) = receiver.requests
    assert (request.method, request.path) == ("POST", "/hook/%C3%BC?a=b%20c")
    assert request.body == b"{}"
    assert request.headers == {
        "host": f"{HOST}:{receiver.port}",
        "accept-encoding": "identity",
        "content-length": "2",
        "content-type": "a/b",
        "x-one": "ünï".encode().decode("latin-1"),
        "connection": "close",
    }


def test_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.replies.append(Reply(302, {"Location": receiver.url + "/elsewhere"}))
    assert post(receiver.url).status == 302
    assert [request.path for request in receiver.requests] == ["/hook"]


def test_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{HOST}:{free_port()}")
    assert post(receiver.url).status == 200


def test_answer_is_read_to_64_kib(receiver: Receiver) -> None:
    receiver.replies.append(Reply(200, {}, b"x" * 1_000_000))
    assert post(receiver.url).body == b"x" * 65536


def test_answer_that_is_packed_stays_packed(receiver: Receiver) -> None:
    """A hundred megabytes of nothing cost as much as their package."""
    packed = gzip.compress(b"\0" * 2**20) * 100
    receiver.replies.append(Reply(200, {"Content-Encoding": "gzip"}, packed))
    assert post(receiver.url).body == packed[: 64 * 1024]


def test_answer_with_thousands_of_headers_is_a_failure(receiver: Receiver) -> None:
    receiver.replies.append(Reply(200, {f"X-{number}": "x" for number in range(5_000)}))
    with pytest.raises(http.HttpFailed, match="more than 100 headers"):
        post(receiver.url)


def test_answer_that_trickles_ends_in_time_and_its_status_counts(receiver: Receiver) -> None:
    receiver.replies.append(Reply(200, {}, b"drop by drop" * 100, trickle=0.05))
    begun = time.monotonic()
    answer = post(receiver.url, timeout=2)
    assert time.monotonic() - begun < 10
    assert answer.status == 200
    assert b"drop by drop" * 100 != answer.body == (b"drop by drop" * 100)[: len(answer.body)]


def test_header_that_trickles_ends_in_time(settings: Settings) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    silent = Silent(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, pause=0.05)
    begun = time.monotonic()
    with pytest.raises(http.HttpFailed, match=r"no complete answer within 0.5 s"):
        post(f"http://{HOST}:{silent.port}/", timeout=0.5)
    assert time.monotonic() - begun < 10
    silent.close()


@pytest.mark.usefixtures("_own_authority")
def test_tls_handshake_that_trickles_ends_in_time(settings: Settings) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    silent = Silent(b"\x16\x03\x03\x40\x00" + b"\x00" * 1000, pause=0.05)
    begun = time.monotonic()
    with pytest.raises(http.HttpFailed, match=r"no complete answer within 0.5 s"):
        post(f"https://{HOST}:{silent.port}/", timeout=0.5)
    assert time.monotonic() - begun < 10
    silent.close()


@pytest.mark.parametrize(
    "said", [b"garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nX" + b"x" * 70_000]
)
def test_what_is_not_http_is_a_failure_with_a_reason(settings: Settings, said: bytes) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    silent = Silent(said, pause=0)
    with pytest.raises(http.HttpFailed, match=r"\w"):
        post(f"http://{HOST}:{silent.port}/", timeout=2)
    silent.close()


def test_nobody_listening_is_a_failure(settings: Settings) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    with pytest.raises(http.HttpFailed, match="Connection refused"):
        post(f"http://{HOST}:{free_port()}/")


def test_private_address_is_refused_and_not_connected(receiver: Receiver) -> None:
    with pytest.raises(http.UrlRefused, match=r"127\.0\.0\.2 is not public"):
        post(f"http://127.0.0.2:{receiver.port}/")
    assert receiver.requests == []


def test_name_that_resolves_to_a_private_address_is_refused(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = []
    resolving(monkeypatch, ["127.0.0.1"])
    with pytest.raises(http.UrlRefused, match=r"hook\.example” resolves to 127\.0\.0\.1"):
        post(f"http://hook.example:{receiver.port}/")
    assert receiver.requests == []


def test_one_private_address_among_public_ones_refuses_the_name(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = []
    resolving(monkeypatch, ["93.184.216.34", "169.254.169.254"])
    with pytest.raises(http.UrlRefused, match=r"169\.254\.169\.254"):
        post("http://hook.example/")


def test_the_connection_is_made_to_the_address_that_was_checked(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = ["127.0.0.1"]
    asked = resolving(monkeypatch, ["127.0.0.1"], ["192.168.7.7"])
    assert post(f"http://hook.example:{receiver.port}/").status == 200
    assert asked == ["hook.example"]  # a second look-up could have answered differently
    assert receiver.requests[0].headers["host"] == f"hook.example:{receiver.port}"


def test_slow_resolver_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def getaddrinfo(host: str, port: int, **options: int) -> object:
        answered.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    begun = time.monotonic()
    with pytest.raises(http.HttpFailed, match=r"not resolved in time|within 0\.3 s"):
        post("http://hook.example/", timeout=0.3)
    assert time.monotonic() - begun < 10
    answered.set()


@pytest.mark.usefixtures("_own_authority")
def test_tls_speaks_of_the_name_and_checks_the_certificate(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = ["127.0.0.1"]
    trusted, context = certificates.make(tmp_path, names=["hook.example"])
    named: list[str | None] = []
    context.sni_callback = lambda _sock, name, _context: named.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.1"])
    server = Receiver(host="hook.example", tls=context)
    server.start()
    assert post(server.url).status == 200
    assert named == ["hook.example"]
    assert server.requests[0].headers["host"] == f"hook.example:{server.port}"
    with pytest.raises(http.HttpFailed, match="the certificate is not valid: Hostname mismatch"):
        post(server.url.replace("hook.example", "other.example"))
    server.stop()


@pytest.mark.usefixtures("_own_authority")
def test_certificate_of_an_unknown_authority_is_a_failure(
    settings: Settings, tmp_path: Path
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = ["127.0.0.1"]
    _trusted, context = certificates.make(tmp_path, names=["127.0.0.1"])
    server = Receiver(tls=context)
    server.start()
    with pytest.raises(http.HttpFailed, match="the certificate is not valid"):
        post(server.url)
    server.stop()
