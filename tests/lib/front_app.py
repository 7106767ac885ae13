"""A small WSGI application under the front, for Granian to run: says what it was asked."""

import json
from collections.abc import Iterable
from typing import Any

from tessera.lib.front import GONE, Front

LIMIT = 200_000
LARGE = 50_000_000
_LET_GO = "let go"


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


# What became of each long answer, by its name: how many there were at once, and whether its client left.
_met: dict[str, list[Any]] = {}
_at_work: list[str] = []


def _long(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Made as soon as somebody asks to let it go, or its client has gone."""
    name = environ["QUERY_STRING"]
    _at_work.append(name)
    _met[name] = [len(_at_work), None]
    while not (gone := environ[GONE].is_set()) and _LET_GO not in _met:
        environ[GONE].wait(0.05)
    _met[name][1] = gone
    _at_work.remove(name)
    start_response("200 OK", [])
    return [name.encode()]


def said(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/fault":
        raise RuntimeError("a fault of the application")
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Length", str(LARGE))])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](_Zeros(LARGE), 4096)
        return wrapped
    if environ["PATH_INFO"] == "/let-go":
        _met[_LET_GO] = []
    if environ["PATH_INFO"] == "/long":
        return _long(environ, start_response)
    if environ["PATH_INFO"] == "/met":
        start_response("200 OK", [])
        return [json.dumps(_met).encode()]
    body = environ["wsgi.input"].read()
    facts = {name: text for name, text in environ.items() if isinstance(text, str)}
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Seen", str(len(body)))])
    return [json.dumps(facts).encode()]


# One thread: whoever held it would hold all.
application = Front(said, threads=1, limit=LIMIT, apart={"/long"}, body_s=5, turn_s=600)
hasty = Front(said, threads=1, limit=LIMIT, apart={"/long"}, turn_s=0.1)
