"""Custom fields in the administration: the definition's form, and how many tickets a change of it touches."""

import hashlib
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customfields.forms import CustomFieldForm
from customfields.models import CustomField
from tessera.accounts import audit
from tessera.accounts.audit import Somebody
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.admin import SiteAdmin
from tessera.lib.patience import TookTooLong, at_most
from tickets import field_preview, field_usage, fielding
from tickets.vocabulary import PEOPLE

_NAMED = 10  # choices in one sentence
_PATIENCE_MS = 2_000
# What the page is sent for that is not to be saved.
LOOK = "_look"


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

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if self.instance.values and "values" in self.fields:
            counts = reverse("admin:customfield_usage", args=[self.instance.pk])
            self.fields["values"].widget.attrs["data-usage"] = counts

    @property
    def drafting(self) -> bool:
        """Whether it was sent to be looked at, and not to be saved."""
        return self.is_bound and LOOK in self.data

    def is_valid(self) -> bool:
        """Never, while it is only looked at: nobody saves it then."""
        return super().is_valid() and not self.drafting

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

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        """With the input alone, and how many tickets hold each choice."""
        view = self.admin_site.admin_view
        ours = [
            path("preview/", view(self.preview_view), name="customfield_preview"),
            path("<int:number>/usage/", view(self.usage_view), name="customfield_usage"),
        ]
        return [*ours, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **given: Any
    ) -> Any:
        """With the input beside it, as agents will see it."""
        form, row = context["adminform"].form, given["obj"]
        if form.is_bound:
            context["preview"] = field_preview.of_draft(form.data, row)
        elif row is not None:
            context["preview"] = field_preview.of_row(row)
        return super().render_change_form(request, context, *args, **given)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The input for the form as it is sent; `?of=` is the field that is being changed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self._row(request, request.GET.get("of", "")) if "of" in request.GET else None
        if not self.has_change_permission(request):
            raise PermissionDenied
        shown = {"preview": field_preview.of_draft(request.POST, row)}
        return render(request, "admin/customfields/customfield/_preview.html", shown)

    def usage_view(self, request: HttpRequest, number: int) -> JsonResponse:
        """How many tickets hold each choice, in words; none where counting takes too long."""
        row = self._row(request, str(number))
        try:
            with at_most(_PATIENCE_MS):
                found = field_usage.of_choices(row, row.values)
        except TookTooLong:
            found = {}
        return JsonResponse({value: field_usage.told(count) for value, count in found.items()})

    def _row(self, request: HttpRequest, raw: str) -> CustomField:
        """The field of that number, for those who may change it. Raises `PermissionDenied`, `Http404`."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        number = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 19 else 0
        row = CustomField.objects.filter(pk=number).first()
        if row is None:
            raise Http404
        return row

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
