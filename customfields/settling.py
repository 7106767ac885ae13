"""Fields that depend on one another: what a change of some of them makes of the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from customfields.spec import FieldSpec

Values = Mapping[str, tuple[Any, ...]]
_MOST_NAMED = 10  # values in one sentence


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to become of a ticket's fields, by key, in canonical form; () empties one.

    `given` are those that somebody named, `defaults` what fields begin with that nobody named. `unknown` are named
    too, but nobody knows with what: nothing is said of them, nor of what depends on them.
    """

    given: Values
    defaults: Values = field(default_factory=dict)
    unknown: Set[str] = frozenset()


@dataclass(slots=True)
class Settled:
    """The fields afterwards: `values` leaves empty ones out. `cleared` names those that went because they are hidden
    now, each with the field that hid it, in the order in which they go. `faults` say why it can't be done.
    """

    values: dict[str, tuple[Any, ...]]
    cleared: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def settle(fields: Sequence[FieldSpec], held: Values, wanted: Wanted) -> Settled:
    """What a ticket's fields become. `fields` are those of its queue, `held` the values that it has.

    Each field is judged after those that it depends on, so by the ticket as it is after the whole change:

    - a value that is given must be one that the field takes under the others' values;
    - a value that was there, and that the change of another field leaves without a place, is refused where its
      field stays shown (name the field too: another value, or none) and cleared where its field is hidden by it;
    - a default goes only where it has a place, and `missing` are the required fields without a value that are shown
      and have something to offer.

    What did not fit before, and is not touched, stays.
    """
    specs = {spec.key: spec for spec in fields}
    found = Settled({key: values for key, values in {**held, **wanted.given}.items() if values})
    for spec in ordered(fields):
        # Most fields stand alone and have a value, or need none: it shows in the time of every change.
        if spec.controllers or spec.required or spec.key in wanted.defaults:
            _Judge(spec, specs, held, wanted, found).settle()
    return found


def ordered(fields: Sequence[FieldSpec]) -> Sequence[FieldSpec]:
    """The fields, each behind those that it depends on; a circle, which no save allows, ends where it began."""
    if not any(spec.controllers for spec in fields):
        return fields
    specs = {spec.key: spec for spec in fields}
    done: dict[str, FieldSpec] = {}
    entered: set[str] = set()
    waiting = [*reversed(fields)]
    while waiting:
        spec = waiting[-1]
        entered.add(spec.key)
        ahead = [key for key in spec.controllers if key in specs and key not in entered]
        if ahead:
            waiting += [specs[key] for key in ahead]
        else:
            done.setdefault(waiting.pop().key, spec)
    return list(done.values())


@dataclass(frozen=True, slots=True)
class _Judge:
    """One field, when all that it depends on is settled."""

    spec: FieldSpec
    specs: Mapping[str, FieldSpec]
    held: Values
    wanted: Wanted
    found: Settled

    def settle(self) -> None:
        key = self.spec.key
        if key in self.wanted.unknown or any(self._open(each) for each in self.spec.controllers):
            return
        if hidden := self._hidden():
            self._leave(hidden)
            return
        if key in self.wanted.defaults and key not in self.wanted.given:
            self._begin(self.wanted.defaults[key])
        if misfits := self._misfits(self.found.values.get(key, ())):
            self._refuse(misfits)
        if self.spec.required and key not in self.found.values and self._has_something():
            self.found.missing.append(key)

    def _open(self, key: str) -> bool:
        """Whether nobody knows what that field becomes."""
        return key in self.wanted.unknown or key in self.found.faults

    def _hidden(self) -> str:
        """The key of the field that hides this one; "" where it is shown. One that is gone hides nothing."""
        rule = self.spec.show_when
        if rule is None or rule.field not in self.specs:
            return ""
        now = self.found.values.get(rule.field, ())
        return "" if any(value in rule.values for value in now) else rule.field

    def _leave(self, hidden_by: str) -> None:
        key = self.spec.key
        if self.wanted.given.get(key):
            if self._changed(key) or self._changed(hidden_by):
                self.found.faults[key] = self._shown_only()
        elif key in self.found.values and self._changed(hidden_by):
            self.found.cleared[key] = hidden_by
            del self.found.values[key]

    def _begin(self, default: tuple[Any, ...]) -> None:
        if default and not self._misfits(default):
            self.found.values[self.spec.key] = default

    def _refuse(self, misfits: Sequence[Any]) -> None:
        key, parent = self.spec.key, self.spec.depends_on
        if parent in self.found.cleared and key not in self.wanted.given:
            # Its parent went out of sight: nobody could be asked to mend what he does not see.
            self.found.cleared[key] = self.found.cleared[parent]
            del self.found.values[key]
            return
        new = [value for value in misfits if value not in self.held.get(key, ())]
        judged = misfits if self._changed(parent) else new
        if judged:
            self.found.faults[key] = self._offered_only(judged[0])

    def _changed(self, key: str) -> bool:
        return self.found.values.get(key, ()) != self.held.get(key, ())

    def _parent(self) -> tuple[Any, ...] | None:
        """The parent's values; None where there is no parent on this queue."""
        parent = self.spec.depends_on
        return self.found.values.get(parent, ()) if parent in self.specs else None

    def _misfits(self, values: Sequence[Any]) -> list[Any]:
        """Those of the values that are not offered under the parent's."""
        if self._parent() is None:
            return []
        when = {choice.value: choice for choice in self.spec.details if choice.when}
        return [v for v in values if v in when and not when[v].offered_under(self._parent())]

    def _has_something(self) -> bool:
        """Whether a value could be chosen at all."""
        offered = self.spec.offered
        return not self.spec.values or any(c.offered_under(self._parent()) for c in offered)

    def _shown_only(self) -> str:
        rule = self.spec.show_when
        assert rule is not None  # noqa: S101  # it is hidden by this rule, for the type checker
        return _("takes a value only while %(field)s is %(values)s") % {
            "field": self.specs[rule.field].name,
            "values": listed(rule.values),
        }

    def _offered_only(self, value: Any) -> str:
        choice = self.spec.choice(value)
        return _("“%(value)s” is offered only while %(field)s is %(values)s") % {
            "value": value,
            "field": self.specs[self.spec.depends_on].name,
            "values": listed(choice.when if choice else ()),
        }


def listed(values: Iterable[Any]) -> str:
    """Values in a sentence: “a”, “b” or “c”; after ten of them, …"""
    shown = [_("yes") if v is True else _("no") if v is False else f"“{v}”" for v in values]
    if len(shown) > _MOST_NAMED:
        return ", ".join([*shown[:_MOST_NAMED], "…"])
    if len(shown) < 2:
        return "".join(shown)
    return _("%(some)s or %(last)s") % {"some": ", ".join(shown[:-1]), "last": shown[-1]}
