"""Real counterparts on the loopback: a mail server and a web receiver that do as they are told."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.ports import HOST, free_port


@dataclass(frozen=True)
class Received:
    """A mail as the server took it: who it was for, and its content."""

    sender: str
    recipients: list[str]
    mail: EmailMessage


class MailServer:
    """An SMTP server. `rcpt` (by address) and `data` hold the answers to give before the usual 250.

    While `gate` is clear it takes a mail's bytes but says nothing of them; `waiting` says that one
    is held there.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, start_tls: ssl.SSLContext | None = None
    ) -> None:
        self.port = free_port()
        self.received: list[Received] = []
        self.logins: list[tuple[str, str]] = []
        self.connections = 0
        self.rcpt: dict[str, deque[str]] = {}
        self.data: deque[str] = deque()
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self._tls = tls
        self._start_tls = start_tls
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def forget(self) -> None:
        """As new, but at the same port."""
        self.received.clear()
        self.rcpt.clear()
        self.data.clear()
        self.gate.set()
        self.waiting.clear()

    def start(self) -> None:
        """Listen; a server that was stopped comes back at the same port."""
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(60)

    def stop(self) -> None:
        """Go away, and drop whoever is connected."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop = None

    def _run(self, started: threading.Event) -> None:
        self._loop = loop = asyncio.new_event_loop()
        controller = UnthreadedController(
            self,
            HOST,
            self.port,
            loop=loop,
            ssl_context=self._tls,
            server_hostname="test",
            tls_context=self._start_tls,
            require_starttls=self._start_tls is not None,
            authenticator=self._authenticate,
            auth_require_tls=self._start_tls is not None,
        )
        controller.begin()  # type: ignore[no-untyped-call]
        loop.call_soon(started.set)
        loop.run_forever()
        controller.end()  # type: ignore[no-untyped-call]
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=False)

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answers := self.rcpt.get(address):
            answer = answers.popleft()
            if not answer.startswith("250"):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        while not self.gate.is_set():
            self.waiting.set()
            await asyncio.sleep(0.01)
        answer = self.data.popleft() if self.data else "250 taken"
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.received.append(
                Received(
                    str(envelope.mail_from),
                    list(map(str, envelope.rcpt_tos)),
                    message_from_bytes(content, policy=policy.default),
                )
            )
        return answer


@dataclass(frozen=True)
class Request:
    """A request as the receiver got it; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """An answer to give. With `trickle` the body comes byte by byte, each after so many seconds."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    trickle: float = 0


class Receiver:
    """An HTTP server. `replies` holds the answers to give before the usual 200.

    While `gate` is clear it answers nobody; `waiting` says that somebody waits. What a request with
    a `webhook-id` was answered 2xx to is in `confirmed`.
    """

    def __init__(self, *, host: str = HOST, tls: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.port = free_port()
        self.requests: list[Request] = []
        self.confirmed: list[str] = []
        self.replies: deque[Reply] = deque()
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self._closing = threading.Event()
        self._tls = tls
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://{self.host}:{self.port}/hook"

    def start(self) -> None:
        """Listen; a receiver that was stopped comes back at the same port."""
        self._closing.clear()
        server = ThreadingHTTPServer((HOST, self.port), _handler(self))
        server.daemon_threads = True
        if self._tls is not None:
            server.socket = self._tls.wrap_socket(server.socket, server_side=True)
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Go away."""
        self._closing.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.command, handler.path, headers, handler.rfile.read(length))
        self.requests.append(request)
        while not self.gate.is_set():
            self.waiting.set()
            if self._closing.wait(0.01):
                return
        reply = self.replies.popleft() if self.replies else Reply()
        if 200 <= reply.status < 300 and "webhook-id" in headers:
            self.confirmed.append(headers["webhook-id"])
        with contextlib.suppress(OSError):
            self._write(handler, reply)

    def _write(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if not reply.trickle:
            handler.wfile.write(reply.body)
            return
        for position in range(len(reply.body)):
            if self._closing.wait(reply.trickle):
                return
            handler.wfile.write(reply.body[position : position + 1])


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            """Tests read `requests`, not the terminal."""

        def do_POST(self) -> None:
            receiver.answer(self)

        do_GET = do_PUT = do_POST  # noqa: N815 -- http.server's names

    return Handler


class Silent:
    """A listener that takes connections and sends `greeting` one byte each `pause` seconds."""

    def __init__(self, greeting: bytes = b"", pause: float = 0.05, *, port: int = 0) -> None:
        self._greeting, self._pause = greeting, pause
        self._closing = threading.Event()
        self._socket = socket.create_server((HOST, port))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(
                socket.SHUT_RDWR
            )  # wakes who waits for a connection, so that the port is free
        self._socket.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _peer = self._socket.accept()
                threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            for byte in self._greeting:
                connection.sendall(bytes([byte]))
                if self._closing.wait(self._pause):
                    return
            self._closing.wait()
