"""What a rule's action would come to, as a page shows it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tickets.config import Config
from tickets.people import People


def rows_of(effect: Mapping[str, Any], config: Config) -> list[tuple[str, str]]:
    """A change as labels with their values, in the words of people."""
    found = effect.get("changes") or effect.get("ticket") or {}
    return [
        row
        for name, value in found.items()
        if value is not None
        for row in _rows(name, value, config)
    ]


def _rows(name: str, value: Any, config: Config) -> list[tuple[str, str]]:
    if name == "custom_fields":
        return [(_label(key, config), _text(each)) for key, each in value.items()]
    if name == "message":
        return [
            (_("Comment") if value.get("type") == "comment" else _("Text"), str(value["content"]))
        ]
    if name == "owner_id":
        person = People().by_id(value) if value else None
        return [(_("Owner"), person.username if person else _("nobody"))]
    if name == "queue_id":
        queue = config.queues.get(value)
        return [(_("Queue"), queue.name if queue else str(value))]
    return [(_heading(name), _text(value))]


def _label(key: str, config: Config) -> str:
    spec = config.field(key)
    return spec.name if spec and spec.name else key


def _heading(name: str) -> str:
    known = {
        "status": _("Status"),
        "priority": _("Priority"),
        "queue": _("Queue"),
        "subject": _("Subject"),
        "requestors": _("Requestors"),
        "cc": _("Cc"),
        "admin_cc": _("Admin Cc"),
        "link": _("Link"),
    }
    return known.get(name, name)


def _text(value: Any) -> str:
    if value is None or value in ("", []):
        return _("(empty)")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
