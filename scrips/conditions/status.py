"""Conditions on a ticket's way through its lifecycle."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.checking import Checker
from scrips.conditions.base import Verdict
from scrips.conditions.events import happened
from scrips.facts import Round
from scrips.schemas import Schema, one_or_many, settings
from tickets.config import Config

_TYPES = frozenset({"StatusChange"})


def _folded(raw: object) -> frozenset[str]:
    listed = raw if isinstance(raw, list) else [] if raw is None else [raw]
    return frozenset(str(item).casefold() for item in listed)


class OnStatusChange:
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

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        for key in ("from", "to"):
            if config.get(key) is not None:
                checker.statuses(f"condition_config.{key}", config[key])

    @property
    def types(self) -> frozenset[str]:
        return _TYPES

    def verdict(self, round_: Round) -> Verdict:
        entry = round_.entry
        if entry.type != "StatusChange":
            return _untouched(round_)
        before, after = str(entry.old_value), str(entry.new_value)
        if self.sources and before.casefold() not in self.sources:
            return Verdict(
                holds=False,
                say=lambda: (
                    _("the status was %(seen)s, needs %(wanted)s") % _names(before, self.sources)
                ),
            )
        if self.targets and after.casefold() not in self.targets:
            return Verdict(
                holds=False,
                say=lambda: (
                    _("the status became %(seen)s, needs %(wanted)s") % _names(after, self.targets)
                ),
            )
        return Verdict(holds=True, say=lambda: happened(round_))


def _untouched(round_: Round) -> Verdict:
    return Verdict(holds=False, say=lambda: _("the status did not change: %s") % happened(round_))


def _names(seen: str, wanted: frozenset[str]) -> dict[str, str]:
    return {"seen": seen, "wanted": _(" or ").join(sorted(wanted))}


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


class _KindChange:
    """A `StatusChange` between kinds of statuses, judged as the ticket's own lifecycle version had them then."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    schema: ClassVar[Schema] = settings()
    sources: ClassVar[frozenset[str]]
    targets: ClassVar[frozenset[str]]

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        pass

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        """There are no settings."""

    @property
    def types(self) -> frozenset[str]:
        return _TYPES

    def verdict(self, round_: Round) -> Verdict:
        entry = round_.entry
        if entry.type != "StatusChange":
            return _untouched(round_)
        before, after = entry.data["kinds"]
        holds = before in self.sources and after in self.targets
        return Verdict(holds=holds, say=lambda: self._told(round_, holds=holds))

    def _told(self, round_: Round, *, holds: bool) -> str:
        before, after = round_.entry.data["kinds"]
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
