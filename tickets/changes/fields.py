"""Custom fields' values."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from customfields.settling import Settled, Wanted, settle
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


@dataclass(slots=True)
class _Read:
    """The wanted values in canonical form, by their fields' keys, and the faults by the keys as they were written."""

    values: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


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
        """Every value is read by its field, and must fit the others as they are after the change; on a create,
        required fields that are shown must not stay empty."""
        read, settled = self._worked_out(unit, state)
        errors = {f"custom_fields.{key[:64]}": [text] for key, text in read.faults.items()}
        spelled = {key.lower(): key for key in self.wanted}
        for key, text in settled.faults.items():
            errors[f"custom_fields.{spelled.get(key.lower(), key)[:64]}"] = [text]
        if state.last_seq == 0:
            for key in settled.missing:
                errors.setdefault(f"custom_fields.{key}", [_("is required")])
        if errors:
            raise Invalid(errors)

    def _worked_out(self, unit: Unit, state: TicketState) -> tuple[_Read, Settled]:
        """What is to become of the fields of the ticket as it stands: what was checked is what is written."""
        latest: tuple[TicketState, _Read, Settled] | None = vars(self).get("_latest")
        if latest is None or latest[0] is not state:
            read = self._read(unit, state)
            latest = vars(self)["_latest"] = (state, read, self._settled(unit, state, read))
        return latest[1:]

    @cached_property
    def _times_named(self) -> Counter[str]:
        return Counter(key.lower() for key in self.wanted)

    def _names(self, spec: FieldSpec) -> bool:
        return spec.key.lower() in self._times_named

    def _read(self, unit: Unit, state: TicketState) -> _Read:
        """Each wanted value as its field keeps it, or what is wrong with it."""
        found = _Read()
        for key, raw in self.wanted.items():
            try:
                spec, checked = self._checked(unit, state, key, raw)
                found.values[spec.key] = checked
            except ValueInvalid as error:
                found.faults[key] = str(error)
        return found

    def _checked(
        self, unit: Unit, state: TicketState, key: str, raw: object
    ) -> tuple[FieldSpec, tuple[Any, ...]]:
        queue = unit.config.queues[state.queue_id]
        spec = queue.field(key)
        if spec is None:
            raise ValueInvalid(_("the queue %(queue)s has no such field") % {"queue": queue.name})
        if self._times_named[key.lower()] > 1:
            raise ValueInvalid(_("is named twice; keys are told apart without their case"))
        held = state.custom_fields.get(spec.key, ())
        return spec, check(spec, raw, vocabulary_of(unit), held=held)

    def _settled(self, unit: Unit, state: TicketState, read: _Read) -> Settled:
        fields = unit.config.queues[state.queue_id].fields
        wrong_ones = {key.lower() for key in read.faults}
        wanted = Wanted(
            given=read.values,
            defaults=self._defaults(unit, state, fields),
            unknown={spec.key for spec in fields if spec.key.lower() in wrong_ones},
        )
        return settle(fields, state.custom_fields, wanted)

    def _defaults(
        self, unit: Unit, state: TicketState, fields: tuple[FieldSpec, ...]
    ) -> dict[str, tuple[Any, ...]]:
        """What a new ticket begins with where nobody named the field. One that no longer fits is none: it is
        nobody's fault here that a user has left."""
        found: dict[str, tuple[Any, ...]] = {}
        if state.last_seq == 0:
            for spec in fields:
                if spec.default is not None and not self._names(spec):
                    with suppress(ValueInvalid):
                        found[spec.key] = check(spec, spec.default, vocabulary_of(unit))
        return found

    def after(self, unit: Unit, state: TicketState) -> TicketState:
        _read, settled = self._worked_out(unit, state)
        held = dict(state.custom_fields)
        for key in {**state.custom_fields, **settled.values}:
            if settled.values.get(key, ()) != held.get(key, ()):
                held.pop(key, None)
                held |= {key: settled.values[key]} if key in settled.values else {}
        return replace(state, custom_fields=held)

    def write(self, unit: Unit, state: TicketState) -> None:
        read, settled = self._worked_out(unit, state)
        for key in [*read.values, *settled.cleared]:
            now, spec = unit.state(state.id), unit.config.fields[key]
            held, new = now.custom_fields.get(key, ()), settled.values.get(key, ())
            if held != new:
                unit.record(
                    now.with_field(key, new),
                    "CustomField",
                    field=key,
                    old=to_json(spec, held),
                    new=to_json(spec, new),
                    data={"hidden_by": settled.cleared[key]} if key in settled.cleared else {},
                )

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        return state.with_field(entry.field, as_values(entry.new_value))
