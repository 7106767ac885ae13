from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from tessera.lib.visible import visible

ANSWER_KEPT = 4 * 1024
REASON_KEPT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed delivery on its way: what to send, and which try of it this is."""

    delivery_id: int
    attempt: int
    created_at: datetime
    payload: Mapping[str, Any]


class Verdict(Enum):
    """What a try comes to: done, to be tried again, or final."""

    SENT = "sent"
    AGAIN = "again"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of one try.

    `error` is the reason of a failure, or what is left to note of a success. `partly` says that
    some recipients have it already, so that the end of all tries is not the end of the mail.
    `progress` is what the payload has to remember for the next try. `up` says whether the host did its part, whatever
    it said of this delivery: a refusal is an answer, silence is none. None where no host was asked.
    """

    verdict: Verdict
    response_status: int | None = None
    error: str = ""
    answer: str = ""
    retry_after: timedelta | None = None
    partly: bool = False
    progress: Mapping[str, Any] = field(default_factory=dict)
    up: bool | None = None

    def __post_init__(self) -> None:
        """It goes to the database, to pages and to the log of a terminal."""
        object.__setattr__(self, "error", reason(self.error))


class Line(Protocol):
    """An open way out, used for the deliveries of one task."""

    def send(self, parcel: Parcel) -> Receipt:
        """One try, within 15 seconds. Failures of the other side are receipts, not exceptions."""
        ...


class Channel(Protocol):
    """A kind of delivery. `record_type` is the transaction that records its success."""

    record_type: str

    def open(self) -> AbstractContextManager[Line]:
        """A line; nothing is connected before the first `send`."""
        ...

    def afresh(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The payload for a retry by hand, in which a refusal for good is none any more."""
        ...

    def facts(self, payload: Mapping[str, Any], response_status: int | None) -> dict[str, Any]:
        """What the record says of a delivery that was sent."""
        ...


def kept(answer: bytes | str) -> str:
    """The first 4 KiB of an answer as text that can be stored and shown, whatever was in it."""
    raw = answer.encode() if isinstance(answer, str) else answer
    return visible(raw[:ANSWER_KEPT].decode("utf-8", "replace"))


def reason(told: str, most: int = REASON_KEPT) -> str:
    """What went wrong, in one short line: it may quote the other side, which says what it likes and as long as it
    likes."""
    return " ".join(visible(told[: 2 * most]).split())[:most]
