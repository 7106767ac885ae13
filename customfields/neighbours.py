"""The other fields that a definition names: its parent, and the field under which it is shown."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from customfields.models import CustomField
from customfields.spec import ANYBODY, MOST_VALUES, FieldSpec, check
from tessera.lib import values as read
from tessera.lib.suggest import nearest
from tessera.lib.values import BadValue

# One shown under any of a few values is meant; a text of pages is nothing to compare with.
_NO_CONTROLLERS = {"Text"}


class Neighbours:
    """All fields that there are, as the definition of `instance` (None: a new one) may name them. One statement,
    asked when it is first needed.
    """

    def __init__(self, instance: CustomField | None) -> None:
        self._instance = instance

    @cached_property
    def _rows(self) -> Mapping[str, CustomField]:
        return {row.key.lower(): row for row in CustomField.objects.all()}

    def get(self, key: str) -> CustomField | None:
        """The field of that key, deleted ones too."""
        return self._rows.get(key.lower()) if key else None

    def named(self, raw: object) -> CustomField:
        """The field that is to control this one. Raises `BadValue` where there is none, or a circle would close."""
        if not isinstance(raw, str):
            raise BadValue(_("must be the key of a custom field"))
        found = self.get(raw.strip())
        if found is None or found.disabled:
            known = [row.key for row in self._rows.values() if not row.disabled]
            told = _("there is no field “%(key)s”") % {"key": raw.strip()[:80]}
            near = nearest(raw, known)
            raise BadValue(told + (_("; did you mean “%s”?") % near if near else ""))
        if self._instance is not None:
            self._refuse_circle(found, self._instance.key)
        return found

    def show_when(self, raw: object) -> dict[str, Any]:
        """`{"field": key, "values": […]}` with the values as that field keeps them. Raises `BadValue`."""
        rule = read.mapping(raw, known=("field", "values"))
        if "field" not in rule or "values" not in rule:
            raise BadValue(_("needs field and values"))
        controller = self.named(rule["field"])
        if controller.field_type in _NO_CONTROLLERS:
            raise BadValue(_("“%(key)s” is a long text") % {"key": controller.key})
        members = read.many(rule["values"], most=MOST_VALUES)
        spec = FieldSpec.of(controller)
        wanted: dict[Any, None] = {}
        for member in members:
            # What the field held before its definition changed counts too: nothing but the type is asked.
            for value in check(_loose(spec), member, ANYBODY):
                wanted[value] = None
        if not wanted:
            raise BadValue(_("needs one value at least"))
        return {"field": controller.key, "values": list(wanted)}

    def _refuse_circle(self, first: CustomField, back_to: str) -> None:
        waiting: list[tuple[CustomField, tuple[str, ...]]] = [(first, (back_to, first.key))]
        seen: set[str] = set()
        while waiting:
            row, path = waiting.pop()
            if row.key == back_to:
                raise BadValue(_("leads in a circle: %(path)s") % {"path": " → ".join(path)})
            if row.key not in seen:
                seen.add(row.key)
                ahead = (self.get(key) for key in FieldSpec.of(row).controllers)
                waiting += [(each, (*path, each.key)) for each in ahead if each is not None]


def _loose(spec: FieldSpec) -> FieldSpec:
    """The same without what only new values are held to."""
    return FieldSpec(
        id=spec.id,
        key=spec.key,
        name=spec.name,
        field_type=spec.field_type,
        values=spec.values,
        max_values=1,
        pattern="",
        required=False,
        default=None,
        help_text="",
    )
