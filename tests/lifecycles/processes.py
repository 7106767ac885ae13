"""Definitions for the tests of lifecycles."""

from typing import Any

from lifecycles.definition import Definition, parse

# The classic process in the project's own shape, with one of everything that a transition can say.
CLASSIC: dict[str, Any] = {
    "statuses": {
        "initial": ["new"],
        "active": ["Open", "stalled"],
        "inactive": ["resolved", "deleted"],
    },
    "defaults": {"on_create": "new"},
    "transitions": [
        {"name": "file", "from": "", "to": "new"},
        {"name": "open", "label": "Open it", "from": ["new", "stalled"], "to": "open"},
        {"name": "stall", "from": "OPEN", "to": "stalled"},
        {
            "name": "resolve",
            "label": "Resolve",
            "from": ["open", "stalled"],
            "to": "resolved",
            "right": "ResolveTicket",
            "roles": ["agent", "supervisor"],
            "guard": "CF.{resolution} IS NOT NULL",
            "message": "correspond",
        },
        {"name": "note", "from": "open", "to": "open", "roles": ["agent"]},
        {"name": "delete", "from": "*", "to": "deleted"},
    ],
    "maps": {"Other one": {"open": "doing"}},
    "responsible": {"open": "agent"},
}


# The same without its guard, as it can be published.
PUBLISHED: dict[str, Any] = CLASSIC | {
    "transitions": [
        {key: value for key, value in transition.items() if key != "guard"}
        for transition in CLASSIC["transitions"]
    ]
}


def classic(**changed: Any) -> dict[str, Any]:
    """The classic process with some of its keys replaced."""
    return {**CLASSIC, **changed}


def published(**changed: Any) -> dict[str, Any]:
    """What can be published, with some of its keys replaced."""
    return {**PUBLISHED, **changed}


def parsed(raw: object) -> Definition:
    """The definition of what has no faults."""
    result = parse(raw)
    assert result.faults == ()
    assert result.definition is not None
    return result.definition


def faults(raw: object) -> dict[str, str]:
    """The faults by place; two at one place are joined."""
    found: dict[str, str] = {}
    result = parse(raw)
    assert (result.definition is None) == bool(result.faults)
    for fault in result.faults:
        before = found.get(fault.place)
        found[fault.place] = f"{before} | {fault.detail}" if before else fault.detail
    return found


def warnings(raw: object) -> dict[str, list[str]]:
    """The warnings by place."""
    found: dict[str, list[str]] = {}
    for warning in parse(raw).warnings:
        found.setdefault(warning.place, []).append(warning.detail)
    return found
