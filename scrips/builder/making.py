"""The control that each setting's schema asks for, with what there is to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from scrips.actions import ACTIONS
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
    Query,
    Rules,
    Secret,
    Ticks,
)
from scrips.builder.values import Fields, Value, fields_of
from scrips.builder.words import LABELS, word
from scrips.conditions import CONDITIONS
from scrips.recipients import ROLES
from scrips.schemas import Schema
from tickets import access
from tickets.access import Actor
from tickets.config import Config, QueueSpec

REGISTRIES: Mapping[str, Mapping[str, Any]] = {"condition": CONDITIONS, "action": ACTIONS}
# Texts that are longer than a line.
_LONG = frozenset({"content", "body"})


@dataclass(frozen=True)
class Known:
    """What settings may name: of the configuration, what the reader knows of; of the scrip's queues first."""

    config: Config
    reader: Actor
    own: tuple[QueueSpec, ...] = ()

    @cached_property
    def queues(self) -> tuple[QueueSpec, ...]:
        """Those that the reader knows of."""
        all_ = self.config.queues.values()
        return tuple(queue for queue in all_ if access.sees_queue(self.reader, queue.id))

    def queues_with(self, value: Any) -> Choices:
        """The queues by their names. One that a setting names by its id keeps being so."""
        names = [(queue.name, queue.name) for queue in self.queues]
        held = self.config.queues.get(value) if type(value) is int else None
        return [*names, (str(value), held.name)] if held else names

    @cached_property
    def statuses(self) -> Choices:
        """Of the lifecycles of the scrip's queues, in their order, each once."""
        here = {queue.lifecycle.version_id: queue.lifecycle for queue in self.own or self.queues}
        names = [status.name for spec in here.values() for status in spec.definition.statuses]
        return [(name, name) for name in dict.fromkeys(names)]

    @cached_property
    def fields(self) -> Choices:
        """The fields that the scrip's queues have."""
        specs = {spec.key: spec for queue in self.own or self.queues for spec in queue.fields}
        return [(key, spec.name or key) for key, spec in sorted(specs.items())]


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
    return (Lines if key in _LONG else _of_type(wanted))(**wanted.given)


@dataclass(frozen=True)
class _Wanted:
    name: str
    label: str
    required: bool
    schema: Schema

    @property
    def given(self) -> dict[str, Any]:
        hints = {Pairs: _("One a line: Name: text"), Person: _("A username, actor or nobody")}
        hint = hints.get(_of_type(self), "")
        return {"name": self.name, "label": self.label, "required": self.required, "hint": hint}

    @cached_property
    def formats(self) -> frozenset[str]:
        return _formats(self.schema)

    @cached_property
    def types(self) -> frozenset[str]:
        found = (part.get("type") for part in self.schema.get("anyOf", (self.schema,)))
        return frozenset(each for each in found if each)


def _of_names(wanted: _Wanted, value: Any, known: Known) -> Control | None:
    """For what names things that there are, and is chosen among them."""
    schema, given = wanted.schema, wanted.given
    several = "array" in wanted.types
    if "enum" in schema:
        return Choice(**given, choices=_worded(schema["enum"]))
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
