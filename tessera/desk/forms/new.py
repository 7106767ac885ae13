"""What a new ticket begins with."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customfields.spec import ANYBODY, FieldSpec, check
from customfields.types import TYPES
from customfields.types.base import ValueInvalid
from tessera.desk.forms.facts import AddressesField
from tessera.desk.forms.inputs import DueField, PriorityField
from tickets.changes.message import LONGEST
from tickets.config import QueueSpec

_AT: Mapping[str, str] = {"due_at": "due", "message": "content", "message.content": "content"}


class BeginForm(forms.Form):
    """What every new ticket begins with: a subject, a text, and some of its queue's fields."""

    subject = forms.CharField(label=_("Subject"), max_length=1000)
    content = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea({"rows": 7}),
    )

    def __init__(
        self, data: Any = None, *, queue: QueueSpec, specs: Sequence[FieldSpec] | None = None
    ) -> None:
        """Of the queue's fields those of `specs`; None: all."""
        self.queue = queue
        self.specs = queue.fields if specs is None else tuple(specs)
        super().__init__(data, auto_id="f_%s", use_required_attribute=False)
        for spec in self.specs:
            field = TYPES[spec.field_type].form_field(spec, begins=True)
            try:
                default = () if spec.default is None else check(spec, spec.default, ANYBODY)
            except ValueInvalid:
                default = ()  # it is nobody's fault here that a default no longer fits
            field.initial = default
            self.fields[f"cf_{spec.key}"] = field
        for each in self.fields.values():
            each.widget.attrs.setdefault("autocomplete", "off")

    def add_error(self, field: str | None, error: Any) -> None:
        """The first field on the page that is wrong has the focus when it comes back."""
        super().add_error(field, error)
        on_page = dict.fromkeys([each.name for each in (*self.main, *self.own)]) | self.fields
        wrong = [self.fields[name] for name in on_page if name in self.errors]
        for place, each in enumerate(wrong):
            each.widget.attrs["autofocus"] = place == 0

    @property
    def main(self) -> list[forms.BoundField]:
        """What stands first."""
        raise NotImplementedError

    @property
    def own(self) -> list[forms.BoundField]:
        """The queue's own fields."""
        return [self[f"cf_{spec.key}"] for spec in self.specs]

    def values(self, file_ids: Sequence[int] = ()) -> dict[str, Any]:
        """What the door takes. Fields with faults are left out: a preview tells of the rest."""
        held = self.cleaned_data
        found: dict[str, Any] = {"queue_id": self.queue.id, "subject": held.get("subject", "")}
        if held.get("content", "").strip() or file_ids:
            content = held.get("content", "").replace("\r\n", "\n")
            found["message"] = {"content": content, "attachment_ids": list(file_ids)}
        own = {spec.key: held[f"cf_{spec.key}"] for spec in self.specs if self._given(spec.key)}
        return found | ({"custom_fields": own} if own else {})

    def _given(self, key: str) -> bool:
        """Whether the form has the field. What is out of sight is not sent, and gets no default either."""
        return self.cleaned_data.get(f"cf_{key}") not in (None, [], "")

    def tell(self, errors: Mapping[str, Sequence[str]], *, but: Collection[str] = ()) -> None:
        """Show the door's faults at their fields, and those that have none here above; `but` those of these fields."""
        for name, texts in errors.items():
            at = _AT.get(name, name.replace("custom_fields.", "cf_"))
            if at in but:
                continue
            known = at if at in self.fields else None
            for text in texts:
                told = text[:1].upper() + text[1:] if known else self.elsewhere(name, text)
                if known or told not in self.non_field_errors():
                    self.add_error(known, told)

    def elsewhere(self, name: str, text: str) -> str:
        """A fault of something that the form does not have."""
        return f"{name}: {text}"


class NewForm(BeginForm):
    """A ticket of one queue. What nobody fills in the door fills by its own defaults."""

    requestors = AddressesField(
        label=_("Requestor"), help_text=_("The address of whoever needs it; several with commas.")
    )
    cc = AddressesField(label=_("Cc"))
    priority = PriorityField(required=False)
    due = DueField()

    def __init__(self, data: Any = None, *, queue: QueueSpec) -> None:
        super().__init__(data, queue=queue)
        self.fields["requestors"].widget.attrs |= {"rows": 1} | (
            {} if data else {"autofocus": True}
        )

    @property
    def main(self) -> list[forms.BoundField]:
        """Who, and what."""
        return [self[name] for name in ("requestors", "subject", "content")]

    @property
    def more(self) -> list[forms.BoundField]:
        """What is seldom needed."""
        return [self[name] for name in ("cc", "priority", "due")]

    @property
    def more_wrong(self) -> bool:
        """Whether something is wrong among them: then they are not folded."""
        return any(each.errors for each in self.more)

    def values(self, file_ids: Sequence[int] = ()) -> dict[str, Any]:
        """With whom it is for, and how urgent it is."""
        found, held = super().values(file_ids), self.cleaned_data
        for name in ("requestors", "cc"):
            if held.get(name):
                found[name] = held[name]
        if held.get("priority") is not None:
            found["priority"] = held["priority"]
        if held.get("due"):
            found["due_at"] = held["due"].isoformat()
        return found
