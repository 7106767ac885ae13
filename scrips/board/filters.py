"""Which deliveries a list shows, as its address says."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.models import Delivery, Scrip
from tickets import naming

WAITING = "waiting"
_STATUSES: list[tuple[str, str | Promise]] = [
    ("", gettext_lazy("any status")),
    (WAITING, gettext_lazy("waiting: pending, sending or to be tried again")),
    *Delivery.Status.choices,
]
_KINDS: list[tuple[str, str | Promise]] = [("", gettext_lazy("any kind")), *Delivery.Kind.choices]


class _Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class FilterForm(forms.Form):
    """By status, kind, host, rule, ticket and time; what is left out is not asked for."""

    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=_STATUSES, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=_KINDS, required=False)
    host = forms.CharField(label=gettext_lazy("Host"), max_length=255, required=False)
    ticket = forms.CharField(label=gettext_lazy("Ticket"), max_length=50, required=False)
    scrip: "forms.ModelChoiceField[Scrip]" = forms.ModelChoiceField(
        Scrip.objects.order_by("name", "pk"),
        label=gettext_lazy("Rule"),
        empty_label=gettext_lazy("any rule"),
        required=False,
    )
    since = forms.DateTimeField(label=gettext_lazy("Made since"), widget=_Moment, required=False)
    until = forms.DateTimeField(label=gettext_lazy("Made before"), widget=_Moment, required=False)

    def __init__(self, given: QueryDict) -> None:
        super().__init__(given, auto_id="f-%s")
        for name in ("host", "ticket"):
            self.fields[name].widget = AdminTextInputWidget({"class": "", "autocomplete": "off"})
            self.fields[name].widget.is_required = False
        self.fields["ticket"].widget.attrs["placeholder"] = "TKT-0012"

    def clean_ticket(self) -> int | None:
        """Its id."""
        typed = self.cleaned_data["ticket"]
        number = naming.typed(typed) if typed.strip() else None
        if typed.strip() and number is None:
            raise forms.ValidationError(_("A ticket's key such as TKT-0012, or its id."))
        return number

    def rows(self) -> QuerySet[Delivery]:
        """Those that are asked for; none where something asked for can't be read."""
        if not self.is_valid():
            return Delivery.objects.none()
        wanted: dict[str, Any] = {
            column: self.cleaned_data[name] for name, column in _COLUMNS.items() if self._has(name)
        }
        if self.cleaned_data["status"] == WAITING:
            wanted["status__in"] = ["pending", "sending", "failed"]
        elif self._has("status"):
            wanted["status"] = self.cleaned_data["status"]
        if self._has("scrip"):
            wanted["scrip_id"] = self.cleaned_data["scrip"].pk
        return Delivery.objects.filter(**wanted)

    @property
    def asked(self) -> bool:
        """Whether anything is asked for."""
        return self.is_valid() and any(self._has(name) for name in self.fields)

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What was given, for other forms that speak of the same deliveries."""
        return [(name, value) for name in self.fields if (value := self.data.get(name, ""))]

    def _has(self, name: str) -> bool:
        return self.cleaned_data.get(name) not in (None, "")


_COLUMNS = {
    "kind": "kind",
    "host": "host",
    "ticket": "ticket_id",
    "since": "created_at__gte",
    "until": "created_at__lt",
}
