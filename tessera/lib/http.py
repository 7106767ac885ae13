"""The only way out to the web: a client that reaches public addresses alone.

Configuration decides where Tessera calls, so a URL is untrusted (server-side request forgery): only
http and https, no redirect, no proxy of the environment; every address that a name resolves to is
checked, and the connection is made to the checked address itself, so that a second look-up cannot
answer differently (DNS rebinding). `TESSERA_WEBHOOK_ALLOW` names the hosts and networks that may be
reached although they are not public.
"""

import contextlib
import http.client
import ipaddress
import queue
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

from tessera.lib.addresses import allowed_name, as_address, permitted
from tessera.lib.tls import client_context
from tessera.lib.watchdog import Watchdog

CONNECT_S = 4.0
TOTAL_S = 15.0
ANSWER_LIMIT = 64 * 1024
# The client writes these itself: from outside they could break a message's frame or its host.
RESERVED_HEADERS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "expect",
        "upgrade",
        "te",
        "trailer",
    }
)

_PORTS = {"http": 80, "https": 443}
_LOCAL_NAME = re.compile(r"(.*\.)?(localhost|localhost\.localdomain|ip6-localhost|ip6-loopback)")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class UrlRefused(Exception):
    """A URL that Tessera does not call. The message is a sentence that says why."""


class HeaderRefused(Exception):
    """A header that cannot be sent. The message is a sentence that says why."""


