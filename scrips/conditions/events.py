"""Conditions on what happened: a ticket began, somebody wrote, something was set."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.checking import Checker
from scrips.conditions.base import TYPES, OfTransaction, Verdict, of_entry
from scrips.facts import Round
from scrips.schemas import Schema, settings, text
from tessera.lib.query.clues import Clue
from tickets.config import Config
from tickets.facts import same
from tickets.models.ticket import ticket_key
from tickets.outcome import Entry

DIRECTIONS = ("up", "down")


def happened(round_: Round) -> str:
    """The transaction in a few words, as the reason that somebody reads."""
    return told(round_.entry, round_.unit.ids.shown)


def told(entry: Entry, shown: Callable[[int], int] = same) -> str:
    """A transaction in a few words; `shown` gives the number that stands for a ticket's id."""
    if entry.type == "Create":
        return _("the ticket was created")
    if entry.type == "Comment":
        return _("somebody commented")
    if entry.type == "Correspond":
        return _("somebody replied")
    old, new = entry.old_value, entry.new_value
    if entry.type in {"AddLink", "DeleteLink"}:
        old, new = (None if each is None else ticket_key(shown(each)) for each in (old, new))
    names = {"old": _shown(old), "new": _shown(new), "field": entry.field}
    if entry.type in {"AddWatcher", "AddLink"}:
        return _("%(field)s %(new)s was added") % names
    if entry.type in {"DelWatcher", "DeleteLink"}:
        return _("%(field)s %(old)s was removed") % names
    return _("%(field)s changed %(old)s → %(new)s") % names


def _shown(value: Any) -> str:
    if value is None or value == []:
        return _("(empty)")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def field_clue(field: str) -> Clue[Round]:
    """That of a change of one field."""
    return of_entry("field", lambda entry: entry.field.lower(), {field.lower()})


class _Event(OfTransaction):
    """A condition on the type of the transaction, and on the field of a `Set`."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    schema: ClassVar[Schema] = settings()
    type: ClassVar[str]
    field: ClassVar[str] = ""

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:  # noqa: ARG002
        self.types = frozenset({self.type})
        if self.field:
            self.clues = (field_clue(self.field),)

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        """There are no settings."""

    def may_hold(self, entry: Entry) -> bool:
        return entry.type == self.type and (not self.field or entry.field == self.field)

    def verdict(self, round_: Round) -> Verdict:
        return Verdict(holds=self.may_hold(round_.entry), say=lambda: happened(round_))


class OnCreate(_Event):
    """The ticket began."""

    key: ClassVar[str] = "OnCreate"
    label: ClassVar[str | Promise] = gettext_lazy("a ticket is created")
    type = "Create"


class OnComment(_Event):
    """Somebody commented."""

    key: ClassVar[str] = "OnComment"
    label: ClassVar[str | Promise] = gettext_lazy("somebody comments")
    type = "Comment"


class OnCorrespond(_Event):
    """Somebody replied."""

    key: ClassVar[str] = "OnCorrespond"
    label: ClassVar[str | Promise] = gettext_lazy("somebody replies")
    type = "Correspond"


class OnOwnerChange(_Event):
    """Somebody else owns the ticket, or nobody any more."""

    key: ClassVar[str] = "OnOwnerChange"
    label: ClassVar[str | Promise] = gettext_lazy("the owner changes")
    type = "Set"
    field = "owner"


class OnQueueChange(_Event):
    """The ticket was moved to another queue."""

    key: ClassVar[str] = "OnQueueChange"
    label: ClassVar[str | Promise] = gettext_lazy("a ticket is moved to another queue")
    type = "Set"
    field = "queue"

    def verdict(self, round_: Round) -> Verdict:
        found = super().verdict(round_)
        return replace(found, say=lambda: _moved(round_)) if found.holds else found


def _moved(round_: Round) -> str:
    """The move by the queues' names, as people know them."""
    queues, entry = round_.config.queues, round_.entry
    names = [
        queues[number].name if number in queues else str(number)
        for number in (entry.old_value, entry.new_value)
    ]
    return _("queue changed %(old)s → %(new)s") % {"old": names[0], "new": names[1]}


class OnPriorityChange(_Event):
    """The priority changed; with `direction` only where it rose (`up`) or fell (`down`)."""

    key: ClassVar[str] = "OnPriorityChange"
    label: ClassVar[str | Promise] = gettext_lazy("the priority changes")
    schema: ClassVar[Schema] = settings(
        direction=text(gettext_lazy("direction"), enum=list(DIRECTIONS))
    )
    type = "Set"
    field = "priority"

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        super().__init__(config, known=known)
        self.direction: str | None = config.get("direction")

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        if config.get("direction") not in (None, *DIRECTIONS):
            told = _("must be one of %(names)s") % {"names": ", ".join(DIRECTIONS)}
            checker.fault("condition_config.direction", told)

    def may_hold(self, entry: Entry) -> bool:
        if not super().may_hold(entry) or self.direction is None:
            return super().may_hold(entry)
        # None is no priority, which is what 0 stands for.
        rose = (entry.new_value or 0) > (entry.old_value or 0)
        return rose == (self.direction == "up")

    def verdict(self, round_: Round) -> Verdict:
        found, entry = super().verdict(round_), round_.entry
        if found.holds or not super().may_hold(entry):
            return found
        wanted = _("needs a higher one") if self.direction == "up" else _("needs a lower one")
        told = _("%(what)s, %(wanted)s")
        return Verdict(holds=False, say=lambda: told % {"what": happened(round_), "wanted": wanted})


class OnTransaction(OfTransaction):
    """Any transaction, or one of the named types."""

    key: ClassVar[str] = "OnTransaction"
    label: ClassVar[str | Promise] = gettext_lazy("anything happens")
    schema: ClassVar[Schema] = settings(
        types={
            "title": gettext_lazy("types of transactions"),
            "type": "array",
            "items": {"type": "string", "enum": list(TYPES)},
        }
    )

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:  # noqa: ARG002
        self.types = frozenset(config.get("types") or TYPES)

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        types = config.get("types", [])
        if not isinstance(types, list):
            checker.fault("condition_config.types", _("must be a list of transaction types"))
            return
        for name in types:
            if name not in TYPES:
                told = _("there is no type “%(name)s”; there are %(all)s")
                checker.fault(
                    "condition_config.types",
                    told % {"name": str(name)[:64], "all": ", ".join(TYPES)},
                )

    def may_hold(self, entry: Entry) -> bool:
        return entry.type in self.types

    def verdict(self, round_: Round) -> Verdict:
        return Verdict(holds=self.may_hold(round_.entry), say=lambda: happened(round_))
