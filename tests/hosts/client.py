"""Asks the web hosts as a program behind a load balancer does: the next host when one does not answer."""

import itertools
import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.hosts.apart import WEBS
from tests.journeys.stack import wait_until

_TIMEOUT = (1, 12)


@dataclass
class Client:
    """With a token; `asked` counts the requests and `again` those that had to be repeated."""

    token: str
    asked: int = 0
    again: int = 0
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    def on(self, web: int, method: str, path: str, **more: Any) -> requests.Response:
        """One request to that web host."""
        url = f"http://{WEBS[web].address}:8000/api{path}"
        headers = {"Authorization": f"Token {self.token}", **more.pop("headers", {})}
        return requests.request(method, url, headers=headers, timeout=_TIMEOUT, **more)

    def create(
        self, values: dict[str, Any], still: Callable[[], bool] = lambda: True
    ) -> int | None:
        """A ticket, made once however often it has to be asked for; None when `still` ends before an answer."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        self.asked += 1
        while True:
            try:
                answer = self.on(next(self._turn) % 2, "POST", "/tickets", json=values, headers=key)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code == 201:
                number: int = answer.json()["ticket"]["id"]
                return number
            if answer is not None and answer.status_code in {400, 401, 403, 404}:
                raise AssertionError(answer.text)
            self.again += 1
            if not still():
                return None


def ready(client: Client, web: int, *, workers: bool = True) -> bool:
    """Whether that web host says that all is well."""
    try:
        answer = client.on(web, "GET", "/ready")
        said = json.loads(answer.text)
    except (requests.RequestException, ValueError):
        return False
    return bool(answer.status_code == 200 and (not workers or said["status"] == "ok"))


class Load:
    """Threads that make tickets one after the other; `made` are those that were answered with 201."""

    def __init__(
        self, client: Client, values: Callable[[int], dict[str, Any]], threads: int
    ) -> None:
        self.made: list[int] = []
        self.faults: list[str] = []
        self._client, self._values = client, values
        self._numbers = itertools.count()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(90)

    def more(self, count: int, what: str) -> None:
        """Until so many more tickets are made."""
        target = len(self.made) + count
        wait_until(lambda: len(self.made) >= target or bool(self.faults), what)
        assert not self.faults, self.faults

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                # Whoever has asked waits for the answer: at the end all of them are known.
                number = self._client.create(self._values(next(self._numbers)))
                if number is not None:
                    self.made.append(number)
        except Exception as error:  # noqa: BLE001 -- told by the thread that waits
            self.faults.append(repr(error))
