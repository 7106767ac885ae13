"""The condition on a custom field's change."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.checking import Checker
from scrips.conditions.base import Verdict
from scrips.conditions.events import happened
from scrips.facts import Round
from tessera.lib.query.fold import fold
from tickets.config import Config
from tickets.entries import as_values
from tickets.outcome import Entry

_TYPES = frozenset({"CustomField"})


def _texts(raw: Any) -> frozenset[str]:
    return frozenset(fold(str(value)) for value in as_values(raw))


class OnCustomFieldChange:
    """A custom field changed; `from` and `to` are values that it must have had, and have now."""

    key: ClassVar[str] = "OnCustomFieldChange"
    label: ClassVar[str | Promise] = gettext_lazy("a custom field changes")

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:  # noqa: ARG002
        self.field = str(config["field"])
        self.wanted = {key: _texts(config[key]) for key in ("from", "to") if key in config}

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.known_keys("condition_config", config, {"field", "from", "to"})
        checker.field("condition_config.field", config.get("field"))
        for key in ("from", "to"):
            held = config.get(key)
            listed = held if isinstance(held, list) else [held]
            if any(not isinstance(item, str | int | float | None) for item in listed):
                checker.fault(f"condition_config.{key}", _("must be a value or a list of values"))

    @property
    def types(self) -> frozenset[str]:
        return _TYPES

    def verdict(self, round_: Round) -> Verdict:
        entry = round_.entry
        if entry.type != "CustomField" or entry.field.lower() != self.field.lower():
            return Verdict(holds=False, say=lambda: self._untouched(entry))
        for key, value in (("from", entry.old_value), ("to", entry.new_value)):
            wanted = self.wanted.get(key)
            if wanted is None:
                continue
            seen = _texts(value)
            if not (wanted <= seen if wanted else not seen):
                return Verdict(holds=False, say=partial(self._otherwise, entry, key, wanted))
        return Verdict(holds=True, say=lambda: happened(entry))

    def _untouched(self, entry: Entry) -> str:
        told = _("%(field)s did not change: %(what)s")
        return told % {"field": self.field, "what": happened(entry)}

    def _otherwise(self, entry: Entry, key: str, wanted: frozenset[str]) -> str:
        told = _("%(field)s: %(what)s, needs %(key)s %(wanted)s")
        return told % {
            "field": self.field,
            "what": happened(entry),
            "key": key,
            "wanted": ", ".join(sorted(wanted)) or _("(empty)"),
        }
