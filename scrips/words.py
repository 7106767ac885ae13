"""What a transaction changed, in words, for mails."""

from collections.abc import Callable
from difflib import unified_diff
from typing import Any

from django.utils.translation import gettext as _

from tickets.config import Config
from tickets.outcome import Entry
from tickets.people import People

# Longer texts are said to have changed: comparing them would cost more than the mail is worth.
_MOST_LINES, _MOST_CHARACTERS = 200, 20_000
_ADDED = frozenset({"AddWatcher", "AddLink"})
_TAKEN = frozenset({"DelWatcher", "DeleteLink"})


def diff(entry: Entry, *, config: Config, people: People) -> str:
    """`Severity: low → high`; of texts of several lines the lines; empty where nothing of the ticket changed."""
    if not entry.field:
        return ""
    label = _label(entry, config)
    shown = _shower(entry, config, people)
    old, new = shown(entry.old_value), shown(entry.new_value)
    if entry.type in _ADDED:
        return f"{label}: + {new}"
    if entry.type in _TAKEN:
        return f"{label}: − {old or new}"
    if "\n" in old + new:
        return f"{label}:\n{_lines(old, new)}"
    empty = _("(empty)")
    return f"{label}: {old or empty} → {new or empty}"


def _label(entry: Entry, config: Config) -> str:
    if entry.type == "CustomField":
        return config.field_name(entry.field)
    return entry.field.replace("_", " ")


def _shower(entry: Entry, config: Config, people: People) -> Callable[[Any], str]:
    if entry.type == "Set" and entry.field == "owner":
        return lambda value: person.name if (person := people.by_id(value)) else ""
    if entry.type == "Set" and entry.field == "queue":
        return lambda value: config.queues[value].name if value in config.queues else _plain(value)
    return _plain


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _lines(old: str, new: str) -> str:
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > _MOST_LINES or len(old) + len(new) > _MOST_CHARACTERS:
        return _("(changed)")
    return "\n".join(list(unified_diff(before, after, lineterm="", n=1))[2:])
