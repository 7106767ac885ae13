"""Actions that change the ticket, through the door like everybody."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.actions.base import ChangePlan, Plan, Source
from scrips.checking import Checker, is_template
from scrips.facts import Round
from scrips.rendering import render
from scrips.schemas import Schema, any_of, queue, settings, template, text, value
from tessera.lib import values

_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)


class SetCustomField:
    """Set a custom field: `{"field": key, "value": template or list of them}`."""

    key: ClassVar[str] = "SetCustomField"
    label: ClassVar[str | Promise] = gettext_lazy("set a custom field")
    schema: ClassVar[Schema] = settings(
        "field",
        "value",
        field=text(gettext_lazy("field"), "custom-field"),
        value=value(gettext_lazy("value"), "template"),
    )

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.field: str = config["field"]
        self.value: Any = config.get("value")

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.field("action_config.field", config.get("field"))
        if "value" not in config:
            checker.fault("action_config.value", _("is required; null empties the field"))
        else:
            check_value("action_config.value", config.get("field"), config["value"], checker)

    def prepare(self, round_: Round) -> Plan:
        return ChangePlan({"custom_fields": {self.field: rendered_value(self.value, round_)}})


class SetStatus:
    """Take the ticket to a status, as its lifecycle allows: `{"status": name}`."""

    key: ClassVar[str] = "SetStatus"
    label: ClassVar[str | Promise] = gettext_lazy("set the status")
    schema: ClassVar[Schema] = settings("status", status=text(gettext_lazy("status"), "status"))

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.status: str = config["status"]

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.status("action_config.status", config.get("status"))

    def prepare(self, round_: Round) -> Plan:  # noqa: ARG002  # the status stands in the settings
        return ChangePlan({"status": self.status})


class SetPriority:
    """Set the priority: `{"priority": 0 to 100, or a template that renders to such a number}`."""

    key: ClassVar[str] = "SetPriority"
    label: ClassVar[str | Promise] = gettext_lazy("set the priority")
    schema: ClassVar[Schema] = settings(
        "priority",
        priority=any_of(
            gettext_lazy("priority"),
            {"type": "integer", "minimum": 0, "maximum": 100},
            {"type": "string", "format": "template"},
        ),
    )

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.priority: int | str = config["priority"]

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        raw = config.get("priority")
        if isinstance(raw, str) and is_template(raw):
            checker.template("action_config.priority", raw)
            return
        try:
            _priority(raw)
        except values.BadValue as error:
            checker.fault("action_config.priority", error)

    def prepare(self, round_: Round) -> Plan:
        return ChangePlan({"priority": _priority(_rendered(self.priority, round_))})


def _priority(raw: Any) -> int:
    """A number, also one that came as text out of a template. Raises `BadValue`."""
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        raw = int(raw)
    return values.integer(raw, least=0, most=100)


class SetQueue:
    """Move the ticket to another queue: `{"queue": name or id}`."""

    key: ClassVar[str] = "SetQueue"
    label: ClassVar[str | Promise] = gettext_lazy("move to a queue")
    schema: ClassVar[Schema] = settings("queue", queue=queue(gettext_lazy("queue")))

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.queue: int | str = config["queue"]

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.target_queue("action_config.queue", config.get("queue"))

    def prepare(self, round_: Round) -> Plan:  # noqa: ARG002  # the queue stands in the settings
        return ChangePlan(named_queue(self.queue))


def named_queue(wanted: int | str) -> dict[str, Any]:
    """The field of a request that names the queue."""
    return {"queue" if isinstance(wanted, str) else "queue_id": wanted}


class AddComment:
    """Add an internal comment: `{"content": template}`."""

    key: ClassVar[str] = "AddComment"
    label: ClassVar[str | Promise] = gettext_lazy("add a comment")
    schema: ClassVar[Schema] = settings("content", content=template(gettext_lazy("text")))

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.content: str = config["content"]

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.template("action_config.content", config.get("content"))

    def prepare(self, round_: Round) -> Plan:
        content = render(self.content, round_.context)
        return ChangePlan({"message": {"type": "comment", "content": content}})


def check_value(path: str, key: object, given: object, checker: Checker) -> None:
    """What a custom field is to be set to: a template, another value, or a list of these."""
    faults = len(checker.errors)
    for item in given if isinstance(given, list) else [given]:
        if isinstance(item, str):
            checker.template(path, item)
        elif item is not None and not isinstance(item, bool | int | float):
            checker.fault(path, _("must be a value or a list of values"))
    if len(checker.errors) == faults:
        checker.field_value(path, key, given)


def rendered_value(given: Any, round_: Round) -> Any:
    """The value with its templates rendered."""
    if isinstance(given, list):
        return [_rendered(item, round_) for item in given]
    return _rendered(given, round_)


def _rendered(given: Any, round_: Round) -> Any:
    return render(given, round_.context) if isinstance(given, str) else given
