"""A small WSGI application under the front, for Granian to run: says what it was asked."""

import json
from collections.abc import Iterable
from typing import Any

from tessera.lib.front import Front

LIMIT = 200_000
LARGE = 50_000_000


class _Zeros:
    """A file of zeros."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return bytes(size)

    def close(self) -> None:
        pass


def said(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/fault":
        raise RuntimeError("a fault of the application")
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Length", str(LARGE))])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](_Zeros(LARGE), 4096)
        return wrapped
    body = environ["wsgi.input"].read()
    facts = {name: text for name, text in environ.items() if isinstance(text, str)}
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Seen", str(len(body)))])
    return [json.dumps(facts).encode()]


# One thread: whoever held it would hold all.
application = Front(said, threads=1, limit=LIMIT, body_s=5)
