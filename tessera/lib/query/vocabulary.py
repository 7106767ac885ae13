"""From the words of a query to the fields that they name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext

from tessera.lib.query.fields import BY_SPELLING, CUSTOM_KINDS, FIELDS, PARTS, Field, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import FieldRef
from tessera.lib.suggest import nearest

_CUSTOM = re.compile(r"cf\.(?:(?P<queue>\{[^{}]+\}|[^{}]+)\.)?(?P<name>\{[^{}]+\}|[^{}.]+)", re.I)
_PARTS: Mapping[str, str] = {fold(part): part for part in PARTS}


class UnknownFieldError(ValueError):
    """The query names a field that does not exist; the message says so to a person."""


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field that queries may name: by its key or its name, in its queues."""

    key: str
    type: str
    name: str = ""
    queues: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Vocabulary:
    """What a query may name besides the fields of the table.

    `condition` adds the fields of the transaction that a condition judges, and of its actor.
    """

    custom_fields: tuple[CustomField, ...] = ()
    condition: bool = field(default=False, kw_only=True)

    @cached_property
    def _by_word(self) -> Mapping[str, tuple[CustomField, ...]]:
        words: dict[str, list[CustomField]] = {}
        for one in self.custom_fields:
            for word in {fold(one.key), fold(one.name or one.key)}:
                words.setdefault(word, []).append(one)
        return {word: tuple(found) for word, found in words.items()}

    @cached_property
    def _spellings(self) -> tuple[str, ...]:
        fields = [one.name for one in BY_SPELLING.values() if self.condition or not one.condition]
        return (*dict.fromkeys(fields), *(f"CF.{{{one.key}}}" for one in self.custom_fields))

    def field(self, spelled: str) -> FieldRef:
        """The field of that spelling. Raises `UnknownFieldError`, with the nearest known name."""
        word = spelled.strip()
        if match := _CUSTOM.fullmatch(word):
            return self._custom(word, _bare(match["name"]), _bare(match["queue"] or ""))
        found = BY_SPELLING.get(fold(word))
        if found and (self.condition or not found.condition):
            return FieldRef(found.name, spelled=found.name)
        name, _, part = word.rpartition(".")
        found = BY_SPELLING.get(fold(name))
        if found and found.kind is Kind.PERSON and (self.condition or not found.condition):
            if fold(part) in _PARTS:
                part = _PARTS[fold(part)]
                return FieldRef(found.name, part=part, spelled=f"{found.name}.{part}")
            sentence = gettext("%(field)s has no part '%(part)s'")
            told = sentence % {"field": found.name, "part": part[:100]}
            raise UnknownFieldError(_suggesting(told, part, PARTS))
        told = gettext("unknown field '%s'") % word[:100]
        raise UnknownFieldError(_suggesting(told, word, self._spellings))

    def _custom(self, spelled: str, name: str, queue: str) -> FieldRef:
        found = self._by_word.get(fold(name), ())
        if queue:
            in_queue = {fold(queue)}
            found = tuple(one for one in found if in_queue & {fold(each) for each in one.queues})
        if not found:
            told = gettext("unknown custom field '%s'") % spelled[:200]
            raise UnknownFieldError(
                _suggesting(told, name, [one.key for one in self.custom_fields])
            )
        return FieldRef(
            "CF",
            custom=tuple((one.key, one.type) for one in found),
            spelled=f"CF.{queue}.{name}" if queue else f"CF.{name}",
        )


def kinds_of(ref: FieldRef) -> frozenset[Kind]:
    """How values of the field are read: several kinds where a name belongs to several fields."""
    if ref.custom:
        return frozenset(CUSTOM_KINDS.get(kind, Kind.TEXT) for _, kind in ref.custom)
    return frozenset((FIELDS[ref.name].kind,))


def table_field(ref: FieldRef) -> Field | None:
    """The table's entry, or None for a custom field."""
    return None if ref.custom else FIELDS[ref.name]


def part_of(ref: FieldRef) -> str:
    """The part of a person that the field is compared by; empty for a custom field."""
    return ref.part or ("" if ref.custom else FIELDS[ref.name].part)


def _bare(word: str) -> str:
    return word.strip("{}").strip()


def _suggesting(
    told: str, word: str, known: Mapping[str, str] | list[str] | tuple[str, ...]
) -> str:
    near = nearest(word, known)
    return told + gettext("; did you mean '%s'?") % near if near else told
