"""A WSGI application under an event loop (RSGI, as Granian speaks it): no thread waits for a slow client.

A thread costs a database connection, so there are few. Whoever sends his body a byte at a time, or takes his answer so,
would hold one for as long as he likes. So bodies are read, and files sent, by the event loop; a thread is taken once a
request is whole, and given back when its answer is made. What takes long to make is made apart, one after the other:
some who ask for it would hold all the others up. It is given up where nobody waits for it any more, and whose turn does
not come is told so before a proxy or his patience ends.
"""

import asyncio
import contextlib
import io
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any, Protocol

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]  # its public name

Headers = list[tuple[str, str]]

_IN_MEMORY = 64 * 1024
_BLOCK = 64 * 1024
# A body of the largest size takes this long at 40 kB a second.
_BODY_S = 11 * 60.0
# So long one waits for his turn at what is made apart. With a file of half a minute behind it that is less than the
# minute after which proxies give up.
_TURN_S = 20.0
# So many threads read the files that are sent: from a disk, or from a storage far away.
_FILE_THREADS = 4
_SLOW = b'{"code": "malformed", "detail": "The body did not come in time."}'
# A piece costs the loop the same whether it is a byte or 64 kB. After so many, those that came must have been this long
# on average: less than the shortest packet that a network makes.
_PIECES, _PIECE = 10_000, 256
_CRUMBS = b'{"code": "malformed", "detail": "The body came in too many pieces."}'


_BUSY = b'{"code": "busy", "detail": "Others wait for their files: come back in half a minute."}'


# In the environment of a request that is apart: the event that its client has gone.
GONE = "tessera.gone"
_COME_BACK: Headers = [("content-type", "application/json"), ("retry-after", "30")]
_LAST_WORDS: Headers = [("content-type", "application/json"), ("connection", "close")]


class _Crumbs(Exception):
    """Somebody sends his body in crumbs, to keep the loop busy."""


