"""JSON Schemas of settings: what a condition or an action takes, for checks, for the API's document and for forms.

`format` says what a text names, so that a form can offer it: `template` (a text of the sandbox's language), `status`,
`custom-field`, `queue`, `user`, `recipient` (a role, an address, or a template of some), `query` (TicketSQL), `rules`
(the same as JSON). `x-keys` says the same of an object's keys.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.encoding import force_str
from django.utils.functional import Promise

Schema = Mapping[str, Any]

LONGEST = 100_000


def settings(*required: str, **properties: Schema) -> dict[str, Any]:
    """An object of these settings and no others."""
    found = {name.rstrip("_"): schema for name, schema in properties.items()}
    shape = {"type": "object", "properties": found, "additionalProperties": False}
    return {**shape, "required": list(required)} if required else shape


def text(label: str | Promise, kind: str = "", **more: Any) -> dict[str, Any]:
    """A text; `kind` says what it names."""
    named = {"format": kind} if kind else {}
    return {"title": label, "type": "string", **named, **more}


def template(label: str | Promise) -> dict[str, Any]:
    """A text that is rendered."""
    return text(label, "template", maxLength=LONGEST)


def any_of(label: str | Promise, *schemas: Schema, **more: Any) -> dict[str, Any]:
    """One of several shapes."""
    return {"title": label, "anyOf": list(schemas), **more}


def one_or_many(label: str | Promise, kind: str) -> dict[str, Any]:
    """A name, or a list of them."""
    one = {"type": "string", "format": kind}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": 100}
    return any_of(label, one, many)


def queue(label: str | Promise) -> dict[str, Any]:
    """A queue, by its name or its id."""
    return any_of(
        label,
        {"type": "string", "format": "queue"},
        {"type": "integer", "minimum": 1, "format": "queue"},
    )


_SCALAR: tuple[Schema, ...] = ({"type": "number"}, {"type": "boolean"})


def value(label: str | Promise, kind: str = "") -> dict[str, Any]:
    """What a custom field may have: a value, null for none, or a list of values."""
    texts: Schema = {"type": "string", "format": kind} if kind else {"type": "string"}
    one: list[Any] = [texts, *_SCALAR, {"enum": [None]}]
    return {"title": label, "anyOf": [*one, {"type": "array", "items": {"anyOf": one}}]}


def spoken(schema: Any) -> Any:
    """The schema with its labels in the language that is active now."""
    if isinstance(schema, Mapping):
        return {name: spoken(part) for name, part in schema.items()}
    if isinstance(schema, list | tuple):
        return [spoken(part) for part in schema]
    return force_str(schema) if isinstance(schema, Promise) else schema
