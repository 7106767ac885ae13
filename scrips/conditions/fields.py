"""The condition on a custom field's change."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customfields.spec import ANYBODY, FieldSpec
from customfields.types import TYPES, ValueInvalid
from scrips.checking import Checker
from scrips.conditions.base import OfTransaction, Verdict
from scrips.conditions.events import field_clue, happened
from scrips.facts import Round
from scrips.schemas import Schema, settings, text, value
from tessera.lib.query.fold import fold
from tickets.config import Config
from tickets.entries import as_values
from tickets.outcome import Entry

_TYPES = frozenset({"CustomField"})

# What empties a field stands for an empty one here too.
_EMPTY = (None, "")


def _texts(raw: Any) -> frozenset[str]:
    return frozenset(fold(str(value)) for value in as_values(raw))


def _wanted(raw: Any, spec: FieldSpec | None) -> frozenset[str]:
    """As the field keeps them, "1.50" as 1.5; as they stand where the field takes them no more."""
    given = [value for value in as_values(raw) if value not in _EMPTY]
    return _texts([_canonical(value, spec) for value in given])


def _canonical(value: Any, spec: FieldSpec | None) -> Any:
    if spec is None:
        return value
    try:
        return TYPES[spec.field_type].parse(spec, value, ANYBODY)
    except ValueInvalid:
        return value


class OnCustomFieldChange(OfTransaction):
    """A custom field changed; `from` and `to` are values that it must have had, and have now."""

    key: ClassVar[str] = "OnCustomFieldChange"
    label: ClassVar[str | Promise] = gettext_lazy("a custom field changes")
    schema: ClassVar[Schema] = settings(
        "field",
        field=text(gettext_lazy("field"), "custom-field"),
        from_=value(gettext_lazy("from")),
        to=value(gettext_lazy("to")),
    )

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        self.field = str(config["field"])
        self.clues = (field_clue(self.field),)
        spec = known.field(self.field)
        self.wanted = {key: _wanted(config[key], spec) for key in ("from", "to") if key in config}

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.field("condition_config.field", config.get("field"))
        spec = checker.config.field(config.get("field"))
        for key in ("from", "to"):
            held = config.get(key)
            listed = held if isinstance(held, list) else [held]
            if any(not isinstance(item, str | int | float | None) for item in listed):
                checker.fault(f"condition_config.{key}", _("must be a value or a list of values"))
            elif spec is not None:
                _check_values(f"condition_config.{key}", listed, spec, checker)
        if spec is not None and not spec.several and {"from", "to"} <= config.keys():
            same = _wanted(config["from"], spec) == _wanted(config["to"], spec)
            if same and not checker.errors:
                checker.warn("condition_config.to", _("a change always leads to another value"))

    @property
    def types(self) -> frozenset[str]:
        return _TYPES

    def may_hold(self, entry: Entry) -> bool:
        return self._is_mine(entry) and self._missed(entry) is None

    def verdict(self, round_: Round) -> Verdict:
        entry = round_.entry
        if not self._is_mine(entry):
            return Verdict(holds=False, say=lambda: self._untouched(round_))
        if missed := self._missed(entry):
            return Verdict(holds=False, say=partial(self._otherwise, round_, *missed))
        return Verdict(holds=True, say=lambda: happened(round_))

    def _is_mine(self, entry: Entry) -> bool:
        return entry.type == "CustomField" and entry.field.lower() == self.field.lower()

    def _missed(self, entry: Entry) -> tuple[str, frozenset[str]] | None:
        """The first of `from` and `to` that is otherwise, and what it should be."""
        for key, held in (("from", entry.old_value), ("to", entry.new_value)):
            wanted = self.wanted.get(key)
            if wanted is None:
                continue
            seen = _texts(held)
            if not (wanted <= seen if wanted else not seen):
                return key, wanted
        return None

    def _untouched(self, round_: Round) -> str:
        told = _("%(field)s did not change: %(what)s")
        return told % {"field": self.field, "what": happened(round_)}

    def _otherwise(self, round_: Round, key: str, wanted: frozenset[str]) -> str:
        told = _("%(field)s: %(what)s, needs %(key)s %(wanted)s")
        return told % {
            "field": self.field,
            "what": happened(round_),
            "key": key,
            "wanted": ", ".join(sorted(wanted)) or _("(empty)"),
        }


def _check_values(path: str, listed: list[Any], spec: FieldSpec, checker: Checker) -> None:
    """A value that the field can't have would make the condition one that never holds."""
    for item in listed:
        if item in _EMPTY:
            continue
        try:
            TYPES[spec.field_type].parse(spec, item, ANYBODY)
        except ValueInvalid as error:
            checker.fault(path, error)
            return
