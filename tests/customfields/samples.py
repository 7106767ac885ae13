"""Definitions and people for the tests of custom fields."""

from typing import Any

from customfields.spec import FieldSpec, Vocabulary

_PEOPLE = {"ann": "Ann", "bob@acme": "bob@acme"}

PEOPLE = Vocabulary(user_exists=lambda name: _PEOPLE.get(name.lower()))


def field(field_type: str, **others: Any) -> FieldSpec:
    """A field of that type; selects offer Low, High and Straße unless `values` says otherwise."""
    several = field_type == "SelectMulti"
    attributes: dict[str, Any] = {
        "id": 1,
        "key": "it",
        "name": "It",
        "field_type": field_type,
        "values": ("Low", "High", "Straße") if field_type.startswith("Select") else (),
        "max_values": 0 if several else 1,
        "pattern": "",
        "required": False,
        "default": None,
        "help_text": "",
    }
    return FieldSpec(**{**attributes, **others})


def short(case: object) -> str:
    """What names a case in a test's report, however long its value is."""
    return case.field_type if isinstance(case, FieldSpec) else ascii(case)[:40]
