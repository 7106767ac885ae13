"""What waits to be sent, and what came back, as a ticket's page shows it to its author."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tessera.desk import uploads
from tessera.desk.draft import COMMENT, MARKDOWN, Draft
from tessera.lib import clock
from tickets import drafts, unsent
from tickets.access import Actor
from tickets.models import Attachment, UnsentMessage
from tickets.models.ticket import ticket_key
from tickets.state import TicketState

# A page asks again whether it is sent this many milliseconds after it is due, and then in such steps.
_AFTER = 800
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """A message that can be taken back until `due_at`; `again` is in how many milliseconds to ask what became of it."""

    id: int
    internal: bool
    paragraphs: tuple[str, ...]
    files: tuple[Attachment, ...]
    transition: str
    due_at: datetime
    seconds: int
    again: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A draft that came back. `reason` is empty where its author took it back; `taken` is whether it stands in the
    composer, `kept` whether he never sent it; `stamp` names it as it is now."""

    id: int
    ticket_id: int
    text: str
    internal: bool
    reason: str
    at: datetime | None
    taken: bool
    kept: bool
    stamp: str

    @property
    def key(self) -> str:
        """The key of its ticket."""
        return ticket_key(self.ticket_id)


@dataclass(frozen=True)
class Held:
    """What its author holds on a ticket."""

    actor: Actor
    rows: Sequence[UnsentMessage]

    @cached_property
    def waiting(self) -> tuple[Waits, ...]:
        """Oldest first. A statement where files wait with them."""
        rows = [row for row in self.rows if row.status == unsent.WAITING]
        ids = [number for row in rows for number in draft_of(row).file_ids]
        files = {file.pk: file for file in uploads.waiting(ids, self.actor)}
        return tuple(_waits(row, files) for row in rows)

    @property
    def form(self) -> QueryDict | None:
        """What was filled in beside those that came back; None for nothing."""
        found: dict[str, list[str]] = {}
        for row in self._back:
            found |= row.form
        if not found:
            return None
        form = QueryDict(mutable=True)
        for name, values in found.items():
            form.setlist(name, values)
        return form

    def taken_up(self, draft: Draft, only: int | None = None) -> Draft:
        """The draft with what came back before its own words; with `only` of that one alone."""
        for row in reversed(self._back):
            if row.pk not in draft.taken and only in (None, row.pk):
                draft = _before(row, draft)
        return draft

    def returned_beside(self, draft: Draft) -> tuple[Returned, ...]:
        """What came back, as it stands beside that draft."""
        return tuple(returned(row, taken=row.pk in draft.taken) for row in self._back)

    @property
    def _back(self) -> list[UnsentMessage]:
        return [row for row in self.rows if row.status == unsent.RETURNED]


def on_page(state: TicketState, actor: Actor) -> Held:
    """One statement."""
    return Held(actor, unsent.of(state.id, actor))


def returned(row: UnsentMessage, *, taken: bool = False) -> Returned:
    """One that came back."""
    draft = draft_of(row)
    return Returned(
        id=row.pk,
        ticket_id=row.ticket_id,
        text=draft.content,
        internal=draft.kind == COMMENT,
        reason=_reason(row.error),
        at=row.ended_at,
        taken=taken,
        kept=drafts.is_kept(row),
        stamp=drafts.stamp(row),
    )


def refused(actor: Actor) -> tuple[Returned, ...]:
    """The actor's last messages that the door refused, on whatever ticket: one statement."""
    return tuple(returned(row) for row in unsent.refused_of(actor, most=_MOST_TOLD))


def draft_of(row: UnsentMessage) -> Draft:
    """The message as its author wrote it, without his signature: it is put below again when it is sent again."""
    message: dict[str, Any] = row.changes.get("message", {})
    return Draft(
        kind=message.get("type", COMMENT),
        content=message.get("content", "").removesuffix(row.signature),
        transition=row.transition,
        left_out=frozenset(message.get("skip_recipients", ())),
        file_ids=tuple(message.get("attachment_ids", ())),
        version=row.version,
        markdown=message.get("content_type") == MARKDOWN,
    )


def _before(row: UnsentMessage, draft: Draft) -> Draft:
    """Both texts as one. What was meant for staff alone never becomes part of a reply."""
    back = draft_of(row)
    internal = back.kind == COMMENT or (draft.says and draft.kind == COMMENT)
    return replace(
        draft,
        kind=COMMENT if internal else back.kind,
        content="\n\n".join(each for each in (back.content, draft.content) if each.strip()),
        transition=draft.transition or back.transition,
        markdown=draft.markdown or back.markdown,
        left_out=draft.left_out | back.left_out,
        file_ids=tuple(dict.fromkeys((*back.file_ids, *draft.file_ids))),
        taken=(row.pk, *draft.taken),
    )


def _waits(row: UnsentMessage, files: dict[int, Attachment]) -> Waits:
    draft = draft_of(row)
    left = max((row.due_at - clock.now()).total_seconds(), 0)
    return Waits(
        id=row.pk,
        internal=draft.kind == COMMENT,
        paragraphs=tuple(_paragraphs(f"{draft.content}{row.signature}")),
        files=tuple(files[number] for number in draft.file_ids if number in files),
        transition=draft.transition,
        due_at=row.due_at,
        seconds=round(left),
        again=int(left * 1000) + _AFTER,
    )


def _paragraphs(content: str) -> Iterable[str]:
    return (part.strip("\n") for part in content.split("\n\n") if part.strip())


def _reason(error: Any) -> str:
    """A refusal's body as a person reads it."""
    if error is None:
        return ""
    if error.get("code") == "version_conflict":
        return _(
            "Others have worked on this ticket since you wrote it."
            " Look at what is new, and send it again if it still fits."
        )
    texts = [text for each in error.get("errors", {}).values() for text in each]
    return " ".join(texts) or str(error.get("detail", ""))
