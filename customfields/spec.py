"""What a custom field takes, without its row: the form in which definitions travel between rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customfields.models import CustomField
from customfields.patterns import compiled
from customfields.types import TYPES, ValueInvalid

MOST_VALUES = 1_000


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The definition of one custom field. `max_values` 0 is any number up to 1,000."""

    id: int
    key: str
    name: str
    field_type: str
    values: tuple[str, ...]
    max_values: int
    pattern: str
    required: bool
    default: Any
    help_text: str

    @classmethod
    def of(cls, model: CustomField) -> Self:
        """The row's definition."""
        return cls(
            id=model.pk,
            key=model.key,
            name=model.name,
            field_type=model.field_type,
            values=tuple(model.values),
            max_values=model.max_values,
            pattern=model.pattern,
            required=model.required,
            default=model.default,
            help_text=model.help_text,
        )

    @property
    def several(self) -> bool:
        """Whether a ticket may have more than one value."""
        return self.max_values != 1


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What values may speak of. `user_exists` gives a user's own spelling of the username, or None."""

    user_exists: Callable[[str], str | None]


def check(spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> tuple[Any, ...]:
    """The canonical values, each once, in the order they came; none for null, blank text and [].

    `raw` is a value or a list of them, whose blank members count for nothing. What `check` gave it
    takes again and gives unchanged. Raises `ValueInvalid`.
    """
    members = list(raw) if isinstance(raw, list | tuple) else [raw]
    given = [member for member in members if not _blank(member)]
    if len(given) > (MOST_VALUES if spec.several else 1):
        raise _too_many(spec)
    field_type = TYPES[spec.field_type]
    # Members of one list are of one type, so that 1 and true never meet here.
    found = tuple(dict.fromkeys(field_type.parse(spec, member, vocabulary) for member in given))
    if spec.several and 0 < spec.max_values < len(found):
        raise _too_many(spec)
    if spec.pattern:
        for value in found:
            _match(spec.pattern, value)
    return found


def to_json(spec: FieldSpec, values: tuple[Any, ...]) -> Any:
    """A value, a list where the field takes several, or None where there is none."""
    if not values:
        return None
    # A field that once took several may hold them still: to show one alone would hide the others.
    return list(values) if spec.several or len(values) > 1 else values[0]


def _blank(raw: object) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _too_many(spec: FieldSpec) -> ValueInvalid:
    most = spec.max_values or MOST_VALUES
    return ValueInvalid(
        ngettext("takes one value", "takes at most %(most)d values", most) % {"most": most}
    )


def _match(pattern: str, value: object) -> None:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not compiled(pattern).found_in(text):
        raise ValueInvalid(
            _("“%(value)s” does not match the pattern %(pattern)s")
            % {"value": text[:80], "pattern": pattern}
        )
