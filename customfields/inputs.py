"""How people give values: Django's form fields, with the input that fits the type."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec
    from customfields.types.base import FieldType

_NOTHING = "–"
_FEW = 12  # choices that are shown as boxes to tick; more of them are a list to scroll


class ValueField(forms.Field):
    """A form's field for the values of a custom field.

    Its initial value is what a ticket holds, a tuple of canonical values; `clean` gives what the door takes: None,
    a value, or a list where the field takes several. What is wrong is told here already, but for users and for what
    depends on other fields: those the door judges.
    """

    def __init__(self, spec: FieldSpec, held: Sequence[Any], widget: forms.Widget, **given: Any):
        super().__init__(
            label=spec.name, help_text=spec.help_text, initial=tuple(held), widget=widget, **given
        )
        self.spec, self.held = spec, tuple(held)
        self.widget.attrs.update(_conditions(spec))

    @property
    def kind(self) -> type[FieldType]:
        """The class of the field's type."""
        from customfields.types import TYPES  # the types make these fields

        return TYPES[self.spec.field_type]

    def prepare_value(self, value: Any) -> Any:
        """What the input shows: of a bound form what was typed, else the values as the type writes them."""
        if not isinstance(value, tuple):
            return value
        texts = [self.kind.to_input(each) for each in value]
        if isinstance(self.widget, Lines):
            return "\n".join(texts)
        return texts if many(self.spec, self.held) else "".join(texts)

    def clean(self, value: Any) -> Any:
        from customfields.spec import ANYBODY, check, to_json  # the same

        raw = (value or "").splitlines() if isinstance(self.widget, Lines) else value
        members = raw if isinstance(raw, list) else [raw]
        try:
            found = check(self.spec, self._read(members), ANYBODY, held=self.held)
        except BadValue as fault:
            raise ValidationError(_sentence(str(fault))) from None
        if self.required and not found:
            raise ValidationError(self.error_messages["required"], code="required")
        return to_json(self.spec, found)

    def _read(self, members: Sequence[str | None]) -> list[Any]:
        """What was typed. What stands there as it was shown is what was held, though the input shows less of it: the
        hour that a clock goes through twice.
        """
        shown = {_lines(self.kind.to_input(each)): each for each in self.held}
        typed = [_lines(each) for each in members if each]
        return [shown[t] if t in shown else self.kind.from_input(t) for t in typed]

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed. What was out of sight was not sent: it is as it was, should it be shown again."""
        return initial if data is None else data

    def has_changed(self, initial: Any, data: Any) -> bool:
        if data is None:  # that it is hidden is the door's to judge
            return False
        try:
            found = self.clean(data)
        except ValidationError:
            return True
        members = found if isinstance(found, list) else [] if found is None else [found]
        return members != list(initial or ())


class Lines(forms.Textarea):
    """Several values, one a line."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"rows": 4, **(attrs or {})})


class Texts(forms.Textarea):
    """Several texts of several lines: a box for each, and an empty one for the next."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"rows": 4, **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ARG002  # Django's signature
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        members = [each for each in (value if isinstance(value, list) else [value]) if each]
        boxes = []
        for place, member in enumerate([*members, ""], 1):
            own = dict(attrs or {})
            if place > 1:  # the label is for the first
                own |= {"id": f"{own.get('id', name)}_{place}", "aria-label": _("Next text")}
            boxes.append((super().render(name, member, own, renderer),))
        return format_html_join("\n", "{}", boxes)


class _Offer:
    """Mixed into Django's selects: what is no longer offered is shown, and can be taken only where it is held."""

    spec: FieldSpec
    held: tuple[Any, ...]

    def create_option(self, *args: Any, **given: Any) -> dict[str, Any]:
        """With what pages need to know of the choice."""
        option: dict[str, Any] = super().create_option(*args, **given)  # type: ignore[misc]  # Django's
        choice = self.spec.choice(str(option["value"]))
        if choice is None:
            return option
        held = choice.value in self.held
        gone = choice.disabled and not held
        if gone:
            option["attrs"]["disabled"] = True
        if choice.when:
            option["attrs"] |= {"data-held": held, "data-gone": gone}
            option["attrs"]["data-when"] = json.dumps(list(choice.when), ensure_ascii=False)
        if choice.colour:
            option["attrs"]["data-colour"] = choice.colour
        return option


class _One(_Offer, forms.Select):
    pass


class _Some(_Offer, forms.SelectMultiple):
    pass


class _Boxes(_Offer, forms.CheckboxSelectMultiple):
    pass


def offer(spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
    """The input of a select: its choices in their order, those that depend on the parent in groups by its values."""
    kind: type[_One | _Some | _Boxes] = _One
    if many(spec, held):
        kind = _Boxes if len(spec.values) <= _FEW else _Some
    widget = kind(choices=_options(spec, held))
    widget.spec, widget.held = spec, tuple(held)
    return widget


def many(spec: FieldSpec, held: Sequence[Any]) -> bool:
    """Whether the input shows several values: a field that once took several may hold them still."""
    return spec.several or len(held) > 1


def _options(spec: FieldSpec, held: Sequence[Any]) -> list[tuple[str, Any]]:
    free = [(c.value, c.value) for c in spec.choices if not c.when]
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for choice in spec.choices:
        if choice.when:
            groups.setdefault(choice.when, []).append((choice.value, choice.value))
    gone = [(value, value) for value in held if value not in spec.values]
    empty: list[tuple[str, Any]] = [] if many(spec, held) else [("", _NOTHING)]
    found = [*empty, *free, *((", ".join(when), members) for when, members in groups.items())]
    return [*found, (_("No longer offered"), gone)] if gone else found


def yes_or_no() -> forms.Widget:
    """Three states: nobody said, yes, no."""
    return forms.Select(choices=[("", _NOTHING), ("true", _("Yes")), ("false", _("No"))])


def bounded(spec: FieldSpec, widget: forms.Widget, to_input: Any) -> forms.Widget:
    """The input with the field's minimum and maximum, as the browser knows them too."""
    for name, bound in (("min", spec.minimum), ("max", spec.maximum)):
        if bound is not None:
            widget.attrs[name] = to_input(bound)
    return widget


def _conditions(spec: FieldSpec) -> dict[str, str]:
    """For scripts that follow what is chosen elsewhere on the page; the door asks by itself."""
    found = {}
    if spec.depends_on:
        found["data-depends-on"] = spec.depends_on
    if spec.show_when:
        rule = {"field": spec.show_when.field, "values": list(spec.show_when.values)}
        found["data-show-when"] = json.dumps(rule, ensure_ascii=False)
    return found


def _lines(text: str) -> str:
    """Browsers end lines by two characters."""
    return text.replace("\r\n", "\n")


def _sentence(text: str) -> str:
    """A fault that follows its field's name elsewhere, as a sentence of its own."""
    return text[:1].upper() + text[1:]
