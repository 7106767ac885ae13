"""In process: the whole API without the wire, beside the floor, with the statements counted."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scrips import wakes
from tests.bench.floor import Floor
from tests.bench.measure import Times, interleaved
from tests.bench.office import CREATE


@dataclass(frozen=True, slots=True)
class Line:
    """One operation's figures."""

    statements: int
    ours: Times
    floor: Times

    @property
    def ratio(self) -> float:
        return self.ours.best / self.floor.best


class Api:
    """The API as a client sees it."""

    def __init__(self, token: str) -> None:
        self._client = Client(headers={"Authorization": f"Token {token}"}, SERVER_NAME="localhost")
        # A change of status each time, that no rule refuses.
        self._statuses = cycle(["open", "stalled"])

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.generic(
            method, f"/api/{path}", b"" if body is None else _json(body), "application/json"
        )
        assert answer.status_code < 300, answer.content
        return answer.json()

    def create(self, body: Mapping[str, Any] = CREATE) -> Any:
        return self.send("POST", "tickets", body)

    def patch(self, ticket_id: int) -> Any:
        return self.send("PATCH", f"tickets/{ticket_id}", {"status": next(self._statuses)})

    def preview(self, ticket_id: int) -> Any:
        return self.send("POST", f"tickets/{ticket_id}/preview", {"status": next(self._statuses)})


def run(token: str, *, blocks: int, tickets: int) -> dict[str, Line]:
    """Measure each operation; leaves about `tickets` tickets and more."""
    api = Api(token)
    with wakes.held():
        made = [api.create()["ticket"]["id"] for _ticket in range(tickets)]
        subject, floored = made[-1], made[-2]
        floor = Floor(os.environ["DATABASE_URL"], floored)
        preview_id = made[-3]
        acts: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
            "create": (api.create, floor.create),
            "PATCH status": (lambda: api.patch(subject), floor.patch),
            "preview of it": (lambda: api.preview(preview_id), floor.patch),
            "read": (lambda: api.send("GET", f"tickets/{subject}"), floor.read),
            "list of 50": (lambda: api.send("GET", "tickets?order=-updated_at,id"), floor.page),
        }
        found = {}
        for name, (ours, theirs) in acts.items():
            ours()
            with CaptureQueriesContext(connection) as seen:
                ours()
            statements = len(seen)  # now: the next request empties Django's list
            times = interleaved({"ours": ours, "floor": theirs}, blocks=blocks)
            found[name] = Line(statements, times["ours"], times["floor"])
        floor.close()
    return found


def _json(body: Any) -> bytes:
    import orjson

    return orjson.dumps(body)
