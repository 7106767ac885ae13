"""Which conditions and actions there are, and the JSON Schema of each one's settings: enough to make a form of."""

from typing import Any

from rest_framework import serializers

from scrips.actions import ACTIONS
from scrips.conditions import CONDITIONS
from scrips.schemas import spoken


class KindBody(serializers.Serializer[Any]):
    """A condition or an action. `label` says in words what it is."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class
    schema = serializers.DictField()


class KindsBody(serializers.Serializer[Any]):
    """All there are."""

    conditions = KindBody(many=True)
    actions = KindBody(many=True)


def kinds() -> dict[str, Any]:
    """In the language that is active now."""
    return {
        "conditions": [_kind(each) for each in CONDITIONS.values()],
        "actions": [_kind(each) for each in ACTIONS.values()],
    }


def _kind(kind: Any) -> dict[str, Any]:
    return {"key": kind.key, "label": str(kind.label), "schema": spoken(kind.schema)}


def add_schemas(result: Any, **_given: Any) -> Any:
    """A hook of drf-spectacular: the settings of each condition and action are schemas of the document."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    for key, kind in (CONDITIONS | ACTIONS).items():
        schemas[f"{key}Settings"] = spoken(kind.schema)
    return result
