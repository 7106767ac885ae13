"""A search that is kept under a name."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import Group
from tessera.lib.query.limits import MAX_TEXT
from tickets.access import Actor, anywhere
from tickets.columns import MOST_COLUMNS
from tickets.models import SavedView
from tickets.views import SHARES_WITH_ALL

_Visibility = SavedView.Visibility


class KeptForm(forms.Form):
    """Name, query and who sees it. Columns and order are those of the list that it was kept from."""

    AT: ClassVar[Mapping[str, str]] = {"group_id": "group"}

    name = forms.CharField(label=_("Name"), max_length=100)
    query = forms.CharField(
        label=_("Query"),
        required=False,
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "class": "mono"}),
        help_text=_("TicketSQL; empty for all tickets."),
    )
    visibility = forms.ChoiceField(label=_("Who sees it"), widget=forms.RadioSelect)
    group = forms.TypedChoiceField(label=_("Group"), required=False, coerce=int, empty_value=None)
    order = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    columns = forms.CharField(
        required=False, max_length=MOST_COLUMNS * 101, widget=forms.HiddenInput
    )

    def __init__(self, data: Any = None, *, view: SavedView, actor: Actor, **given: Any) -> None:
        self.view, self.actor = view, actor
        super().__init__(data, auto_id="f_%s", use_required_attribute=False, **given)
        groups = self._groups()
        held = view.visibility if view.pk else _Visibility.PRIVATE
        said = {_Visibility.PRIVATE: _("Only I"), _Visibility.ALL: _("Everybody")}
        if groups:
            said[_Visibility.GROUP] = _("A group")
        if held != _Visibility.ALL and not anywhere(actor, SHARES_WITH_ALL):
            del said[_Visibility.ALL]
        self.fields["visibility"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (each.value, said[each]) for each in _Visibility if each in said
        ]
        if groups:
            self.fields["group"].choices = [("", "—"), *groups]  # type: ignore[attr-defined]
        else:
            del self.fields["group"]
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "autofocus": True}

    def _groups(self) -> list[tuple[int, str]]:
        """The groups that it can be shared with: one's own, and the one that it is shared with."""
        wanted = set(self.actor.person.groups)
        if self.view.group_id is not None:
            wanted.add(self.view.group_id)
        return list(Group.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else []

    def wanted(self) -> dict[str, Any]:
        """What `tickets.views.change` takes. Only of a form that is valid."""
        held = self.cleaned_data
        shared = held["visibility"] == _Visibility.GROUP
        found = {
            "name": held["name"],
            "query": held["query"].replace("\r\n", "\n"),
            "visibility": held["visibility"],
            "group_id": held.get("group") if shared else None,
        }
        if held["order"]:
            found["order"] = held["order"]
        if names := [name for name in held["columns"].split(",") if name]:
            found["columns"] = names
        return found

    def tell(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Show the faults at their fields, and those of what is out of sight here above."""
        for name, texts in errors.items():
            at = self.AT.get(name, name)
            shown = at in self.fields and not self.fields[at].widget.is_hidden
            for text in texts:
                told = text[:1].upper() + text[1:]
                self.add_error(at if shown else None, told if shown else f"{name}: {text}")
