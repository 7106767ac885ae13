"""Actions that change the ticket, through the door like everybody."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.actions.base import ChangePlan, Plan, Source
from scrips.checking import Checker
from scrips.facts import Round
from scrips.rendering import render


class SetCustomField:
    """Set a custom field: `{"field": key, "value": template or list of them}`."""

    key: ClassVar[str] = "SetCustomField"
    label: ClassVar[str | Promise] = gettext_lazy("set a custom field")

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.field: str = config["field"]
        self.value: Any = config.get("value")

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.known_keys("action_config", config, {"field", "value"})
        checker.field("action_config.field", config.get("field"))
        if "value" not in config:
            checker.fault("action_config.value", _("is required; null empties the field"))
        value, faults = config.get("value"), len(checker.errors)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                checker.template("action_config.value", item)
            elif item is not None and not isinstance(item, bool | int | float):
                checker.fault("action_config.value", _("must be a value or a list of values"))
        if len(checker.errors) == faults:
            checker.field_value("action_config.value", config.get("field"), value)

    def prepare(self, round_: Round) -> Plan:
        value = self.value
        rendered = (
            [_rendered(item, round_) for item in value]
            if isinstance(value, list)
            else _rendered(value, round_)
        )
        return ChangePlan({"custom_fields": {self.field: rendered}})


class SetStatus:
    """Take the ticket to a status, as its lifecycle allows: `{"status": name}`."""

    key: ClassVar[str] = "SetStatus"
    label: ClassVar[str | Promise] = gettext_lazy("set the status")

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.status: str = config["status"]

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.known_keys("action_config", config, {"status"})
        checker.status("action_config.status", config.get("status"))

    def prepare(self, round_: Round) -> Plan:  # noqa: ARG002  # the status stands in the settings
        return ChangePlan({"status": self.status})


class AddComment:
    """Add an internal comment: `{"content": template}`."""

    key: ClassVar[str] = "AddComment"
    label: ClassVar[str | Promise] = gettext_lazy("add a comment")

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.content: str = config["content"]

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.known_keys("action_config", config, {"content"})
        checker.template("action_config.content", config.get("content"))

    def prepare(self, round_: Round) -> Plan:
        content = render(self.content, round_.context)
        return ChangePlan({"message": {"type": "comment", "content": content}})


def _rendered(value: Any, round_: Round) -> Any:
    return render(value, round_.context) if isinstance(value, str) else value
