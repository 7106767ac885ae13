"""One request as a program sends it, with a limit of its own for the answer."""

import enum
import http.client
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.ports import HOST

# No request may take longer, whatever is broken.
LIMIT_S = 10.0
# Whoever sends a request again under its key gives up after so long.
_PATIENCE_S = 30.0
_PAUSE_S = 0.25


class Kind(enum.Enum):
    """What came of a request."""

    SERVED = "served"
    AWAY = "away"  # 503, or no connection: allowed while something is broken
    WRONG = "wrong"  # an answer that no fault excuses
    HUNG = "hung"  # longer than the limit


@dataclass(frozen=True, slots=True)
class Answer:
    """`began` and `ended` in seconds since 1970; `said` is the status, or why there is none."""

    kind: Kind
    what: str
    began: float
    ended: float
    said: str
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Request:
    """`what` names it in the report. One with `key` may be sent again: it is done once."""

    what: str
    method: str
    path: str
    body: bytes | None = None
    content_type: str = "application/json"
    key: str = ""


def post(what: str, path: str, values: object, *, once: bool = True) -> Request:
    """A POST of JSON that is done once however often it is sent; `once=False` for what changes nothing."""
    return Request(what, "POST", path, _dumped(values), key=uuid.uuid4().hex if once else "")


def patch(what: str, path: str, values: object) -> Request:
    return Request(what, "PATCH", path, _dumped(values))


def get(what: str, path: str) -> Request:
    return Request(what, "GET", path)


def form(what: str, path: str, values: dict[str, str], file: tuple[str, bytes]) -> Request:
    """A POST of a form with one file in `attachments`."""
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in values.items()
    ]
    name, content = file
    head = f'Content-Disposition: form-data; name="attachments"; filename="{name}"'
    parts.append(f"--{edge}\r\n{head}\r\nContent-Type: text/plain\r\n\r\n".encode())
    parts.append(content + f"\r\n--{edge}--\r\n".encode())
    kind = f"multipart/form-data; boundary={edge}"
    return Request(what, "POST", path, b"".join(parts), kind, uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Client:
    """With a token for the API and the cookie of a login for the pages."""

    port: int
    token: str
    session: str = ""

    def send(self, request: Request) -> Answer:
        """Once, over a connection of its own."""
        began, clock = time.time(), time.monotonic()
        try:
            status, body = self._exchange(request)
        except TimeoutError as error:
            kind, said, body = Kind.HUNG, type(error).__name__, b""
        except (OSError, http.client.HTTPException) as error:
            kind, said, body = Kind.AWAY, type(error).__name__, b""
        else:
            kind, said = _kind(status, body), str(status)
        if time.monotonic() - clock > LIMIT_S:
            kind = Kind.HUNG
        return Answer(kind, request.what, began, time.time(), said, body)

    def insist(self, request: Request) -> list[Answer]:
        """All answers: one with a key is sent again until it is done, or patience ends."""
        ends = time.monotonic() + _PATIENCE_S
        answers = [self.send(request)]
        while request.key and answers[-1].kind in _AGAIN and time.monotonic() < ends:
            time.sleep(_PAUSE_S)
            answers.append(self.send(request))
        return answers

    def _exchange(self, request: Request) -> tuple[int, bytes]:
        headers = {"Content-Type": request.content_type, "Connection": "close"}
        if request.key:
            headers["Idempotency-Key"] = request.key
        if request.path.startswith("/api/"):
            headers["Authorization"] = f"Token {self.token}"
        else:
            headers["Cookie"] = f"sessionid={self.session}"
        line = http.client.HTTPConnection(HOST, self.port, timeout=LIMIT_S)
        try:
            line.request(request.method, request.path, request.body, headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()


_AGAIN = (Kind.AWAY, Kind.HUNG)


def _kind(status: int, body: bytes) -> Kind:
    if status in {200, 201}:
        return Kind.SERVED
    # The one before it under the same key is still at work, although its client was cut off.
    waits = status == 409 and b'"idempotency_conflict"' in body and b"at work" in body
    return Kind.AWAY if status == 503 or waits else Kind.WRONG


def _dumped(values: object) -> bytes:
    return json.dumps(values).encode()
