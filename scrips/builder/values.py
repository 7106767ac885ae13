"""Controls for the values of custom fields, each as its field takes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import cached_property

from customfields.spec import FieldSpec
from customfields.types import TYPES
from scrips.builder.controls import MISSING, Control, Piece, Sent
from tickets.config import Config


class Value(Control):
    """A custom field's value, null for none, or a list. `asked`: left alone it is no setting, and `null` has a box."""

    widget = "value"

    def __init__(
        self,
        name: str,
        label: str,
        *,
        spec: FieldSpec | None = None,
        asked: bool = False,
        **given: Any,
    ) -> None:
        choices = given.pop("choices", ()) or _choices(spec)
        super().__init__(name, label, choices=choices, **given)
        self.spec, self.asked = spec, asked
        # What it is compared with stands as it is; what a field is set to may say names.
        self.rendered = not asked

    @property
    def several(self) -> bool:
        """Whether it takes a list: one value a line."""
        return self.spec is not None and self.spec.max_values != 1

    @property
    def shown(self) -> str:
        if isinstance(self.value, list):
            return "\n".join("" if each is None else str(each) for each in self.value)
        return super().shown

    @property
    def pieces(self) -> Sequence[Piece]:
        """Each value by itself."""
        return [Piece(place, text) for place, text in enumerate(self.shown.split("\n"), start=1)]

    @property
    def chosen(self) -> list[str]:
        return []

    @property
    def empty(self) -> bool:
        """Whether it stands for an empty field."""
        return self.value is None

    def read(self, sent: Sent) -> Any:
        if self.asked and sent.get(f"{self.name}_empty"):
            return None
        found = [line.strip() for line in str(sent.get(self.name, "")).splitlines()]
        return self._given([line for line in found if line])

    def normal(self, value: Any) -> Any:
        if self.asked and value in (None, "", []):
            return None
        held = value if isinstance(value, list) else [value]
        return self._given([str(each) for each in held if each not in (None, "")])

    def _given(self, found: list[str]) -> Any:
        if not found:
            return MISSING if self.asked or not self.required else None
        return found if self.several or len(found) > 1 else found[0]

    def fits(self, value: Any) -> bool:
        held = value if isinstance(value, list) else [value]
        if isinstance(value, list) and not self.several:
            return False
        return all(
            each is None
            or type(each) in (int, float)
            or (isinstance(each, str) and each == each.strip() and len(each.splitlines()) < 2)
            for each in held
        )


def _choices(spec: FieldSpec | None) -> Sequence[tuple[str, str]]:
    if spec is None or not TYPES[spec.field_type].has_choices:
        return ()
    return [(each, each) for each in spec.values]


class Fields(Control):
    """Values of a queue's custom fields, a control for each."""

    widget = "fields"

    def __init__(self, name: str, label: str, *, specs: Sequence[FieldSpec], **given: Any) -> None:
        super().__init__(name, label, **given)
        self.specs = specs

    @cached_property
    def _controls(self) -> Mapping[str, Value]:
        return {
            spec.key: Value(f"{self.name}_{spec.id}", spec.name, spec=spec) for spec in self.specs
        }

    @property
    def children(self) -> Sequence[Control]:
        held = self._held(self.value)
        for key, control in self._controls.items():
            control.value = held.get(key, MISSING)
        return list(self._controls.values())

    def read(self, sent: Sent) -> Any:
        found = {key: control.read(sent) for key, control in self._controls.items()}
        return {key: value for key, value in found.items() if value is not MISSING} or MISSING

    def normal(self, value: Any) -> Any:
        held = self._held(value)
        found = {
            key: control.normal(held[key]) for key, control in self._controls.items() if key in held
        }
        return {key: each for key, each in found.items() if each is not MISSING} or MISSING

    def fits(self, value: Any) -> bool:
        held = self._held(value)
        return value is None or (
            isinstance(value, Mapping)
            and len(held) == len(value)
            and all(
                key in self._controls and each is not None and self._controls[key].fits(each)
                for key, each in held.items()
            )
        )

    def _held(self, value: Any) -> dict[str, Any]:
        """The values by the keys as the fields spell them."""
        if not isinstance(value, Mapping):
            return {}
        spelled = {spec.key.lower(): spec.key for spec in self.specs}
        return {spelled.get(str(key).lower(), str(key)): each for key, each in value.items()}


def fields_of(queue_name: Any, config: Config) -> Sequence[FieldSpec]:
    """The fields of the queue that a setting names; of no such queue, none."""
    text = str(queue_name).strip()
    found = config.queues_by_name.get(text.lower())
    if found is None and text.isdecimal() and len(text) < 19:
        found = config.queues.get(int(text))
    return found.fields if found else ()
