"""The same change for several tickets."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.desk.forms.facts import user_id
from tessera.desk.forms.inputs import PriorityField
from tessera.lib.query.compare import NOBODY
from tessera.lib.query.fold import fold
from tickets.access import Actor, queues_with, sees_queue
from tickets.changes.message import LONGEST


class BulkForm(forms.Form):
    """What is left empty stays as it is on each ticket."""

    AT: ClassVar[Mapping[str, str]] = {
        "owner_id": "owner",
        "queue_id": "queue",
        "message": "comment",
        "message.content": "comment",
    }

    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    owner = forms.CharField(
        label=gettext_lazy("Owner"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("A username; Nobody for none."),
        widget=forms.TextInput({"spellcheck": "false"}),
    )
    queue = forms.TypedChoiceField(
        label=gettext_lazy("Queue"), required=False, coerce=int, empty_value=None
    )
    priority = PriorityField(required=False)
    comment = forms.CharField(
        label=gettext_lazy("Comment inside"),
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, data: Any = None, *, actor: Actor) -> None:
        self.actor = actor
        super().__init__(data, auto_id="f_%s", use_required_attribute=False)
        config, kept = actor.config, ("", _("as it is"))
        seen = queues_with(actor, "ShowTicket", "SeeQueue")
        statuses = dict.fromkeys(
            status.name
            for number in sorted(seen)
            for status in config.queues[number].lifecycle.definition.statuses
        )
        queues = sorted(config.queues.values(), key=lambda queue: fold(queue.name))
        choices: dict[str, list[tuple[Any, str]]] = {
            "status": [(name, name) for name in statuses],
            "queue": [
                (queue.id, queue.name)
                for queue in queues
                if not queue.disabled and sees_queue(actor, queue.id)
            ],
        }
        for name, found in choices.items():
            self.fields[name].choices = [kept, *found]  # type: ignore[attr-defined]  # a ChoiceField
        for each in self.fields.values():
            each.widget.attrs.setdefault("autocomplete", "off")

    @property
    def short(self) -> list[forms.BoundField]:
        """All but the text."""
        return [self[name] for name in ("status", "owner", "queue", "priority")]

    def clean_owner(self) -> str:
        name: str = self.cleaned_data["owner"].strip()
        if name and fold(name) != NOBODY and user_id(name) is None:
            raise ValidationError(_("There is nobody of that name"))
        return name

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not self.changes():
            raise ValidationError(_("Choose what shall become of the tickets first."))
        return found

    def changes(self) -> dict[str, Any]:
        """What the door takes. Only of a form that is valid."""
        held = self.cleaned_data
        found: dict[str, Any] = {}
        if held.get("status"):
            found["status"] = held["status"]
        if name := held.get("owner"):
            found["owner_id"] = None if fold(name) == NOBODY else user_id(name)
        if held.get("queue") is not None:
            found["queue_id"] = held["queue"]
        if held.get("priority") is not None:
            found["priority"] = held["priority"]
        if held.get("comment", "").strip():
            content = held["comment"].replace("\r\n", "\n")
            found["message"] = {"type": "comment", "content": content}
        return found

    def tell(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Show the door's faults at their fields, and those that have none here above."""
        for name, texts in errors.items():
            at = self.AT.get(name.removeprefix("changes."), name.removeprefix("changes."))
            known = at if at in self.fields else None
            for text in texts:
                self.add_error(known, text[:1].upper() + text[1:] if known else f"{name}: {text}")
