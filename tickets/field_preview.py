"""A custom field as those who work on tickets will see it, while its definition is still being written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from customfields.forms import CustomFieldForm
from customfields.models import CustomField
from customfields.spec import FieldSpec
from customfields.types import TYPES
from tickets.vocabulary import PEOPLE

_UNNAMED = "field"


class DraftForm(CustomFieldForm):
    """The definition's form, judged by itself alone: what tickets and queues say of it, a save would ask."""

    vocabulary = PEOPLE

    def full_clean(self) -> None:
        """A field can be looked at before it has a name."""
        if self.is_bound and not str(self.data.get("name", "")).strip():
            data: Any = self.data
            self.data = data.copy()
            self.data["name"] = _("Unnamed")  # type: ignore[index]  # a copy, of our own
        super().full_clean()


class ValuesForm(forms.Form):
    """The field with those that it depends on, each with the input that the page of a ticket has."""

    def __init__(self, specs: Sequence[FieldSpec]) -> None:
        super().__init__(auto_id="preview_%s", use_required_attribute=False)
        for spec in specs:
            held = _begun(spec)
            kind = TYPES[spec.field_type]
            self.fields[f"cf_{spec.key}"] = kind.form_field(spec, held=held, begins=True)
        for each in self.fields.values():
            each.widget.attrs.setdefault("autocomplete", "off")


@dataclass(frozen=True, slots=True)
class Preview:
    """`form` is None where the definition is not sound yet; `faults` say why, as `(label, what is wrong)`."""

    form: ValuesForm | None
    faults: Sequence[tuple[str, str]] = ()
    disabled: bool = False


def of_row(row: CustomField) -> Preview:
    """A field as it is kept."""
    return Preview(_form(row), disabled=row.disabled)


def of_draft(sent: Mapping[str, Any], row: CustomField | None) -> Preview:
    """A definition as it stands in its form. Nothing is kept. `row` is the field that is being changed."""
    fixed = () if row is None else ("key", "field_type")
    names = [name for name in DraftForm.Meta.fields if name not in fixed]
    kind: Any = forms.modelform_factory(CustomField, form=DraftForm, fields=names)
    # Of a row of its own: a form writes what it reads into its instance.
    form = kind(sent, instance=None if row is None else CustomField.objects.get(pk=row.pk))
    for name in fixed:
        form.fields.pop(name, None)
    if not form.is_valid() or form.judged is None:
        found = [
            (str(form.fields[name].label) if name in form.fields else "", str(text))
            for name, texts in form.errors.items()
            for text in texts
        ]
        return Preview(None, found)
    draft = CustomField(**form.judged.found)
    draft.key = draft.key or _UNNAMED
    return Preview(_form(draft), disabled=bool(form.cleaned_data.get("disabled")))


def _form(row: CustomField) -> ValuesForm:
    """Behind those that decide over it: its parent, and the one whose values it is shown under."""
    wanted = [row.depends_on, row.show_when["field"] if row.show_when else ""]
    deciding = [key for key in dict.fromkeys(wanted) if key and key != row.key]
    rows = {each.key: each for each in CustomField.objects.filter(key__in=deciding)}
    specs = [FieldSpec.of(rows[key]) for key in deciding if key in rows]
    return ValuesForm([*specs, FieldSpec.of(row)])


def _begun(spec: FieldSpec) -> Sequence[Any]:
    """What a new ticket gets where nothing is said."""
    if spec.default is None:
        return ()
    return tuple(spec.default) if isinstance(spec.default, list) else (spec.default,)
