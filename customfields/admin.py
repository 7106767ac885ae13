"""Custom fields in the administration. `customfields.service` judges them; the form asks it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customfields import service
from customfields.models import CustomField
from customfields.spec import Vocabulary
from customfields.types import TYPES
from tessera.accounts.models import User
from tessera.lib.admin import SiteAdmin, show_faults
from tessera.lib.errors import Invalid


class CustomFieldForm(forms.ModelForm[CustomField]):
    """A definition. Key and type stand fast as soon as it is saved."""

    values = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("One a line; for the types SelectSingle and SelectMulti."),
    )
    default = forms.CharField(
        label=gettext_lazy("Default"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy(
            "What a new ticket gets where nothing is said. One a line where the field takes several values."
        ),
    )
    field_type = forms.ChoiceField(
        label=gettext_lazy("Type"), choices=[(name, name) for name in TYPES]
    )

    class Meta:
        model = CustomField
        fields = (
            "name",
            "key",
            "field_type",
            "values",
            "max_values",
            "pattern",
            "required",
            "default",
            "help_text",
            "disabled",
        )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.initial["values"] = "\n".join(self.instance.values)
        self.initial["default"] = _as_lines(self.instance.default)
        if "key" in self.fields:
            self.fields["key"].required = False
            self.fields["key"].help_text = _("Empty: made from the name. It never changes.")
        if "field_type" in self.fields:
            self.fields["field_type"].help_text = _("It never changes.")
        if self.instance.pk is None:
            self.fields["max_values"].required = False
            self.initial["max_values"] = ""

    def clean(self) -> dict[str, Any]:
        """Asks the service, and takes what it made of the definition."""
        cleaned = super().clean() or self.cleaned_data
        given = {name: value for name, value in cleaned.items() if name != "disabled"}
        given["values"] = [line for line in cleaned.get("values", "").splitlines() if line.strip()]
        given["default"] = self._default(cleaned.get("default", ""))
        if given.get("max_values") is None:
            given.pop("max_values", None)
        known = self.instance if self.instance.pk else None
        try:
            cleaned |= service.clean(given, known, vocabulary=Vocabulary(_username))
        except Invalid as refusal:
            show_faults(self, {k: v for k, v in refusal.errors.items() if k not in self.errors})
        return cleaned

    def _default(self, raw: str) -> Any:
        parts = [line.strip() for line in raw.splitlines() if line.strip()]
        return parts if len(parts) > 1 else (parts[0] if parts else None)


@admin.register(CustomField)
class CustomFieldAdmin(SiteAdmin[CustomField]):
    """Fields. One that is disabled is hidden from forms, answers and queries; tickets keep its values."""

    form = CustomFieldForm
    list_display = ("name", "key", "field_type", "required", "disabled")
    list_filter = ("disabled",)
    search_fields = ("name__istartswith", "key__istartswith")
    search_help_text = gettext_lazy("The beginning of a name or key")
    ordering = ("name", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("key", "field_type")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A key is never given twice: fields are disabled."""
        return False


def _as_lines(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, list):
        return "\n".join(map(str, default))
    return str(default).lower() if isinstance(default, bool) else str(default)


def _username(wanted: str) -> str | None:
    people = User.objects.filter(username__iexact=wanted, kind=User.Kind.PERSON, disabled=False)
    return people.values_list("username", flat=True).first()
