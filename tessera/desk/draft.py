"""What stands in the composer: a reply or a comment, who gets it, and the transition that goes with it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import uuid4

from django.http import QueryDict

from tessera.desk import uploads
from tessera.desk.forms.facts import FieldsForm
from tessera.lib.query.fold import fold
from tickets.access import Actor, held_on
from tickets.models import Attachment
from tickets.people import People, Person
from tickets.state import TicketState

REPLY, COMMENT = "correspond", "comment"
MARKDOWN = "text/markdown"
_MOST_TAKEN = 100
# RFC 3676, section 4.3: what follows such a line is a signature; mail programs grey it and leave it out of quotes.
_SIGNATURE = "\n\n-- \n"
_SPEAKS = {REPLY: "ReplyToTicket", COMMENT: "CommentOnTicket"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text that is not sent yet. `left_out` are folded addresses, `file_ids` uploads that wait for it, `version`
    is the ticket's that its writer has read (None: nobody said), `taken` are messages that came back and stand in it,
    `markdown` says how its text is written, `nonce` names the press that sends it, `signature` is its writer's."""

    kind: str = REPLY
    content: str = ""
    transition: str = ""
    left_out: frozenset[str] = frozenset()
    file_ids: tuple[int, ...] = ()
    version: int | None = None
    taken: tuple[int, ...] = ()
    markdown: bool = False
    nonce: str = ""
    signature: str = ""

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        """From the composer's form. What is no choice there counts as not chosen; the door judges the rest."""
        kind = form.get("as", REPLY)
        ticked = {fold(each) for each in form.getlist("send_to")}
        return cls(
            kind=kind if kind in _SPEAKS else REPLY,
            content=form.get("content", "").replace("\r\n", "\n"),
            transition=form.get("transition", ""),
            left_out=frozenset(fold(each) for each in form.getlist("offered")) - ticked,
            file_ids=uploads.named(form),
            version=next(iter(uploads.numbers(form.getlist("version"))), None),
            taken=tuple(dict.fromkeys(uploads.numbers(form.getlist("taken"))))[:_MOST_TAKEN],
            markdown=form.get("markdown") == "1",
            nonce=form.get("nonce", "")[:64],
        )

    @property
    def says(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.content.strip() or self.file_ids)

    @property
    def empty(self) -> bool:
        """Whether nothing was written, and nothing that came back stands in it."""
        return not self.says and not self.taken

    @property
    def idle(self) -> bool:
        """Whether sending it would ask for nothing."""
        return not self.says and not self.transition

    @property
    def below(self) -> str:
        """What is put below the text: the signature, under a reply that has words and does not end with it already."""
        text, signature = self.content.rstrip(), self.signature.strip()
        if self.kind != REPLY or not (text and signature) or text.endswith(signature):
            return ""
        return f"{_SIGNATURE}{signature}"

    def with_files(self, ids: Iterable[int]) -> Self:
        """With more uploads."""
        return replace(self, file_ids=(*self.file_ids, *ids))

    def changes(self) -> dict[str, Any]:
        """What the door takes; the transition is named to it beside this. A transition alone brings no message."""
        if not self.says and self.transition:
            return {}
        below = self.below
        content = f"{self.content.rstrip()}{below}" if below else self.content
        message: dict[str, Any] = {"type": self.kind, "content": content}
        if self.markdown:
            message["content_type"] = MARKDOWN
        if self.left_out:
            message["skip_recipients"] = sorted(self.left_out)
        if self.file_ids:
            message["attachment_ids"] = list(self.file_ids)
        return {"message": message}


@dataclass(frozen=True, slots=True)
class Box:
    """Somebody who may be left out of the mails. `role` is requestor, cc or staff."""

    role: str
    person: Person
    address: str
    ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """The composer as its page shows it. `kinds` are those that the reader may write."""

    draft: Draft
    kinds: tuple[str, ...]
    boxes: tuple[Box, ...]
    may_leave_out: bool
    files: tuple[Attachment, ...]
    fields: FieldsForm
    nonce: str

    @property
    def staff(self) -> bool:
        """Whether anybody is offered who reads comments too."""
        return any(box.role == "staff" for box in self.boxes)


def fields_form(
    state: TicketState, actor: Actor, keys: Collection[str], data: Any = None
) -> FieldsForm:
    """The fields that a transition asks for, to be filled in beside the text."""
    return FieldsForm(data, state=state, actor=actor, keys=keys, auto_id="w_%s")


def composer(
    state: TicketState, actor: Actor, people: People, draft: Draft, fields: FieldsForm
) -> Composer | None:
    """None for whoever may neither reply nor comment. No statement but for uploads that wait."""
    held = held_on(actor, state)
    kinds = tuple(kind for kind, right in _SPEAKS.items() if held.has(right))
    if not kinds:
        return None
    if draft.kind not in kinds:
        draft = replace(draft, kind=kinds[0])
    return Composer(
        draft=draft,
        kinds=kinds,
        boxes=tuple(_boxes(state, actor, people, draft.left_out)),
        may_leave_out=held.has("ModifyTicket"),
        fields=fields,
        files=uploads.waiting(draft.file_ids, actor),
        # A draft that was not sent stays that of its composer, and so does what is kept of it.
        nonce=draft.nonce or uuid4().hex,
    )


def _boxes(
    state: TicketState, actor: Actor, people: People, left_out: frozenset[str]
) -> Iterable[Box]:
    """Everybody on the ticket once, but for whoever writes."""
    owner = people.by_id(state.owner_id)
    roles: Mapping[str, Sequence[str]] = {
        "requestor": state.watchers.get("requestor", ()),
        "cc": state.watchers.get("cc", ()),
        "staff": (*state.watchers.get("admin_cc", ()), *([owner.email] if owner else ())),
    }
    seen = {fold(actor.person.email), ""}
    for role, addresses in roles.items():
        for address in addresses:
            if fold(address) not in seen:
                seen.add(fold(address))
                ticked = fold(address) not in left_out
                yield Box(role, people.by_email(address), address, ticked)
