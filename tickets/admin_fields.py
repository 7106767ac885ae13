"""Custom fields in the administration: the definition's form, and how many tickets a change of it touches."""

import hashlib
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customfields.forms import CustomFieldForm
from customfields.models import CustomField
from tessera.accounts import audit
from tessera.accounts.audit import Somebody
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.admin import SiteAdmin
from tickets import field_usage, fielding
from tickets.vocabulary import PEOPLE

_NAMED = 10  # choices in one sentence


class Confirm(forms.CheckboxInput):
    """A box that stands for exactly what is told beside it: told of something else, it is empty again."""

    def __init__(self, token: str) -> None:
        super().__init__(check_test=lambda _value: False)
        self.token = token

    def format_value(self, value: Any) -> str:  # Django's signature
        return self.token


class JudgedFieldForm(CustomFieldForm):
    """Tries the very save that would follow, and asks once more before tickets lose sight of a value."""

    vocabulary = PEOPLE
    confirmed = forms.CharField(
        label=gettext_lazy("Go on"), required=False, widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        audit.take_turns()
        cleaned = super().clean()
        if self.judged and not self.errors:
            disabled = bool(cleaned.get("disabled"))
            site.show_faults(
                self, site.faults_of(lambda: self.write(CustomField(), disabled=disabled))
            )
        if self.judged and not self.errors and (told := self._touched()):
            self._ask(told)
        return cleaned

    def write(self, row: CustomField, *, disabled: bool, actor: Somebody | None = None) -> None:
        """Save the definition as the row of this form. Raises `Invalid`."""
        assert self.judged is not None  # noqa: S101  # only a form without faults is written
        row.pk = self.instance.pk
        was_indexed = CustomField.objects.filter(pk=row.pk, indexed=True).exists()
        for name, value in self.judged.found.items():
            setattr(row, name, value)
        row.disabled = disabled
        row.save()
        fielding.refuse_index(row, was_indexed=was_indexed)
        at = "depends_on" if row.depends_on else "show_when" if row.show_when else "disabled"
        fielding.refuse_lone(row, at)
        fielding.carry_renames(row, self.judged.renamed, actor=actor)

    def _touched(self) -> str:
        """What tickets have that the change takes out of sight or out of the list; "" for nothing."""
        assert self.judged is not None  # noqa: S101  # as above
        row = CustomField.objects.filter(pk=self.instance.pk).first()
        if row is None:
            return ""
        if self.cleaned_data.get("disabled") and not row.disabled:
            count = field_usage.of_field(row)
            told = _(
                "A value of this field is held by %(tickets)s, and will not be shown any more."
            )
            return told % {"tickets": field_usage.told(count)} if count else ""
        offered = set(self.judged.found["values"]) - {
            value
            for value, held in self.judged.found["choice_details"].items()
            if "disabled" in held
        }
        gone = [c.value for c in row.choices if not c.disabled and c.value not in offered]
        counts = field_usage.of_choices(row, gone)
        named = [f"“{value}”: {field_usage.told(n)}" for value, n in counts.items() if n]
        if not named:
            return ""
        shown = "; ".join(named[:_NAMED]) + ("; …" if len(named) > _NAMED else "")
        told = _(
            "Tickets keep choices that are no longer offered or have another name: %(choices)s."
        )
        return told % {"choices": shown}

    def _ask(self, told: str) -> None:
        token = hashlib.sha256(told.encode()).hexdigest()[:16]
        if self.cleaned_data.get("confirmed") == token:
            return
        field = self.fields["confirmed"]
        field.widget = Confirm(token)
        field.help_text = _("Tick the box to save it all the same.")
        self.add_error("confirmed", told)


@admin.register(CustomField)
class CustomFieldAdmin(SiteAdmin[CustomField]):
    """Fields. One that is disabled is hidden from forms, answers and queries; tickets keep its values."""

    form = JudgedFieldForm
    fields = (*JudgedFieldForm.Meta.fields, "confirmed")
    list_display = ("name", "key", "field_type", "required", "disabled")
    list_filter = ("disabled",)
    search_fields = ("name__istartswith", "key__istartswith")
    search_help_text = gettext_lazy("The beginning of a name or key")
    ordering: ClassVar = ("name", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("key", "field_type")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A key is never given twice: fields are disabled."""
        return False

    def save_model(
        self, request: HttpRequest, obj: CustomField, form: Any, change: bool
    ) -> None:  # Django's signature
        """As it was tried."""
        actor = request.user if isinstance(request.user, User) else None
        form.write(obj, disabled=bool(form.cleaned_data.get("disabled")), actor=actor)
