"""Custom fields' values."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from customfields.spec import FieldSpec, check, to_json
from customfields.types import ValueInvalid
from tessera.lib import values
from tessera.lib.errors import Invalid
from tickets.changes.base import MODIFY, Change, wrong
from tickets.entries import as_values
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit
from tickets.vocabulary import vocabulary_of


@dataclass(frozen=True)
class SetCustomFields(Change):
    """Values by key, each as its field's type takes it; null, "" and [] empty a field."""

    keys: ClassVar = ("custom_fields",)
    recorded: ClassVar = (("CustomField", ""),)
    anywhere: ClassVar = False

    wanted: Mapping[str, Any]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:
        if "custom_fields" not in raw:
            return None
        try:
            return cls(values.mapping(raw["custom_fields"]))
        except values.BadValue as error:
            raise wrong("custom_fields", error) from None

    def rights(self, unit: Unit, state: TicketState) -> tuple[str, ...]:  # noqa: ARG002
        return ("ModifyCustomField", MODIFY)

    def check(self, unit: Unit, state: TicketState) -> None:
        """Every value is read by its field; on a create, required fields must not stay empty."""
        errors: dict[str, list[str]] = {}
        given = set()
        for key, raw in self.wanted.items():
            try:
                spec, checked = self._checked(unit, state, key, raw)
                if checked:
                    given.add(spec.key)
            except ValueInvalid as error:
                errors[f"custom_fields.{key[:64]}"] = [str(error)]
        if state.last_seq == 0:
            for spec in unit.config.queues[state.queue_id].fields:
                filled = spec.key in given or (spec.default is not None and not self._names(spec))
                if spec.required and not filled:
                    errors.setdefault(f"custom_fields.{spec.key}", [_("is required")])
        if errors:
            raise Invalid(errors)

    @cached_property
    def _times_named(self) -> Counter[str]:
        return Counter(key.lower() for key in self.wanted)

    def _names(self, spec: FieldSpec) -> bool:
        return spec.key.lower() in self._times_named

    def _checked(
        self, unit: Unit, state: TicketState, key: str, raw: object
    ) -> tuple[FieldSpec, tuple[Any, ...]]:
        queue = unit.config.queues[state.queue_id]
        spec = queue.field(key)
        if spec is None:
            raise ValueInvalid(_("the queue %(queue)s has no such field") % {"queue": queue.name})
        if self._times_named[key.lower()] > 1:
            raise ValueInvalid(_("is named twice; keys are told apart without their case"))
        return spec, check(spec, raw, vocabulary_of(unit))

    def after(self, unit: Unit, state: TicketState) -> TicketState:
        if state.last_seq == 0:
            for spec in unit.config.queues[state.queue_id].fields:
                if spec.default is not None and not self._names(spec):
                    state = state.with_field(
                        spec.key, check(spec, spec.default, vocabulary_of(unit))
                    )
        for key, raw in self.wanted.items():
            spec, checked = self._checked(unit, state, key, raw)
            state = state.with_field(spec.key, checked)
        return state

    def write(self, unit: Unit, state: TicketState) -> None:
        for key, raw in self.wanted.items():
            spec, checked = self._checked(unit, state, key, raw)
            now = unit.state(state.id)
            held = now.custom_fields.get(spec.key, ())
            if held != checked:
                unit.record(
                    now.with_field(spec.key, checked),
                    "CustomField",
                    field=spec.key,
                    old=to_json(spec, held),
                    new=to_json(spec, checked),
                )

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        return state.with_field(entry.field, as_values(entry.new_value))
