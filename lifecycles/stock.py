"""The lifecycles that are always there. What an administrator publishes over them stays."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from lifecycles.models import Lifecycle
from lifecycles.service import publish

_CLASSIC_STATUSES = {
    "initial": ["new"],
    "active": ["open", "stalled"],
    "inactive": ["resolved", "rejected", "deleted"],
}
_CLASSIC_BEGINNINGS = [
    {"name": "create", "label": "Create", "from": "", "to": "new"},
    {"name": "create_open", "label": "Create open", "from": "", "to": "open"},
    {"name": "create_resolved", "label": "Create resolved", "from": "", "to": "resolved"},
]

# RT's: every status leads to every other, and a ticket begins new, open or resolved.
DEFAULT: dict[str, Any] = {
    "statuses": _CLASSIC_STATUSES,
    "defaults": {"on_create": "new"},
    "transitions": [
        *_CLASSIC_BEGINNINGS,
        {"name": "open", "label": "Open", "from": ["new", "stalled"], "to": "open"},
        {"name": "reopen", "label": "Reopen", "from": ["resolved", "rejected"], "to": "open"},
        {"name": "undelete", "label": "Undelete", "from": ["deleted"], "to": "open"},
        {"name": "stall", "label": "Stall", "from": "*", "to": "stalled"},
        {"name": "resolve", "label": "Resolve", "from": "*", "to": "resolved"},
        {"name": "reject", "label": "Reject", "from": "*", "to": "rejected"},
        {"name": "renew", "label": "Set back to new", "from": "*", "to": "new"},
        {"name": "delete", "label": "Delete", "from": "*", "to": "deleted"},
    ],
}

# RT's too, with the words of an approval: resolved is approved, rejected is denied.
APPROVALS: dict[str, Any] = {
    "statuses": _CLASSIC_STATUSES,
    "defaults": {"on_create": "new"},
    "transitions": [
        *_CLASSIC_BEGINNINGS,
        {"name": "open", "label": "Open", "from": "*", "to": "open"},
        {"name": "stall", "label": "Stall", "from": "*", "to": "stalled"},
        {"name": "approve", "label": "Approve", "from": "*", "to": "resolved"},
        {"name": "deny", "label": "Deny", "from": "*", "to": "rejected"},
        {"name": "renew", "label": "Set back to new", "from": "*", "to": "new"},
        {"name": "delete", "label": "Delete", "from": "*", "to": "deleted"},
    ],
}

# The stages of incident management as ITIL describes them.
INCIDENT: dict[str, Any] = {
    "statuses": {
        "initial": ["new"],
        "active": ["assigned", "in_progress", "on_hold"],
        "inactive": ["resolved", "closed", "cancelled"],
    },
    "defaults": {"on_create": "new"},
    "transitions": [
        {"name": "log", "label": "Log", "from": "", "to": "new"},
        {"name": "assign", "label": "Assign", "from": ["new", "in_progress"], "to": "assigned"},
        {"name": "start", "label": "Start", "from": ["new", "assigned"], "to": "in_progress"},
        {
            "name": "hold",
            "label": "Put on hold",
            "from": ["assigned", "in_progress"],
            "to": "on_hold",
        },
        {"name": "resume", "label": "Resume", "from": "on_hold", "to": "in_progress"},
        {
            "name": "resolve",
            "label": "Resolve",
            "from": ["assigned", "in_progress", "on_hold"],
            "to": "resolved",
        },
        {"name": "reopen", "label": "Reopen", "from": "resolved", "to": "in_progress"},
        {"name": "close", "label": "Close", "from": "resolved", "to": "closed"},
        {
            "name": "cancel",
            "label": "Cancel",
            "from": ["new", "assigned", "in_progress", "on_hold"],
            "to": "cancelled",
        },
    ],
}


def _support(name: str, label: str, source: str, target: str, role: str) -> dict[str, Any]:
    return {"name": name, "label": label, "from": source, "to": target, "roles": [role]}


SUPPORT_TICKET: dict[str, Any] = {
    "statuses": {
        "initial": ["new"],
        "active": ["assigned", "in_progress", "escalated", "pending_customer"],
        "inactive": ["resolved", "closed"],
    },
    "defaults": {"on_create": "new"},
    "transitions": [
        _support("assign", "Assign", "new", "assigned", "agent"),
        _support("start_work", "Start work", "assigned", "in_progress", "agent"),
        _support("escalate", "Escalate", "in_progress", "escalated", "agent"),
        _support("request_info", "Request info", "in_progress", "pending_customer", "agent"),
        _support("resolve", "Resolve", "in_progress", "resolved", "agent"),
        _support("close", "Close", "resolved", "closed", "agent"),
        _support("customer_reply", "Customer reply", "pending_customer", "in_progress", "customer"),
        _support("reopen", "Reopen", "closed", "new", "customer"),
        _support("resolve_escalated", "Resolve", "escalated", "resolved", "supervisor"),
    ],
    "responsible": {
        "new": "agent",
        "assigned": "agent",
        "in_progress": "agent",
        "escalated": "supervisor",
        "pending_customer": "customer",
    },
}

STOCK: dict[str, dict[str, Any]] = {
    "default": DEFAULT,
    "approvals": APPROVALS,
    "incident": INCIDENT,
    "support-ticket": SUPPORT_TICKET,
}


def make_stock_lifecycles(using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Make those that are missing, each with its first version, credited to nobody."""
    # Signals come after a migration of any app, also one backwards to before these tables.
    table = Lifecycle._meta.db_table  # noqa: SLF001  # documented, whatever its name looks like
    if table not in connections[using].introspection.table_names():
        return
    for name, definition in STOCK.items():
        found = Lifecycle.objects.using(using).filter(name__iexact=name).first()
        lifecycle = found or Lifecycle.objects.using(using).create(name=name)
        if lifecycle.current is None:
            publish(lifecycle, definition, actor=None)
