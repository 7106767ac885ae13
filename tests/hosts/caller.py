"""Requests that go over the wire to hosts of web, as `Caller` makes them within the process."""

import itertools
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.api.caller import Caller, as_headers


class Visitor(Caller):
    """Asks the addresses (`host:port`) in turn."""

    def __init__(self, token: str | None, addresses: Sequence[str]) -> None:
        self._turn = itertools.cycle(addresses)
        self._headers = {"Authorization": f"Token {token}"} if token else {}

    def get(self, path: str, **headers: str) -> Any:
        return self._ask("GET", path, headers=headers)

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path, headers={})

    def raw(
        self,
        method: str,
        path: str,
        body: bytes | str,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        return self._ask(method, path, data=body, headers={"Content-Type": content_type, **headers})

    def _ask(self, method: str, path: str, *, headers: dict[str, str], **more: Any) -> Any:
        # An answer names other paths with the address that people use.
        url = f"http://{next(self._turn)}{urlsplit(path)._replace(scheme='', netloc='').geturl()}"
        sent = self._headers | as_headers(headers)
        return requests.request(method, url, headers=sent, timeout=(2, 30), **more)
