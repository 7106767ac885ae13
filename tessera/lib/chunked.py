"""Bodies that come in chunks, without a length, of which Django would read nothing."""

import tempfile
from collections.abc import Callable, Iterable
from typing import IO, Any

_BLOCK = 64 * 1024
_IN_MEMORY = 256 * 1024
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Dechunked:
    """A WSGI application that gives the inner one such a body whole, with its length.

    It is read up to one byte over `limit`: the inner application sees that it is too large.
    Needs a server whose `wsgi.input` ends where the body ends (`wsgi.input_terminated`).
    """

    def __init__(self, application: Application, *, limit: int) -> None:
        self._application, self._limit = application, limit

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer the request."""
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        # HTTP/2 names no encoding: there a body simply has no length.
        silent = not environ.get("CONTENT_LENGTH") and environ["REQUEST_METHOD"] not in _BODILESS
        if not (chunked or silent) or not environ.get("wsgi.input_terminated"):
            return self._application(environ, start_response)
        body, length = self._read(environ["wsgi.input"])
        environ = environ | {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
        return self._application(environ, start_response)

    def _read(self, source: Any) -> tuple[IO[bytes], int]:
        # Closed when the environment is forgotten; until then Django may read it.
        body = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        length = 0
        while length <= self._limit and (
            block := source.read(min(_BLOCK, self._limit + 1 - length))
        ):
            body.write(block)
            length += len(block)
        body.seek(0)
        return body, length