class Scope(Protocol):
    """A request's head, as RSGI has it."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: Any


@dataclass(frozen=True, slots=True)
class _File:
    """WSGI's file wrapper, which only remembers what to send."""

    source: IO[bytes]
    block_size: int = _BLOCK


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that is made: its body whole, or a file that is still to be read."""

    status: int
    headers: Headers
    body: bytes | _File


class Front:
    """An RSGI application around a WSGI application, which runs in `threads` threads of its own.

    Of a body at most one byte over `limit` is read: the inner application sees that it is too large. Requests for the
    paths that are `apart` have a thread of their own; in their environment `GONE` is set once the client is. Whose turn
    at it has not come after `turn_s` gets a 503.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        *,
        threads: int,
        limit: int,
        apart: Collection[str] = (),
        body_s: float = _BODY_S,
        turn_s: float = _TURN_S,
    ) -> None:
        self._application, self._limit = application, limit
        self._body_s, self._turn_s = body_s, turn_s
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._apart, self._thread_apart = apart, ThreadPoolExecutor(1, thread_name_prefix="apart")
        self._files = ThreadPoolExecutor(_FILE_THREADS, thread_name_prefix="files")

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:
        """Answer a request."""
        small = _is_small(scope, self._limit)
        with io.BytesIO() if small else tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            try:
                if small:
                    length, whole = await self._read_small(scope, protocol, body)
                else:
                    async with asyncio.timeout(self._body_s):
                        length, whole = await self._read(scope, protocol, body)
            except TimeoutError:
                protocol.response_bytes(408, _LAST_WORDS, _SLOW)
                return
            except _Crumbs:
                protocol.response_bytes(400, _LAST_WORDS, _CRUMBS)
                return
            if not whole:  # whoever sent it has gone: half of it is nothing
                protocol.response_empty(400, [("connection", "close")])
                return
            environ = _environ(scope, body, length)
            if scope.path in self._apart:
                answer = await self._made_apart(protocol, environ)
            else:
                answer = await self._made(environ)
        if answer is None:
            protocol.response_empty(400, [("connection", "close")])
        elif isinstance(answer.body, bytes):
            protocol.response_bytes(answer.status, answer.headers, answer.body)
        else:
            await self._send(protocol, answer, answer.body.source)

    async def _read_small(self, scope: Scope, protocol: Any, body: IO[bytes]) -> tuple[int, bool]:
        """The same as `_read`, of a body that Granian may gather: the loop is asked once, or not at all."""
        said = _said(scope)
        if not said:
            return 0, True
        try:
            async with asyncio.timeout(self._body_s):
                length = body.write(await protocol())
        except ProtocolClosed:
            return 0, False
        body.seek(0)
        return length, length >= said

    async def _read(self, scope: Scope, protocol: Any, body: IO[bytes]) -> tuple[int, bool]:
        """The body, as far as anybody wants it; how long that is, and whether it is all that was to come."""
        length = blank = pieces = 0
        async for block in protocol:
            pieces += 1
            if pieces > _PIECES + length // _PIECE:
                raise _Crumbs
            wanted = bytes(block)[: self._limit + 1 - length]
            body.write(wanted)
            length += len(wanted)
            blank += not block
            if length > self._limit:
                break
        body.seek(0)
        # Granian ends every body with an empty block, and gives one more for one that broke off.
        return length, blank <= 1 and length >= min(_said(scope), self._limit)

    async def _made(self, environ: dict[str, Any]) -> _Answer:
        """Its answer, when one of the threads has made it. By `run_in_executor` the loop would hear of it through two
        futures tied together, at several times the cost."""
        loop = asyncio.get_running_loop()
        made: asyncio.Future[_Answer] = loop.create_future()

        def settle(answer: _Answer | None, fault: BaseException | None) -> None:
            if made.cancelled():
                return
            if answer is None:
                made.set_exception(fault or RuntimeError("no answer was made"))
            else:
                made.set_result(answer)

        def work() -> None:
            answer, fault = None, None
            try:
                answer = self._answer(environ)
            except BaseException as error:  # noqa: BLE001  # whoever waits is told
                fault = error
            loop.call_soon_threadsafe(settle, answer, fault)

        self._threads.submit(work)
        return await made

    async def _made_apart(self, protocol: Any, environ: dict[str, Any]) -> _Answer | None:
        """Its answer when its turn has come; None where its client went before."""
        environ[GONE] = gone = threading.Event()
        made = self._thread_apart.submit(self._answer, environ)
        left = asyncio.ensure_future(protocol.client_disconnect())

        def give_up(_left: object) -> None:
            gone.set()
            made.cancel()

        left.add_done_callback(give_up)
        waited = asyncio.wrap_future(made)
        try:
            done, _pending = await asyncio.wait([waited], timeout=self._turn_s)
            if not done and made.cancel():
                return _Answer(503, _COME_BACK, _BUSY)
            return await waited
        except asyncio.CancelledError:
            if not made.cancelled():
                raise
            return None
        finally:
            left.cancel()

    def _answer(self, environ: dict[str, Any]) -> _Answer:
        """In a thread: the inner application's answer."""
        begun: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, _error: Any = None) -> None:
            begun.append((int(status[:3]), headers))

        result: Iterable[bytes] | _File = self._application(environ, start_response)
        if isinstance(result, _File):
            return _Answer(*begun[-1], result)
        try:
            body = b"".join(result)
        finally:
            if (close := getattr(result, "close", None)) is not None:
                close()
        return _Answer(*begun[-1], body)

    async def _send(self, protocol: Any, answer: _Answer, source: IO[bytes]) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport = protocol.response_stream(answer.status, answer.headers)
            with contextlib.suppress(ProtocolClosed):  # nobody reads it any more
                while block := await loop.run_in_executor(self._files, source.read, _BLOCK):
                    await transport.send_bytes(block)
        finally:
            await loop.run_in_executor(self._files, source.close)


def _is_small(scope: Scope, limit: int) -> bool:
    """Whether the body, if there is one, is as long as it is said to be, and that is little."""
    return "transfer-encoding" not in scope.headers and _said(scope) <= min(_IN_MEMORY, limit)


def _said(scope: Scope) -> int:
    """How long the body was said to be; 0 where nothing was said."""
    said = str(scope.headers.get("content-length") or "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _environ(scope: Scope, body: IO[bytes], length: int) -> dict[str, Any]:
    """As PEP 3333 has it. `CONTENT_LENGTH` is how long the body is: of one whose end nobody read, how long it was said
    to be."""
    host, _colon, port = scope.server.rpartition(":")
    headers: dict[str, list[str]] = {}
    for name, value in scope.headers.items():
        if "_" not in name:  # or `X_Forwarded_For` would pass for the header that a proxy writes
            headers.setdefault(name.upper().replace("-", "_"), []).append(value)
    joined = {
        name: ("; " if name == "COOKIE" else ",").join(values) for name, values in headers.items()
    }
    joined.pop("TRANSFER_ENCODING", None)
    said = joined.pop("CONTENT_LENGTH", "")
    media_type = joined.pop("CONTENT_TYPE", "")
    return {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "CONTENT_TYPE": media_type,
        "CONTENT_LENGTH": said or str(length),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": _File,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **{f"HTTP_{name}": value for name, value in joined.items()},
    }
