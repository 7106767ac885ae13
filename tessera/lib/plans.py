"""What PostgreSQL expects of a statement that it has not run: a quarter of a millisecond, where counting takes tens."""

import json
from typing import Any

from django.db.models import QuerySet


def rows_expected(rows: QuerySet[Any]) -> int:
    """How many there are, as far as the planner can tell."""
    plan = _plan(rows.values("pk"))
    return 0 if plan is None else int(plan["Plan Rows"])


def is_sorted(rows: QuerySet[Any]) -> bool:
    """Whether all that fits is to be fetched and then sorted; else the rows come in the order of an index."""
    node = _plan(rows)
    while node is not None:
        if node["Node Type"] == "Sort":
            return True
        node = next((part for part in node.get("Plans", ()) if _is_outer(part)), None)
    return False


def _is_outer(part: dict[str, Any]) -> bool:
    return bool(part["Parent Relationship"] == "Outer")


def _plan(rows: QuerySet[Any]) -> dict[str, Any] | None:
    """None where Django sees by itself that there can be no row, and asks nothing."""
    text = rows.explain(format="json")
    if not text:
        return None
    (told,) = json.loads(text)
    plan: dict[str, Any] = told["Plan"]
    return plan
