"""What a unit of work came to: the ticket, its new transactions, and what each scrip did or why it did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tessera.lib.errors import Refused
from tickets.config import Config
from tickets.state import TicketState

# Facts about deliveries and rules: they change neither the ticket nor its conversation.
RECORDS = frozenset({"EmailRecord", "WebhookDelivery", "ScripError"})
WITH_TEXT = frozenset({"Create", "Comment", "Correspond"})


@dataclass(frozen=True, slots=True)
class Cause:
    """The scrip and the transaction that made something happen."""

    scrip_id: int
    transaction_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A transaction as a value, stored or about to be. `data` is as the row keeps it: hashes, not texts.

    `batch` is the id of the first transaction of its unit of work.
    """

    id: int
    ticket_id: int
    seq: int
    type: str
    field: str
    old_value: Any
    new_value: Any
    data: Mapping[str, Any]
    creator_id: int
    created_at: datetime
    batch: int
    cause: Cause | None
    delivery_id: int | None
    digest: str

    @property
    def text_id(self) -> int | None:
        """The id of the message that it brought, if it brought one."""
        return self.data.get("message_id") if self.type in WITH_TEXT else None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a scrip's action came to. `facts` is what the contract lists for its kind."""

    kind: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A scrip whose condition held. `effect` is null where it failed or there was nothing to do."""

    scrip_id: int
    name: str
    stage: str
    condition_type: str
    action_type: str
    transaction_id: int
    because: str
    effect: Effect | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A scrip that was asked and stayed silent."""

    scrip_id: int
    name: str
    stage: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a unit of work. `texts` maps message ids to their text and attachments, for those who render it;
    `tickets` has every ticket that `entries` speak of; `config` is the configuration that it was done under.
    """

    config: Config
    ticket: TicketState
    tickets: Mapping[int, TicketState]
    entries: tuple[Entry, ...]
    fired: tuple[Fired, ...]
    texts: Mapping[int, "Text"]


# Types of which a small picture can be shown. SVG is none of them: it is a program.
PICTURES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment's facts."""

    id: int
    filename: str
    content_type: str
    size: int
    sha256: str

    @property
    def picture(self) -> bool:
        """Whether it says of itself that it is a picture that can be shown small."""
        return self.content_type in PICTURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A message's text with its attachments."""

    content: str
    content_type: str
    internal: bool
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would come of it, and which rules would stay silent, and why.

    `refusal` is what the real call would answer instead, `outcome` then what stands now.
    """

    outcome: Outcome | None
    skipped: tuple[Skipped, ...] = ()
    refusal: Refused | None = None
