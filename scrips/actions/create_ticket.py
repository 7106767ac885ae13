"""The action that begins another ticket, in the same unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.actions.base import Plan, Source
from scrips.actions.changes import check_value, named_queue, rendered_value
from scrips.checking import Checker
from scrips.facts import Round
from scrips.rendering import render
from scrips.schemas import Schema, queue, settings, template, text, value
from tickets import service
from tickets.outcome import Effect
from tickets.unit import Unit

# What the new ticket is to the one that the scrip ran for, and what that one is to the new ticket.
LINKS: Mapping[str, str] = {
    "child": "parents",
    "depends_on": "depended_on_by",
    "refers_to": "referred_to_by",
}
MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class CreatePlan:
    """A ticket that is to begin: `values` as the API's create takes them, `link` a key of LINKS or None."""

    values: Mapping[str, Any]
    link: str | None

    def commit(self, unit: Unit, round_: Round) -> Effect:
        links = {LINKS[self.link]: (round_.state.id,)} if self.link else {}
        made = service.begin_within(unit, self.values, links)
        ids = [entry.id for entry in made]
        return self._effect(ids, made[0].ticket_id)

    def foreseen(self) -> Effect:
        return self._effect([], None)

    def _effect(self, ids: list[int], ticket_id: int | None) -> Effect:
        shown = {**self.values, "link": self.link}
        return Effect("change", {"transaction_ids": ids, "ticket_id": ticket_id, "ticket": shown})


class CreateTicket:
    """Begin a ticket: `{"queue", "subject", "content"?, "custom_fields"?, "link"?}`.

    `subject`, `content` and texts in `custom_fields` are templates over the ticket that the scrip ran for.
    """

    key: ClassVar[str] = "CreateTicket"
    label: ClassVar[str | Promise] = gettext_lazy("create a ticket")
    schema: ClassVar[Schema] = settings(
        "queue",
        "subject",
        queue=queue(gettext_lazy("queue")),
        subject=template(gettext_lazy("subject")),
        content=template(gettext_lazy("text")),
        custom_fields={
            "title": gettext_lazy("custom fields"),
            "type": "object",
            "maxProperties": MOST_FIELDS,
            "x-keys": "custom-field",
            "additionalProperties": value(gettext_lazy("value"), "template"),
        },
        link=text(gettext_lazy("what it is to this ticket"), enum=list(LINKS)),
    )

    def __init__(self, config: Mapping[str, Any], source: Source) -> None:  # noqa: ARG002
        self.queue: int | str = config["queue"]
        self.subject: str = config["subject"]
        self.content: str | None = config.get("content")
        self.fields: Mapping[str, Any] = config.get("custom_fields") or {}
        self.link: str | None = config.get("link")

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        checker.template("action_config.subject", config.get("subject"))
        if config.get("content") is not None:
            checker.template("action_config.content", config["content"])
        if config.get("link") not in (None, *LINKS):
            told = _("must be one of %(names)s") % {"names": ", ".join(LINKS)}
            checker.fault("action_config.link", told)
        target = checker.target_queue("action_config.queue", config.get("queue"))
        fields = config.get("custom_fields")
        if fields is not None and not (isinstance(fields, Mapping) and len(fields) <= MOST_FIELDS):
            told = _("must be an object of at most %d custom fields") % MOST_FIELDS
            checker.fault("action_config.custom_fields", told)
            return
        for key, given in (fields or {}).items():
            path = f"action_config.custom_fields.{str(key)[:64]}"
            checker.field(path, key, target)
            check_value(path, key, given, checker)
        if target is not None:
            checker.required_fields("action_config.custom_fields", fields or {}, target)

    def prepare(self, round_: Round) -> Plan:
        context = round_.context
        values: dict[str, Any] = named_queue(self.queue)
        values["subject"] = " ".join(render(self.subject, context).split())
        if content := render(self.content, context) if self.content else "":
            values["message"] = {"content": content}
        if self.fields:
            values["custom_fields"] = {
                key: rendered_value(given, round_) for key, given in self.fields.items()
            }
        return CreatePlan(values, self.link)
