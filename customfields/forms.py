"""The form of a custom field's definition, without raw JSON. `customfields.service` judges it; the form asks."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.forms.widgets import Script
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customfields import service
from customfields.choices import COLOURS
from customfields.lines import from_lines, to_lines
from customfields.models import CustomField
from customfields.service import Judged
from customfields.spec import ANYBODY, Vocabulary
from customfields.types import TYPES
from tessera.lib.admin import show_faults
from tessera.lib.errors import Invalid
from tessera.lib.values import BadValue

# What the form calls otherwise than the definition does.
_NAMES = {"choices": "values"}
_LISTED = frozenset(name for name, each in TYPES.items() if each.has_choices) | {"Boolean"}


class CustomFieldForm(forms.ModelForm[CustomField]):
    """A definition. Key and type stand fast as soon as it is saved."""

    # Who a User's default may name.
    vocabulary: ClassVar[Vocabulary] = ANYBODY

    values = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line; for the types SelectSingle and SelectMulti. Behind the choice may stand, after bars, a"
            " colour, “disabled”, the values of the parent field under which it is offered, and the name that it"
            " had: “Graz | green | when: Austria; Styria | was: Gratz”."
        ),
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
    minimum = forms.CharField(label=gettext_lazy("Minimum"), required=False)
    maximum = forms.CharField(
        label=gettext_lazy("Maximum"),
        required=False,
        help_text=gettext_lazy(
            "For numbers and dates, both included: 10, 12.5, 2026-03-31, 2026-03-31T09:00:00Z."
        ),
    )
    depends_on = forms.ChoiceField(
        label=gettext_lazy("Depends on"),
        required=False,
        help_text=gettext_lazy("The parent field: its values say which choices are offered."),
    )
    show_when = forms.MultipleChoiceField(
        label=gettext_lazy("Show when"),
        required=False,
        widget=forms.SelectMultiple({"size": 8}),
        help_text=gettext_lazy(
            "Values of one other field: only while it has one of them, this field takes a value. None: always."
        ),
    )

    class Meta:
        model = CustomField
        fields = (
            *("name", "key", "field_type", "values", "max_values", "pattern", "pattern_message"),
            *("minimum", "maximum", "required", "default", "help_text", "depends_on", "show_when"),
            *("indexed", "for_customers", "disabled"),
        )
        help_texts: ClassVar = {
            "pattern_message": gettext_lazy("What people read where a value does not match it.")
        }

    class Media:
        js: ClassVar = [Script("js/choices.js", type="module")]
        css: ClassVar = {"all": ["css/choices.css"]}

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.judged: Judged | None = None
        row = self.instance
        self.initial = {
            **self.initial,
            "values": to_lines(row.choices),
            "default": _as_lines(row.default),
            "minimum": "" if row.minimum is None else str(row.minimum),
            "maximum": "" if row.maximum is None else str(row.maximum),
            "show_when": _conditions(row.show_when),
        }
        if "key" in self.fields:
            self.fields["key"].required = False
            self.fields["key"].help_text = _("Empty: made from the name. It never changes.")
        if "field_type" in self.fields:
            self.fields["field_type"].help_text = _("It never changes.")
        if row.pk is None and "max_values" in self.fields:
            self.fields["max_values"].required = False
            self.initial["max_values"] = ""
        if "depends_on" in self.fields:
            self._offer_neighbours()

    def _offer_neighbours(self) -> None:
        """The other fields, as far as their values can be listed; what is set now stays in any case."""
        rows = CustomField.objects.exclude(pk=self.instance.pk).order_by("name", "key")
        others = [row for row in rows if not row.disabled and row.field_type in _LISTED]
        parents = {row.key: row for row in others if TYPES[row.field_type].has_choices}
        labels = {key: _titled(row) for key, row in parents.items()}
        if held := self.instance.depends_on:
            labels.setdefault(held, held)
        parent: Any = self.fields["depends_on"]
        parent.choices = [("", "–"), *labels.items()]
        shown: Any = self.fields["show_when"]
        shown.choices = _grouped(others, self.initial["show_when"])
        self.fields["values"].widget.attrs |= {
            "data-choices": json.dumps(_words(), ensure_ascii=False),
            "data-parents": json.dumps(
                {key: row.values for key, row in parents.items()}, ensure_ascii=False
            ),
        }
        if self.instance.pk is not None:
            self.fields["values"].widget.attrs |= {
                "data-saved": json.dumps(self.instance.values, ensure_ascii=False),
                "data-type": self.instance.field_type,
            }

    def clean(self) -> dict[str, Any]:
        """Asks the service, and takes what it made of the definition."""
        cleaned = super().clean() or self.cleaned_data
        given = {name: value for name, value in cleaned.items() if name in _GIVEN}
        if not self.instance.pk or "default" in self.changed_data:
            given["default"] = self._default(cleaned.get("default", ""))
        given["show_when"] = self._rule(cleaned.get("show_when", []))
        if given.get("max_values") is None:
            given.pop("max_values", None)
        faults: dict[str, list[str]] = {}
        try:
            given["choices"] = from_lines(cleaned.get("values", ""))
        except BadValue as fault:
            faults["values"] = [str(fault)]
        known = self.instance if self.instance.pk else None
        try:
            self.judged = service.judge(given, known, vocabulary=self.vocabulary)
        except Invalid as refusal:
            faults = {
                _NAMES.get(name, name): texts for name, texts in refusal.errors.items()
            } | faults
        show_faults(self, {k: v for k, v in faults.items() if k not in self.errors})
        if self.judged and not faults:
            cleaned |= {k: v for k, v in self.judged.found.items() if k != "choice_details"}
        return cleaned

    def _default(self, raw: str) -> Any:
        parts = [line.strip() for line in raw.splitlines() if line.strip()]
        return parts if len(parts) > 1 else (parts[0] if parts else None)

    def _rule(self, chosen: Iterable[str]) -> dict[str, Any] | None:
        """The condition of the options that are chosen, `key=value` each."""
        pairs = [option.partition("=") for option in chosen]
        keys = {key for key, _sign, _value in pairs}
        if len(keys) > 1:
            self.add_error("show_when", _("Choose values of one field only."))
            return None
        values = [value for _key, _sign, value in pairs]
        return {"field": keys.pop(), "values": values} if keys else None


_GIVEN = {
    *("name", "key", "field_type", "max_values", "pattern", "pattern_message"),
    *("minimum", "maximum", "required", "help_text", "depends_on", "indexed"),
    "for_customers",
}


def _titled(row: CustomField) -> str:
    return f"{row.name} ({row.key})"


def _conditions(rule: Mapping[str, Any] | None) -> list[str]:
    return [f"{rule['field']}={_text(value)}" for value in rule["values"]] if rule else []


def _grouped(rows: Iterable[CustomField], held: Iterable[str]) -> list[tuple[str, Any]]:
    """The values of each field as options under its name."""
    groups: dict[str, tuple[str, dict[str, str]]] = {}
    for row in rows:
        values: Iterable[Any] = (True, False) if row.field_type == "Boolean" else row.values
        options = {f"{row.key}={_text(value)}": _shown(value) for value in values}
        groups[row.key] = (_titled(row), options)
    for option in held:
        key, _sign, value = option.partition("=")
        groups.setdefault(key, (key, {}))[1].setdefault(option, value)
    return [(title, list(options.items())) for title, options in groups.values()]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)


def _as_lines(default: Any) -> str:
    if default is None:
        return ""
    members = default if isinstance(default, list) else [default]
    return "\n".join(map(_text, members))


def _words() -> dict[str, Any]:
    """What the rows of choices say to people; the script has no language of its own."""
    return {
        "colours": {"": _("no colour"), **{name: str(told) for name, told in COLOURS.items()}},
        "caption": _("Choices in their order"),
        "value": _("Choice"),
        "colour": _("Colour"),
        "offered": _("Offered"),
        "when": _("Offered when the parent is"),
        "held": _("Held by"),
        "was": _("was %s"),
        "up": _("Move up: %s"),
        "down": _("Move down: %s"),
        "remove": _("Remove: %s"),
        "add": _("Add a choice"),
        "moved": _("%s is now at place %d"),
        "removed": _("%s was removed"),
        "text": _("Edit as text"),
        "rows": _("Edit as rows"),
    }