class HttpFailed(Exception):
    """No answer came: refused, lost, too slow, or not HTTP. The message says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; `body` is at most the first 64 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str


def check_url(url: str) -> None:
    """Raise UrlRefused if `send` would refuse `url`, as far as can be told without the DNS."""
    _check_host(_parse(url).host)


def authority(url: str) -> str:
    """The host that `send` would call, in its one plain spelling, with the port where it is not the scheme's own.

    Raises UrlRefused.
    """
    target = _parse(url)
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == _PORTS[target.scheme] else f"{host}:{target.port}"


def check_header(name: str, value: str) -> None:
    """Raise HeaderRefused for a malformed name or value, and for what only the client may write."""
    if not _TOKEN.fullmatch(name):
        raise HeaderRefused(_("“%(name)s” is no name of a header.") % {"name": name})
    if name.lower() in RESERVED_HEADERS:
        raise HeaderRefused(
            _("The header “%(name)s” is written by Tessera itself.") % {"name": name}
        )
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
        raise HeaderRefused(
            _("The value of the header “%(name)s” holds a line break or control character.")
            % {"name": name}
        )


def send(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    timeout: float = TOTAL_S,
) -> Answer:
    """Make one request and give its answer, whatever its status; a redirect is one like any other.

    `timeout` is in seconds for everything from look-up to the answer's end; more than 15 counts as
    15. An answer whose status came but whose body breaks off or is too slow is given with what
    there is of the body. Raises UrlRefused, HeaderRefused, HttpFailed.
    """
    target = _parse(url)
    _check_host(target.host)
    for name, value in headers.items():
        check_header(name, value)
    seconds = min(timeout, TOTAL_S)
    with Watchdog(seconds) as dog:
        connection = _connection(target, dog)
        try:
            encoded = {name: value.encode() for name, value in headers.items()}
            encoded["Connection"] = b"close"
            connection.request(method, target.path, body=body or None, headers=encoded)
            return _answer(connection.getresponse())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HttpFailed(_reason(error, dog, seconds)) from error
        finally:
            connection.close()


def _answer(response: http.client.HTTPResponse) -> Answer:
    body = b""
    # The status is what counts: a body that breaks off undoes nothing at the receiver.
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        while len(body) < ANSWER_LIMIT and (part := response.read1(ANSWER_LIMIT - len(body))):
            body += part
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, body)


def _reason(error: Exception, dog: Watchdog, seconds: float) -> str:
    if dog.bitten:
        return f"no complete answer within {seconds:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the receiver closed the connection without an answer"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


@lru_cache(maxsize=1024)
def _parse(url: str) -> _Target:
    """What a rule's URL says is the same each time that the rule is asked."""
    if _UNSAFE.search(url):
        _refuse(_("The URL holds a space, a backslash or a control character."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        _refuse(_("The URL cannot be read."))
    if parts.scheme not in {"http", "https"}:
        _refuse(_("Only URLs that begin with http:// or https:// are called."))
    if "@" in parts.netloc:
        _refuse(_("A URL must not hold a name or password; send a header instead."))
    if port == 0:
        _refuse(_("The URL names no usable port."))
    if parts.netloc.startswith("[") and as_address(parts.hostname or "") is None:
        _refuse(_("The URL has no valid host."))  # RFC 3986 reserves brackets for addresses
    host = _host(parts.hostname or "")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]{}|^`\"<>")
    return _Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def _host(written: str) -> str:
    """The host in its one plain spelling: an address by `ipaddress`, a name in lower-case ASCII."""
    if (literal := as_address(written)) is not None:
        return str(literal)
    try:
        # IDNA folds look-alikes (full-width digits and dots) to what they would be resolved as.
        host = written.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = ""
    host = host.removesuffix(".")
    if (literal := as_address(host)) is not None:
        return str(literal)
    if not _NAME.fullmatch(host) or len(host) > 253:
        _refuse(_("The URL has no valid host."))
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        # 127.1, 2130706433, 0x7f.1, 0177.0.0.1: system libraries read them as addresses.
        _refuse(_("The URL writes its address in an unusual way; write four decimal numbers."))
    return host


def _check_host(host: str) -> None:
    if (literal := as_address(host)) is not None:
        if not permitted(host, literal):
            _refuse(_("The address %(address)s is not public.") % {"address": host})
    elif _LOCAL_NAME.fullmatch(host) and not allowed_name(host):
        _refuse(_("“%(host)s” is this machine itself, not a public address.") % {"host": host})


def _refuse(sentence: str) -> NoReturn:
    raise UrlRefused(sentence)


def _connection(target: _Target, dog: Watchdog) -> http.client.HTTPConnection:
    if target.scheme == "https":
        return _TlsConnection(target, dog)
    return _PlainConnection(target, dog)


class _PlainConnection(http.client.HTTPConnection):
    def __init__(self, target: _Target, dog: Watchdog) -> None:
        super().__init__(target.host, target.port)
        self._dog = dog

    def connect(self) -> None:
        self.sock = _dial(self.host, self.port, self._dog)


class _TlsConnection(http.client.HTTPSConnection):
    def __init__(self, target: _Target, dog: Watchdog) -> None:
        self._tls = client_context()
        super().__init__(target.host, target.port, context=self._tls)
        self._dog = dog

    def connect(self) -> None:
        sock = _dial(self.host, self.port, self._dog)
        # SNI and the certificate speak of the name that the caller wrote, not of the address.
        tls = self._tls.wrap_socket(sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = tls
        self._dog.watch(tls)
        tls.do_handshake()


def _dial(host: str, port: int, dog: Watchdog) -> socket.socket:
    """A connection to one of the checked addresses of `host`; they share 4 seconds."""
    addresses = _checked_addresses(host, port, dog)
    failure: OSError = OSError("the name has no address")
    for position, (family, sockaddr) in enumerate(addresses):
        share = min(CONNECT_S / (len(addresses) - position), dog.remaining())
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(share)
            sock.connect(sockaddr)
        except OSError as error:
            sock.close()
            timed_out = isinstance(error, TimeoutError)
            failure = TimeoutError(f"no connection within {CONNECT_S:g} s") if timed_out else error
            continue
        # The watchdog ends it first, and says so; this is for the case that it cannot.
        sock.settimeout(dog.remaining() + 1)
        dog.watch(sock)
        return sock
    raise failure


Sockaddr = tuple[str, int] | tuple[str, int, int, int]


def _checked_addresses(
    host: str, port: int, dog: Watchdog
) -> list[tuple[socket.AddressFamily, Sockaddr]]:
    """All addresses of `host`; a single one that may not be called refuses the host."""
    found = _resolve(host, port, min(CONNECT_S, dog.remaining()))
    for _family, sockaddr in found:
        if not permitted(host, ipaddress.ip_address(sockaddr[0].partition("%")[0])):
            _refuse(
                _("“%(host)s” resolves to %(address)s, which is not public.")
                % {"host": host, "address": sockaddr[0]}
            )
    return found


def _resolve(host: str, port: int, timeout: float) -> list[tuple[socket.AddressFamily, Sockaddr]]:
    """Ask the system's resolver in a thread that can be left behind: it knows no timeout."""
    answers: queue.SimpleQueue[list[tuple[socket.AddressFamily, Sockaddr]] | OSError] = (
        queue.SimpleQueue()
    )

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([(row[0], (str(row[4][0]), *row[4][1:])) for row in rows])
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    if as_address(host) is not None:
        ask()
    else:
        threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise OSError(f"the name cannot be resolved: {answer.strerror or answer}")
    return answer
