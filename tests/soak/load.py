"""What people and programs do all day, by several clients at once, at a rate or as fast as they are answered."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.soak.client import Answer, Client, Kind, Request, form, get, patch, post
from tests.soak.ledger import Ledger

QUEUE = "Soak"
_TEXT = " The printer on the second floor is jammed again." * 4
# Of a hundred requests.
_MIX = {
    "create": 20,
    "patch": 15,
    "comment": 6,
    "reply": 8,
    "file": 3,
    "preview": 6,
    "read": 16,
    "search": 8,
    "list": 8,
    "page": 10,
}
# So many of the newest tickets are worked on: whose requestor gets ten mails in ten minutes gets no more of them.
_AT_WORK = 500
# What a change is in the log.
_TYPES = {
    "create": "Create",
    "patch": "Set",
    "comment": "Comment",
    "reply": "Correspond",
    "file": "Comment",
}


class Pace:
    """When the next request is due. Who falls behind by more than a second does not hurry to make it good."""

    def __init__(self, rate: float | None) -> None:
        self._rate, self._next = rate, time.monotonic()
        self._lock = threading.Lock()

    def wait(self, ended: threading.Event) -> bool:
        """Until it is due; False when the end came first."""
        if self._rate is None:
            return not ended.is_set()
        with self._lock:
            now = time.monotonic()
            due = max(self._next, now - 1.0)
            self._next = due + 1 / self._rate
        return not ended.wait(max(due - now, 0))


@dataclass
class Load:
    """`answers` are all that came, without their bodies; `tickets` those that were made."""

    client: Client
    ledger: Ledger
    answers: list[Answer] = field(default_factory=list)
    tickets: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def run(self, clients: int, *, rate: float | None, until: Callable[[], bool]) -> None:
        """By so many clients, at so many requests a second in all (None: as fast as they are answered)."""
        ended, pace = threading.Event(), Pace(rate)
        threads = [
            threading.Thread(target=self._client, args=(ended, pace), daemon=True)
            for _each in range(clients)
        ]
        for thread in threads:
            thread.start()
        try:
            while not until() and not self.broken:
                time.sleep(0.1)
        finally:
            ended.set()
            for thread in threads:
                thread.join(60)
        if self.broken or any(thread.is_alive() for thread in threads):
            raise RuntimeError(f"a client broke: {self.broken or 'it does not come to an end'}")

    def act(self, what: str) -> None:
        """One request; what it changed is noted."""
        mark = f"soak-{uuid.uuid4().hex}"
        ticket = random.choice(self.tickets[-_AT_WORK:]) if self.tickets else 0
        answers = self.client.insist(self._request(what, ticket, mark))
        last = answers[-1]
        self.answers += [_slim(answer) for answer in answers]
        if what not in _TYPES:
            return
        if last.kind is not Kind.SERVED:
            self.ledger.doubt(mark)
            return
        if what == "create":
            ticket = last.json()["ticket"]["id"]
            self.tickets.append(ticket)
        self.ledger.note((_TYPES[what], ticket, mark))

    def _client(self, ended: threading.Event, pace: Pace) -> None:
        names, weights = list(_MIX), list(_MIX.values())
        chance = random.Random()
        try:
            while pace.wait(ended):
                self.act(chance.choices(names, weights)[0])
        except Exception as error:  # noqa: BLE001 -- told by the thread that waits
            self.broken.append(repr(error))

    def _request(self, what: str, ticket: int, mark: str) -> Request:
        path = f"/api/tickets/{ticket}"
        text = {"content": mark + _TEXT}
        match what:
            case "create":
                return post(what, "/api/tickets", self._ticket(mark))
            case "patch":
                return patch(what, path, {"subject": mark})
            case "comment" | "reply":
                return post(what, f"{path}/{what}", text)
            case "file":
                return form(what, f"{path}/comment", text, ("note.txt", mark.encode() * 100))
            case "preview":
                return post(what, f"{path}/preview", {"subject": mark}, once=False)
            case "read":
                return get(what, path)
            case "search":
                query = {"query": "Subject LIKE 'soak' AND Status = '__Active__'", "page_size": 20}
                return post(what, "/api/tickets/search", query, once=False)
            case "list":
                return get(what, "/api/tickets?order=-updated_at&page_size=20")
            case _:
                return get(what, f"/tickets/TKT-{ticket:04d}")

    def _ticket(self, mark: str) -> dict[str, object]:
        message = {"content": _TEXT.strip(), "content_type": "text/plain"}
        to = [f"{mark}@example.com"]
        return {"subject": mark, "queue": QUEUE, "requestors": to, "message": message}


def _slim(answer: Answer) -> Answer:
    body = b"" if answer.kind is Kind.SERVED else answer.body[:300]
    return Answer(answer.kind, answer.what, answer.began, answer.ended, answer.said, body)
