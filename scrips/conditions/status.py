"""Conditions on a ticket's way through its lifecycle."""

from collections.abc import Mapping
from itertools import product
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.checking import Checker
from scrips.conditions.base import OfTransaction, Verdict, of_entry
from scrips.conditions.events import happened
from scrips.facts import Round
from scrips.nevers import warn_of_changes
from scrips.schemas import Schema, one_or_many, settings
from tickets.config import Config
from tickets.outcome import Entry

_TYPES = frozenset({"StatusChange"})


def _folded(raw: object) -> frozenset[str]:
    listed = raw if isinstance(raw, list) else [] if raw is None else [raw]
    return frozenset(str(item).casefold() for item in listed)


def _source(entry: Entry) -> str:
    return str(entry.old_value).casefold()


def _target(entry: Entry) -> str:
    return str(entry.new_value).casefold()


def _kinds(entry: Entry) -> tuple[str, ...]:
    return tuple(entry.data["kinds"])


class OnStatusChange(OfTransaction):
    """The status changed; `from` and `to` narrow it to one or several. Not the status that a ticket begins with."""

    key: ClassVar[str] = "OnStatusChange"
    label: ClassVar[str | Promise] = gettext_lazy("the status changes")
    schema: ClassVar[Schema] = settings(
        from_=one_or_many(gettext_lazy("from"), "status"),
        to=one_or_many(gettext_lazy("to"), "status"),
    )

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:  # noqa: ARG002
        self.sources = _folded(config.get("from"))
        self.targets = _folded(config.get("to"))
        sides = (("from", _source, self.sources), ("to", _target, self.targets))
        self.clues = tuple(of_entry(name, read, wanted) for name, read, wanted in sides if wanted)

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        for key in ("from", "to"):
            if config.get(key) is not None:
                checker.statuses(f"condition_config.{key}", config[key])
        if not checker.errors and not checker.warnings:
            cls._check_ways(config, checker)

    @classmethod
    def _check_ways(cls, config: Mapping[str, Any], checker: Checker) -> None:
        sources, targets = _folded(config.get("from")), _folded(config.get("to"))
        words = {"from": _any_of(sources), "to": _any_of(targets)}
        warn_of_changes(
            checker,
            "condition_config.to" if targets else "condition_config.from",
            lambda _definition, status: not sources or status.casefold() in sources,
            lambda _definition, status: not targets or status.casefold() in targets,
            _("from %(from)s to %(to)s") % words,
        )

    @property
    def types(self) -> frozenset[str]:
        return _TYPES

    def may_hold(self, entry: Entry) -> bool:
        return entry.type == "StatusChange" and self._came(entry) and self._went(entry)

    def verdict(self, round_: Round) -> Verdict:
        entry = round_.entry
        if entry.type != "StatusChange":
            return _untouched(round_)
        if not self._came(entry):
            told = _("the status was %(seen)s, needs %(wanted)s")
            return Verdict(holds=False, say=lambda: told % _names(entry.old_value, self.sources))
        if not self._went(entry):
            told = _("the status became %(seen)s, needs %(wanted)s")
            return Verdict(holds=False, say=lambda: told % _names(entry.new_value, self.targets))
        return Verdict(holds=True, say=lambda: happened(round_))

    def _came(self, entry: Entry) -> bool:
        return not self.sources or _source(entry) in self.sources

    def _went(self, entry: Entry) -> bool:
        return not self.targets or _target(entry) in self.targets


def _untouched(round_: Round) -> Verdict:
    return Verdict(holds=False, say=lambda: _("the status did not change: %s") % happened(round_))


def _any_of(statuses: frozenset[str]) -> str:
    return _(" or ").join(f"“{status}”" for status in sorted(statuses)) or _("any status")


def _names(seen: object, wanted: frozenset[str]) -> dict[str, str]:
    return {"seen": str(seen), "wanted": _(" or ").join(sorted(wanted))}


class OnResolve(OnStatusChange):
    """The status became `resolved`."""

    key: ClassVar[str] = "OnResolve"
    label: ClassVar[str | Promise] = gettext_lazy("a ticket is resolved")
    schema: ClassVar[Schema] = settings()

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:  # noqa: ARG002
        super().__init__({"to": "resolved"}, known=known)

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:  # noqa: ARG003  # there are none
        checker.status("condition_type", "resolved")


class _KindChange(OfTransaction):
    """A `StatusChange` between kinds of statuses, judged as the ticket's own lifecycle version had them then."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    schema: ClassVar[Schema] = settings()
    sources: ClassVar[frozenset[str]]
    targets: ClassVar[frozenset[str]]

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:  # noqa: ARG002
        self.clues = (of_entry("kinds", _kinds, product(self.sources, self.targets)),)

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:  # noqa: ARG003  # there are none
        warn_of_changes(
            checker,
            "condition_type",
            lambda definition, status: definition.kind(status) in cls.sources,
            lambda definition, status: definition.kind(status) in cls.targets,
            _("from %(from)s to %(to)s")
            % {"from": _either(cls.sources), "to": _either(cls.targets)},
        )

    @property
    def types(self) -> frozenset[str]:
        return _TYPES

    def may_hold(self, entry: Entry) -> bool:
        if entry.type != "StatusChange":
            return False
        before, after = _kinds(entry)
        return before in self.sources and after in self.targets

    def verdict(self, round_: Round) -> Verdict:
        entry = round_.entry
        if entry.type != "StatusChange":
            return _untouched(round_)
        holds = self.may_hold(entry)
        return Verdict(holds=holds, say=lambda: self._told(round_, holds=holds))

    def _told(self, round_: Round, *, holds: bool) -> str:
        before, after = _kinds(round_.entry)
        words = {
            "what": happened(round_),
            "old": kind_in_words(before),
            "new": kind_in_words(after),
            "sources": _either(self.sources),
            "targets": _either(self.targets),
        }
        if holds:
            return _("%(what)s (%(old)s → %(new)s)") % words
        told = _("%(what)s (%(old)s → %(new)s), needs %(sources)s → %(targets)s")
        return told % words


def kind_in_words(kind: str) -> str:
    """What a lifecycle calls a kind of statuses."""
    return str(_KINDS.get(kind, kind))


_KINDS: Mapping[str, Promise] = {
    "initial": gettext_lazy("initial"),
    "active": gettext_lazy("active"),
    "inactive": gettext_lazy("inactive"),
}
_OPEN, _DONE = frozenset({"initial", "active"}), frozenset({"inactive"})


def _either(kinds: frozenset[str]) -> str:
    return _(" or ").join(str(word) for kind, word in _KINDS.items() if kind in kinds)


class OnClose(_KindChange):
    """The ticket was initial or active, and became inactive."""

    key: ClassVar[str] = "OnClose"
    label: ClassVar[str | Promise] = gettext_lazy("a ticket is closed")
    sources, targets = _OPEN, _DONE


class OnReopen(_KindChange):
    """The ticket was inactive, and became initial or active."""

    key: ClassVar[str] = "OnReopen"
    label: ClassVar[str | Promise] = gettext_lazy("a ticket is opened again")
    sources, targets = _DONE, _OPEN
