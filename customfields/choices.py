"""What a select offers: its choices in their order, each with its colour and when it is offered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tessera.lib import values as read
from tessera.lib.query.fold import fold
from tessera.lib.suggest import nearest
from tessera.lib.values import BadValue

MOST_CHOICES = 1_000
LONGEST_CHOICE = 255

# Names that the style sheets know (`--choice-…`); what they look like by day and by night is said there alone.
COLOURS: Mapping[str, str | Promise] = {
    "grey": gettext_lazy("grey"),
    "red": gettext_lazy("red"),
    "orange": pgettext_lazy("colour", "orange"),
    "gold": pgettext_lazy("colour", "gold"),
    "green": gettext_lazy("green"),
    "petrol": pgettext_lazy("colour", "petrol"),
    "blue": gettext_lazy("blue"),
    "violet": pgettext_lazy("colour", "violet"),
}
_KEYS = ("value", "colour", "disabled", "when", "was")


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice. `when` are the values of the parent field under which it is offered; none: always."""

    value: str
    colour: str | None = None
    disabled: bool = False
    when: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "value": self.value,
            "colour": self.colour,
            "disabled": self.disabled,
            "when": list(self.when),
        }

    def offered_under(self, parent: Iterable[object] | None) -> bool:
        """Whether it fits these values of the parent; None: there is no parent."""
        return parent is None or not self.when or any(value in self.when for value in parent)


@dataclass(frozen=True, slots=True)
class Given:
    """Choices as they came in. `renamed` maps each old value to the new one."""

    choices: tuple[Choice, ...]
    renamed: Mapping[str, str]


def stored(values: Sequence[str], details: Mapping[str, Mapping[str, Any]]) -> tuple[Choice, ...]:
    """The choices of a row: its values, and by value what `details_of` made of the rest."""
    return tuple(_stored(value, details.get(value, {})) for value in values)


def _stored(value: str, held: Mapping[str, Any]) -> Choice:
    when = tuple(held.get("when", ()))
    return Choice(value, held.get("colour"), bool(held.get("disabled", False)), when)


def details_of(choices: Iterable[Choice]) -> dict[str, dict[str, Any]]:
    """What the row keeps beside the values: of each choice that is not plain, what it is besides."""
    plain = Choice("")
    return {
        choice.value: {
            name: value for name, value in choice.to_json().items() if name != "value" and value
        }
        for choice in choices
        if replace(choice, value="") != plain
    }


def read_values(raw: object, held: Sequence[Choice]) -> Given:
    """A list of texts: the choices in this order. One that was there keeps its colour and all else."""
    known = {fold(choice.value): choice for choice in held}
    found = []
    for place, member in enumerate(read.many(raw, most=MOST_CHOICES), 1):
        value = _value(member, place)
        found.append(replace(known.get(fold(value), Choice(value)), value=value))
    _refuse_twins(found)
    return Given(tuple(found), {})


def read_choices(raw: object, held: Sequence[Choice]) -> Given:
    """A list of objects: `value`, and if need be `colour`, `disabled`, `when`, and `was` to rename one.

    What was renamed stays at the end of the list, disabled: tickets that have it keep it, and the log its meaning.
    """
    found: list[Choice] = []
    renamed: dict[str, str] = {}
    for place, member in enumerate(read.many(raw, most=MOST_CHOICES), 1):
        entry = _entry(member, place)
        choice = _choice(entry, place)
        found.append(choice)
        was = entry.get("was")
        if was is not None and (old := _renamed(was, held, place)).value != choice.value:
            if old.value in renamed:
                raise _at(place, _("“%(old)s” is renamed twice") % {"old": old.value})
            renamed[old.value] = choice.value
    found += [
        replace(choice, disabled=True)
        for choice in held
        if choice.value in renamed and fold(choice.value) != fold(renamed[choice.value])
    ]
    _refuse_twins(found)
    if len(found) > MOST_CHOICES:
        raise BadValue(_("has more than %(most)d members") % {"most": MOST_CHOICES})
    return Given(tuple(found), renamed)


def _entry(raw: object, place: int) -> Mapping[str, Any]:
    try:
        entry = read.mapping(raw, known=_KEYS)
    except BadValue as fault:
        raise _at(place, fault) from None
    if "value" not in entry:
        raise _at(place, _("needs a value"))
    return entry


def _choice(entry: Mapping[str, Any], place: int) -> Choice:
    disabled = entry.get("disabled", False)
    if not isinstance(disabled, bool):
        raise _at(place, _("disabled must be true or false"))
    return Choice(
        value=_value(entry["value"], place),
        colour=_colour(entry.get("colour"), place),
        disabled=disabled,
        when=_when(entry.get("when"), place),
    )


def _value(raw: object, place: int) -> str:
    try:
        value = read.line(raw, longest=LONGEST_CHOICE).strip()
    except BadValue as fault:
        raise _at(place, fault) from None
    if not value:
        raise _at(place, _("is empty"))
    return value


def _colour(raw: object, place: int) -> str | None:
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str) or raw not in COLOURS:
        near = nearest(raw, COLOURS) if isinstance(raw, str) else None
        told = near or ", ".join(COLOURS)
        shown = {"colour": str(raw)[:40], "near": told}
        raise _at(place, _("knows no colour “%(colour)s”; did you mean %(near)s?") % shown)
    return raw


def _when(raw: object, place: int) -> tuple[str, ...]:
    if raw is None:
        return ()
    try:
        members = read.many(raw, most=MOST_CHOICES)
        return tuple(dict.fromkeys(read.line(m, longest=LONGEST_CHOICE).strip() for m in members))
    except BadValue as fault:
        raise _at(place, _("when %(fault)s") % {"fault": fault}) from None


def _renamed(raw: object, held: Sequence[Choice], place: int) -> Choice:
    """The choice that is there under the old name."""
    name = raw.strip() if isinstance(raw, str) else ""
    found = next((choice for choice in held if fold(choice.value) == fold(name)), None)
    if found is None:
        raise _at(place, no_choice(str(raw)[:80], [choice.value for choice in held]))
    return found


def no_choice(word: str, known: Iterable[str]) -> str:
    """That there is none of that name, with the nearest one."""
    if near := nearest(word, known):
        words = {"word": word, "near": near}
        return _("no choice “%(word)s”; did you mean “%(near)s”?") % words
    return _("no choice “%(word)s”") % {"word": word}


def _refuse_twins(choices: Iterable[Choice]) -> None:
    seen: set[str] = set()
    for choice in choices:
        if fold(choice.value) in seen:
            raise BadValue(_("“%(choice)s” stands twice") % {"choice": choice.value})
        seen.add(fold(choice.value))


def _at(place: int, fault: object) -> BadValue:
    return BadValue(_("choice %(place)d %(fault)s") % {"place": place, "fault": fault})
