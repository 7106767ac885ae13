"""What stands at a ticket's side, as forms: its people, what it is about, its custom fields, its links.

Each form begins with a ticket as it stood at some moment, and says in the door's words what whoever filled it in
wants otherwise. What is wrong beyond the form the door says, by its own names: `AT` is where such faults are shown.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customfields.types import TYPES
from tessera.accounts.models import User
from tessera.desk import words
from tessera.desk.forms.inputs import DueField, PriorityField
from tessera.lib.query.fold import fold
from tickets import naming
from tickets.access import Actor, sees_queue
from tickets.holding import holders
from tickets.models.ticket import ticket_key
from tickets.people import People
from tickets.state import INVERSE, TicketState

_LONGEST_LIST = 50_000
_OFFERED_OWNERS = 200
_BREAKS = re.compile(r"[\s,;]+")


class FactsForm(forms.Form):
    """A part of a ticket. `title` heads it."""

    AT: ClassVar[Mapping[str, str]] = {}
    title: ClassVar[Any] = ""

    def __init__(
        self,
        data: Any = None,
        *,
        state: TicketState,
        actor: Actor,
        instead: Mapping[str, Any] | None = None,
        auto_id: str = "f_%s",
    ) -> None:
        """`instead` is what the inputs show where that is not what the ticket holds."""
        self.state, self.actor = state, actor
        super().__init__(data, auto_id=auto_id, use_required_attribute=False)
        self.build()
        self.initial = {**self.held(), **(instead or {})}
        for each in self.fields.values():
            each.widget.attrs.setdefault("autocomplete", "off")

    def build(self) -> None:
        """Add what depends on the ticket."""

    def held(self) -> dict[str, Any]:
        """What the ticket holds, by field."""
        raise NotImplementedError

    def wanted(self, names: Iterable[str]) -> dict[str, Any]:
        """What the door takes, of these fields. Only of a form that is valid."""
        return {name: self.cleaned_data[name] for name in names}

    def tell(self, errors: Mapping[str, Sequence[str]], *, but: Collection[str] = ()) -> None:
        """Show the door's faults at their fields, and those that have none here above; `but` those of these fields."""
        for name, texts in errors.items():
            at = self.AT.get(name, name.replace("custom_fields.", "cf_").removeprefix("links."))
            if at in but:
                continue
            known = at if at in self.fields else None
            for text in texts:
                self.add_error(known, text[:1].upper() + text[1:] if known else f"{name}: {text}")


class AddressesField(forms.CharField):
    """E-mail addresses, one a line or with commas between them; the door says which are none."""

    widget = forms.Textarea({"rows": 2, "spellcheck": "false"})

    def __init__(self, **given: Any) -> None:
        super().__init__(required=False, max_length=_LONGEST_LIST, **given)

    def to_python(self, value: Any) -> Any:
        return [part for part in _BREAKS.split(super().to_python(value) or "") if part]

    def run_validators(self, value: Any) -> None:
        super().run_validators("\n".join(value))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        typed = [fold(each) for each in self.to_python(data)]
        return typed != [fold(each) for each in initial or []]


