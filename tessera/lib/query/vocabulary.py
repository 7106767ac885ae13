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
_PLAIN = re.compile(r"\w+")
_ELSEWHERE_CUSTOM = re.compile(r"(?:custom ?field|customfieldvalue)\.(?P<rest>.+)", re.I)
# What other systems, and people, call them.
_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("title", "summary"), "Subject"),
    "state": "Status",
    **dict.fromkeys(("assignee", "assignedto", "assigned"), "Owner"),
    **dict.fromkeys(("reporter", "author"), "Creator"),
    **dict.fromkeys(("customer", "client"), "Requestor"),
    **dict.fromkeys(("opened", "createdat"), "Created"),
    **dict.fromkeys(("closed", "finished", "resolvedat"), "Resolved"),
    **dict.fromkeys(("modified", "changed", "updatedat"), "LastUpdated"),
    **dict.fromkeys(("startedat", "began", "begun"), "Started"),
    **dict.fromkeys(("dueat", "duedate", "deadline"), "Due"),
    **dict.fromkeys(("body", "text", "description", "message", "comment"), "Content"),
    "attachment.content": "Content",
    **dict.fromkeys(("key", "number", "ticketid", "effectiveid"), "id"),
    **dict.fromkeys(("initialpriority", "finalpriority"), "Priority"),
    "parents": "Parent",
    "queueid": "Queue",
}
# Dates that other systems keep and this one does not: what is spelled most alike is something else.
_NO_DATES = frozenset(
    {"starts", "startdate", "start", "ends", "enddate", "end", "told", "lastcontact", "date"}
)
_PARTS: Mapping[str, str] = {fold(part): part for part in PARTS}


class UnknownFieldError(ValueError):
    """The query names a field that does not exist; the message says so to a person.

    `near` is the known field that was probably meant, as a query names it, or None.
    """

    def __init__(self, told: str, near: str | None = None) -> None:
        super().__init__(told)
        self.near = near


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

    `condition` adds the fields of the transaction that a condition judges, and of its actor. Who names one of the
    custom fields whose keys are `hidden` is understood, but nobody is told of them.
    """

    custom_fields: tuple[CustomField, ...] = ()
    condition: bool = field(default=False, kw_only=True)
    hidden: frozenset[str] = field(default=frozenset(), kw_only=True)

    @cached_property
    def _by_word(self) -> Mapping[str, tuple[CustomField, ...]]:
        words: dict[str, list[CustomField]] = {}
        for one in self.custom_fields:
            for word in {fold(one.key), fold(one.name or one.key)}:
                words.setdefault(word, []).append(one)
        return {word: tuple(found) for word, found in words.items()}

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """The fields as queries name them, those of which one may be told."""
        fields = [one.name for one in BY_SPELLING.values() if self.condition or not one.condition]
        return (*dict.fromkeys(fields), *(f"CF.{{{one.key}}}" for one in self.told))

    @property
    def told(self) -> tuple[CustomField, ...]:
        """The custom fields of which one may be told."""
        return tuple(one for one in self.custom_fields if one.key not in self.hidden)

    def field(self, spelled: str) -> FieldRef:
        """The field of that spelling. Raises `UnknownFieldError`, with the nearest known name."""
        found = self.find(spelled)
        if found is None:
            raise self._unknown(spelled.strip())
        return found

    def find(self, spelled: str) -> FieldRef | None:
        """The field of that spelling, or None. What it is then `spelled` finds it again."""
        word = spelled.strip()
        if match := _CUSTOM.fullmatch(word):
            return self._custom(_bare(match["name"]), _bare(match["queue"] or ""))
        if field := self._of_table(word):
            return FieldRef(field.name, spelled=field.name)
        name, _, part = word.rpartition(".")
        field = self._of_table(name)
        if field and field.kind is Kind.PERSON and (known := _PARTS.get(fold(part))):
            return FieldRef(field.name, part=known, spelled=f"{field.name}.{known}")
        return None

    def _of_table(self, word: str) -> Field | None:
        found = BY_SPELLING.get(fold(word))
        return found if found and (self.condition or not found.condition) else None

    def _custom(self, name: str, queue: str) -> FieldRef | None:
        found = self._by_word.get(fold(name), ())
        if queue:
            in_queue = {fold(queue)}
            found = tuple(one for one in found if in_queue & {fold(each) for each in one.queues})
        if not found:
            return None
        return FieldRef(
            "CF",
            custom=tuple((one.key, one.type) for one in found),
            spelled=".".join(("CF", *(_braced(word) for word in (queue, name) if word))),
        )

    def _unknown(self, word: str) -> UnknownFieldError:
        if match := _CUSTOM.fullmatch(word):
            told = gettext("unknown custom field '%s'") % word[:200]
            near = nearest(_bare(match["name"]), [one.key for one in self.told])
            return UnknownFieldError(_suggesting(told, near), near and f"CF.{near}")
        name, _, part = word.rpartition(".")
        if (field := self._of_table(name)) and field.kind is Kind.PERSON:
            words = {"field": field.name, "part": part[:100]}
            told = gettext("%(field)s has no part '%(part)s'") % words
            near = nearest(part, PARTS)
            if near is None:
                told += gettext("; there are %s") % ", ".join(PARTS)
            return UnknownFieldError(_suggesting(told, near), near and f"{field.name}.{near}")
        told = gettext("unknown field '%s'") % word[:100]
        near = self._meant(word)
        if near is None and _plain(word) in _NO_DATES:
            dates = [one.name for one in FIELDS.values() if one.kind is Kind.DATE and not one.log]
            return UnknownFieldError(told + gettext("; the dates are %s") % ", ".join(dates))
        near = near or nearest(word, self.spellings)
        return UnknownFieldError(_suggesting(told, near), near)

    def _meant(self, word: str) -> str | None:
        """The field that other systems call so, or the custom field of that name."""
        plain = _plain(word)
        if plain in _ELSEWHERE:
            return _ELSEWHERE[plain]
        if plain != fold(word) and (field := BY_SPELLING.get(plain)):
            return field.name
        match = _ELSEWHERE_CUSTOM.fullmatch(word)
        name = _bare(match["rest"]) if match else word
        told = {one.key for one in self.told}
        known = [one for one in self._by_word.get(fold(name), ()) if one.key in told]
        return f"CF.{_braced(name)}" if known else None


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


def _plain(word: str) -> str:
    """The name as other systems' tables have it."""
    return fold(word).removeprefix("ticket.").replace("_", "")


def _braced(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else f"{{{word}}}"


def _suggesting(told: str, near: str | None) -> str:
    return told + gettext("; did you mean '%s'?") % near if near else told
