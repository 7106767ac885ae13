"""Faults of a definition: each has a place and one sentence, and all are named at once."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tessera.lib.suggest import nearest

_MOST_FAULTS = 100
_DEEPEST = 12
_LARGEST = 100_000
_LONGEST_TEXT = 10_000
_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `transitions[3].to`. The place of the whole is empty."""

    place: str
    detail: str


@dataclass
class Faults:
    """Collects faults. Past a hundred nobody reads on, and a hostile text could ask for millions."""

    found: list[Fault] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether further faults are left out."""
        return len(self.found) >= _MOST_FAULTS

    def add(self, place: str, detail: str) -> None:
        """Note one, unless there are enough."""
        if not self.full:
            self.found.append(Fault(place, detail))

    def unknown(self, place: str, told: str, word: str, known: Iterable[str]) -> None:
        """Note something that does not exist, with the nearest name that does."""
        if self.full:
            return
        near = nearest(word, known)
        self.add(place, told + (_("; did you mean '%s'?") % near if near else ""))


def shown(word: str) -> str:
    """A name from outside as a sentence can bear it."""
    return word if len(word) <= 80 else word[:79] + "…"


def under(place: str, key: str) -> str:
    """The place of a key within an object."""
    key = shown(key)
    if not key.isidentifier():
        key = f"['{key}']"
        return place + key
    return f"{place}.{key}" if place else key


def at(place: str, index: int) -> str:
    """The place of a member within a list."""
    return f"{place}[{index}]"


def check_json(raw: object, faults: Faults) -> None:
    """Note what no JSON column stores, and what is too deep, too long or too much to be meant.

    After a check without faults the value consists of plain JSON types only.
    """
    waiting: list[tuple[str, object, int]] = [("", raw, 0)]
    seen = 0
    while waiting and not faults.full:
        place, value, depth = waiting.pop()
        seen += 1
        if seen > _LARGEST:
            faults.add("", _("has more than %d values") % _LARGEST)
            return
        if depth > _DEEPEST:
            faults.add(place, _("is nested deeper than %d levels") % _DEEPEST)
        elif isinstance(value, dict | list):
            waiting.extend(
                (where, member, depth + 1) for where, member in _members(place, value, faults)
            )
        elif problem := _scalar_problem(value):
            faults.add(place, problem)


def _members(
    place: str, value: dict[object, object] | list[object], faults: Faults
) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        yield from (
            (at(place, index), member) for index, member in enumerate(value[: _LARGEST + 1])
        )
        return
    for key, member in value.items():
        if not isinstance(key, str) or _text_problem(key):
            faults.add(place, _("has a key that is no plain text"))
        else:
            yield under(place, key), member


def _scalar_problem(value: object) -> str:
    if isinstance(value, str):
        return _text_problem(value)
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return _("is a number that is too large") if abs(value) > _LARGEST_NUMBER else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else _("is no finite number")
    return _("is no JSON value")


def _text_problem(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        return _("is longer than %d characters") % _LONGEST_TEXT
    if "\x00" in text:
        return _("holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _("holds half of a surrogate pair")
    return ""