class PeopleForm(FactsForm):
    """Who works on it and who hears of it. The owner is named by username or address."""

    AT: ClassVar = {"owner_id": "owner"}
    title = gettext_lazy("People")

    owner = forms.CharField(
        label=gettext_lazy("Owner"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("A username; empty for nobody."),
        widget=forms.TextInput({"list": "owners", "spellcheck": "false"}),
    )
    requestors = AddressesField(label=gettext_lazy("Requestors"))
    cc = AddressesField(label=gettext_lazy("Cc"))
    admin_cc = AddressesField(label=gettext_lazy("AdminCc"))

    def held(self) -> dict[str, Any]:
        owner = People().by_id(self.state.owner_id)
        watchers = self.state.watchers
        return {
            "owner": owner.username if owner else "",
            "requestors": list(watchers.get("requestor", ())),
            "cc": list(watchers.get("cc", ())),
            "admin_cc": list(watchers.get("admin_cc", ())),
        }

    @property
    def owners(self) -> Sequence[User]:
        """Those who may own the ticket, the first of very many."""
        found = holders(self.actor.config, "OwnTicket", ticket=self.state)
        return list(found.order_by("username")[:_OFFERED_OWNERS])

    def wanted(self, names: Iterable[str]) -> dict[str, Any]:
        found = super().wanted(names)
        if "owner" in found:
            found["owner_id"] = user_id(found.pop("owner"))
        return found

    def clean_owner(self) -> str:
        """A name that nobody has is told as the door tells of somebody who can't own the ticket."""
        name: str = self.cleaned_data["owner"].strip()
        if name and user_id(name) is None:
            raise ValidationError(_("No user of that name can own tickets of this queue"))
        return name


def user_id(name: str) -> int | None:
    """The user of that name or address; None where there is none."""
    if not name:
        return None
    named = Q(username__iexact=name) | Q(folded_email=fold(name))
    rows = User.objects.filter(named).order_by("pk").values_list("pk", "username")[:2]
    by_name = {fold(username): number for number, username in rows}
    return by_name.get(fold(name)) or next(iter(by_name.values()), None)


class BasicsForm(FactsForm):
    """Subject, queue, priority and due date. `status` is asked only where a move needs to be told it."""

    AT: ClassVar = {"due_at": "due", "queue_id": "queue"}
    title = gettext_lazy("Ticket")

    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, max_length=1000)
    queue = forms.TypedChoiceField(label=gettext_lazy("Queue"), coerce=int)
    priority = PriorityField()
    due = DueField()

    def build(self) -> None:
        config = self.actor.config
        queues = sorted(config.queues.values(), key=lambda queue: fold(queue.name))
        self.fields["queue"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (queue.id, queue.name)
            for queue in queues
            if queue.id == self.state.queue_id
            or (not queue.disabled and sees_queue(self.actor, queue.id))
        ]
        if self.data.get("status") and (there := config.queues.get(_number(self.data, "queue"))):
            self.ask_status([each.name for each in there.lifecycle.definition.statuses])

    def ask_status(self, statuses: Sequence[str]) -> None:
        """Let the mover say what the ticket's status becomes in the other queue."""
        self.fields["status"] = forms.ChoiceField(
            label=_("Status there"), choices=[(each, each) for each in statuses], required=False
        )

    def held(self) -> dict[str, Any]:
        due = self.state.due_at
        return {
            "subject": self.state.subject,
            "queue": self.state.queue_id,
            "priority": self.state.priority,
            "due": due and due.replace(second=0, microsecond=0),
        }

    def wanted(self, names: Iterable[str]) -> dict[str, Any]:
        found = super().wanted(names)
        if "queue" in found:
            found["queue_id"] = found.pop("queue")
        if "due" in found:
            due: datetime | None = found.pop("due")
            found["due_at"] = due.isoformat() if due else None
        return found


def _number(data: Mapping[str, str], name: str) -> int:
    raw = data.get(name, "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 19 else 0


class FieldsForm(FactsForm):
    """The custom fields of the queue, each with the input of its type."""

    title = gettext_lazy("Fields")

    def __init__(self, *args: Any, keys: Collection[str] | None = None, **given: Any) -> None:
        """Of the fields of these keys alone; None: of all."""
        self.keys = keys
        super().__init__(*args, **given)

    def build(self) -> None:
        for spec in self.actor.config.queues[self.state.queue_id].fields:
            if self.keys is not None and spec.key not in self.keys:
                continue
            held = self.state.custom_fields.get(spec.key, ())
            self.fields[f"cf_{spec.key}"] = TYPES[spec.field_type].form_field(spec, held=held)

    def held(self) -> dict[str, Any]:
        held = self.state.custom_fields
        return {name: tuple(held.get(name.removeprefix("cf_"), ())) for name in self.fields}

    def wanted(self, names: Iterable[str]) -> dict[str, Any]:
        found = {name.removeprefix("cf_"): self.cleaned_data[name] for name in names}
        return {"custom_fields": found} if found else {}


class LinksField(forms.CharField):
    """Tickets by key or id, with spaces or commas between them."""

    def __init__(self, **given: Any) -> None:
        super().__init__(required=False, max_length=10_000, **given)

    def to_python(self, value: Any) -> Any:
        found = []
        for part in _BREAKS.split(super().to_python(value) or ""):
            number = naming.typed(part) if part else None
            if part and number is None:
                raise ValidationError(_("“%(part)s” names no ticket") % {"part": part[:40]})
            if number is not None:
                found.append(ticket_key(number))
        return list(dict.fromkeys(found))

    def run_validators(self, value: Any) -> None:
        super().run_validators(" ".join(value))

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True


class LinksForm(FactsForm):
    """What the ticket depends on, belongs to and speaks of. Links to tickets that are out of sight stay as they are."""

    title = gettext_lazy("Links")

    def __init__(self, *args: Any, seen: frozenset[int] = frozenset(), **given: Any) -> None:
        self.seen = seen
        super().__init__(*args, **given)

    def build(self) -> None:
        for direction, name in words.directions().items():
            self.fields[direction] = LinksField(label=name)

    def held(self) -> dict[str, Any]:
        links = self.state.links
        return {
            direction: [ticket_key(n) for n in links.get(direction, ()) if n in self.seen]
            for direction in INVERSE
        }

    def wanted(self, names: Iterable[str]) -> dict[str, Any]:
        found = super().wanted(names)
        return {"links": found} if found else {}
