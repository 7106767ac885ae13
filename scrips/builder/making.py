"""The control that each setting's schema asks for, with what there is to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.text import capfirst

from scrips.actions import ACTIONS
from scrips.actions.people import PEOPLE
from scrips.builder.controls import (
    Choice,
    Choices,
    Control,
    Flag,
    Lines,
    Named,
    Number,
    Pairs,
    People,
    Person,
    Rules,
    Secret,
    Ticks,
)
from scrips.builder.known import Known
from scrips.builder.query import Query
from scrips.builder.values import Fields, Value, fields_of
from scrips.builder.words import HINTS, LABELS, word
from scrips.conditions import CONDITIONS
from scrips.recipients import ROLES
from scrips.schemas import Schema

REGISTRIES: Mapping[str, Mapping[str, Any]] = {"condition": CONDITIONS, "action": ACTIONS}
# Texts that are longer than a line.
_LONG = frozenset({"content", "body"})


def properties_of(name: str, kind: str) -> Mapping[str, Any]:
    """The schemas of a kind's settings; of no kind that there is, none."""
    known = REGISTRIES[name].get(kind)
    return known.schema["properties"] if known else {}


def control_of(
    name: str, kind: str, key: str, settings: Mapping[str, Any], known: Known
) -> Control:
    """The control for one setting. What it offers may depend on the others, as far as `settings` has them."""
    schema = REGISTRIES[name][kind].schema
    label = LABELS.get((kind, key)) or schema["properties"][key].get("title", key)
    wanted = _Wanted(
        f"{name}_{kind}_{key}",
        str(capfirst(str(label))),
        key in schema.get("required", ()),
        schema["properties"][key],
        str(HINTS.get((kind, key), "")),
    )
    if _is_value(wanted.schema):
        spec = known.config.field(settings.get("field"))
        return Value(**wanted.given, spec=spec, asked=name == "condition")
    if "x-keys" in wanted.schema:
        specs = fields_of(settings.get("queue", ""), known.config)
        return Fields(**wanted.given, specs=specs)
    named = _of_names(wanted, settings.get(key), known)
    if isinstance(named, Named) and kind == "CreateTicket":
        named.steers = True
    if named is not None:
        return named
    if _of_type(wanted) is Query:
        return Query(**wanted.given, known=known)
    offered = _worded(PEOPLE) if "recipient" in wanted.formats else ()
    control = (Lines if key in _LONG else _of_type(wanted))(**wanted.given, choices=offered)
    control.rendered = wanted.rendered
    return control


@dataclass(frozen=True)
class _Wanted:
    name: str
    label: str
    required: bool
    schema: Schema
    hint: str

    @property
    def given(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "required": self.required,
            "hint": self.hint,
        }

    @cached_property
    def formats(self) -> frozenset[str]:
        return _formats(self.schema)

    @property
    def rendered(self) -> bool:
        """Whether names may stand in it: it is typed, and rendered."""
        texts = self.schema.get("additionalProperties", self.schema)
        return isinstance(texts, Mapping) and bool(_formats(texts) & {"template", "recipient"})

    @cached_property
    def types(self) -> frozenset[str]:
        found = (part.get("type") for part in self.schema.get("anyOf", (self.schema,)))
        return frozenset(each for each in found if each)


def _of_names(wanted: _Wanted, value: Any, known: Known) -> Control | None:
    """For what names things that there are, and is chosen among them."""
    schema, given = wanted.schema, wanted.given
    several = "array" in wanted.types
    if "enum" in schema:
        otherwise = str(schema.get("default", ""))
        return Choice(**given, choices=_worded(schema["enum"]), otherwise=otherwise)
    if several and "enum" in schema.get("items", {}):
        return Ticks(**given, choices=_worded(schema["items"]["enum"]))
    if "status" in wanted.formats and several:
        return Ticks(**given, single=True, choices=known.statuses)
    if "status" in wanted.formats:
        return Choice(**given, choices=known.statuses)
    if "custom-field" in wanted.formats:
        return Choice(**given, choices=known.fields).steering()
    if "queue" in wanted.formats:
        return Named(**given, choices=known.queues_with(value))
    if "recipient" in wanted.formats and several:
        return People(**given, choices=_worded(ROLES))
    return None


def _of_type(wanted: _Wanted) -> type[Control]:
    """For what is typed."""
    formats, types = wanted.formats, wanted.types
    if "password" in formats:
        return Secret
    if "object" in types:
        return Rules if "rules" in formats else Pairs
    if "query" in formats:
        return Query
    if types & {"integer", "number"}:
        return Number
    if types == {"boolean"}:
        return Flag
    return Person if "user" in formats else Control


def _formats(schema: Schema) -> frozenset[str]:
    """What the texts of a setting name."""
    found = {schema.get("format")}
    for part in (*schema.get("anyOf", ()), schema.get("items")):
        if isinstance(part, Mapping):
            found |= _formats(part)
    return frozenset(each for each in found if each)


def _is_value(schema: Schema) -> bool:
    """Whether it is what a custom field may have: of all settings these alone take null."""
    return any(part.get("enum") == [None] for part in schema.get("anyOf", ()))


def _worded(names: Sequence[str]) -> Choices:
    return [(name, word(name)) for name in names]
