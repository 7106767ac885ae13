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
from tickets.config import Config

_TYPES = frozenset({"StatusChange"})


def _folded(raw: object) -> frozenset[str]:
    listed = raw if isinstance(raw, list) else [] if raw is None else [raw]
    return frozenset(str(item).casefold() for item in listed)


class OnStatusChange:
    """The status changed; `from` and `to` narrow it to one or several. Not the status that a ticket begins with."""

    key: ClassVar[str] = "OnStatusChange"
    label: ClassVar[str | Promise] = gettext_lazy("the status changes")

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:  # noqa: ARG002
        self.sources = _folded(config.get("from"))
        self.targets = _folded(config.get("to"))

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.known_keys("condition_config", config, {"from", "to"})
        for key in ("from", "to"):
            if config.get(key) is not None:
                checker.statuses(f"condition_config.{key}", config[key])

    @property
    def types(self) -> frozenset[str]:
        return _TYPES

    def verdict(self, round_: Round) -> Verdict:
        entry = round_.entry
        if entry.type != "StatusChange":
            return Verdict(
                holds=False, say=lambda: _("the status did not change: %s") % happened(entry)
            )
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
        return Verdict(holds=True, say=lambda: happened(entry))


def _names(seen: str, wanted: frozenset[str]) -> dict[str, str]:
    return {"seen": seen, "wanted": _(" or ").join(sorted(wanted))}


class OnResolve(OnStatusChange):
    """The status became `resolved`."""

    key: ClassVar[str] = "OnResolve"
    label: ClassVar[str | Promise] = gettext_lazy("a ticket is resolved")

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:  # noqa: ARG002
        super().__init__({"to": "resolved"}, known=known)

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.known_keys("condition_config", config, set())
        checker.status("condition_type", "resolved")
