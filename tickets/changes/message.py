"""What people say on a ticket: a comment among ourselves, or a reply to the requestors."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from tessera.lib import values
from tessera.lib.errors import Invalid
from tessera.lib.query.fold import fold
from tickets.changes.base import MODIFY, Change, wrong
from tickets.models import Attachment
from tickets.outcome import Entry, File, Text
from tickets.state import TicketState
from tickets.unit import Unit

CONTENT_TYPES = ("text/plain", "text/html", "text/markdown")
TYPES = {"comment": "Comment", "correspond": "Correspond"}
LONGEST = 1_000_000
MOST_FILES = 100


@dataclass(frozen=True)
class AddMessage(Change):
    """A text with its attachments. `type` is `comment`, `correspond`, or "" for what a ticket begins with."""

    keys: ClassVar = ("message",)
    recorded: ClassVar = (("Comment", ""), ("Correspond", ""))

    type: str
    content: str
    content_type: str
    attachment_ids: tuple[int, ...]
    skip_recipients: frozenset[str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any], *, begins: bool = False) -> Self | None:
        if "message" not in raw:
            return None
        known = {"content", "content_type", "attachment_ids"}
        if not begins:
            known |= {"type", "skip_recipients"}
        try:
            given = values.mapping(raw["message"])
        except values.BadValue as error:
            raise wrong("message", error) from None
        errors = {f"message.{key[:64]}": [_("unknown field")] for key in given.keys() - known}
        read = _Reader(given, errors)
        message = cls(
            type="" if begins else read.choice("type", tuple(TYPES), None),
            content=read.content(),
            content_type=read.choice("content_type", CONTENT_TYPES, "text/plain"),
            attachment_ids=read.ids("attachment_ids"),
            skip_recipients=read.addresses("skip_recipients"),
        )
        if errors:
            raise Invalid(errors)
        return message

    def rights(self, unit: Unit, state: TicketState) -> tuple[str, ...]:  # noqa: ARG002
        return ("CommentOnTicket" if self.type == "comment" else "ReplyToTicket",)

    def check(self, unit: Unit, state: TicketState) -> None:
        if self.skip_recipients:
            # Besides the right to speak: whoever asked for help does not decide who of the others hears of it.
            unit.require(state, MODIFY)
        missing = set(self.attachment_ids) - {file.id for file in self._files(unit)}
        if missing:
            raise wrong(
                "message.attachment_ids",
                _("no upload of yours that is free to attach: %(ids)s")
                % {"ids": ", ".join(map(str, sorted(missing)))},
            )

    def _files(self, unit: Unit) -> tuple[File, ...]:
        """The uploads, locked: two messages can't take the same one."""
        if not self.attachment_ids:
            return ()
        rows = (
            Attachment.objects.select_for_update()
            .filter(pk__in=self.attachment_ids, message=None, creator_id=unit.acting.actor.id)
            .order_by("pk")
        )
        return tuple(
            File(
                id=row.pk,
                filename=row.filename,
                content_type=row.content_type,
                size=row.size,
                sha256=row.sha256,
            )
            for row in rows
        )

    def after(self, unit: Unit, state: TicketState) -> TicketState:  # noqa: ARG002
        return state

    def data(self, unit: Unit, ticket_id: int) -> dict[str, Any]:
        """Collect the text and give what the log's row holds of it."""
        files = self._files(unit)
        text = Text(
            content=self.content,
            content_type=self.content_type,
            internal=self.type == "comment",
            files=files,
        )
        number = unit.ids.take("message")
        unit.messages.append((number, ticket_id, text))
        unit.skip_recipients |= self.skip_recipients
        data: dict[str, Any] = {
            "message_id": number,
            "sha256": hashlib.sha256(self.content.encode()).hexdigest(),
            "content_type": self.content_type,
        }
        if files:
            data["attachments"] = [{"id": file.id, "sha256": file.sha256} for file in files]
        return data

    def write(self, unit: Unit, state: TicketState) -> None:
        unit.record(state, TYPES[self.type], data=self.data(unit, state.id))

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:  # noqa: ARG003
        return state


class _Reader:
    """Reads a message's fields and notes what is wrong with each."""

    def __init__(self, given: Mapping[str, Any], errors: dict[str, list[str]]) -> None:
        self.given = given
        self.errors = errors

    def _fault(self, key: str, error: object) -> None:
        self.errors[f"message.{key}"] = [str(error)]

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None) -> str:
        value = self.given.get(key, default)
        if not isinstance(value, str) or value not in allowed:
            self._fault(key, _("must be one of %(names)s") % {"names": ", ".join(allowed)})
            return ""
        return value

    def content(self) -> str:
        try:
            content = values.text(self.given.get("content", ""), longest=LONGEST)
        except values.BadValue as error:
            self._fault("content", error)
            return ""
        if not content.strip() and not self.given.get("attachment_ids"):
            self._fault("content", _("must not be empty"))
        return content

    def ids(self, key: str) -> tuple[int, ...]:
        try:
            listed = values.many(self.given.get(key, []), most=MOST_FILES)
            return tuple(dict.fromkeys(values.identity(item) for item in listed))
        except values.BadValue as error:
            self._fault(key, error)
            return ()

    def addresses(self, key: str) -> frozenset[str]:
        try:
            listed = values.many(self.given.get(key, []), most=1000)
            return frozenset(fold(values.email(item)) for item in listed)
        except values.BadValue as error:
            self._fault(key, error)
            return frozenset()
