"""Three rules to begin with: what most desks want first. Each fills the form of a new rule, and saves nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Starter:
    """`values` are the fields of the form. One that sends a mail says what it says."""

    key: str
    name: StrOrPromise
    told: StrOrPromise
    values: Mapping[str, Any]

    @property
    def initial(self) -> dict[str, Any]:
        """What the form begins with."""
        return {"name": str(self.name), "description": str(self.told), **self.values}


STARTERS: Mapping[str, Starter] = {
    each.key: each
    for each in (
        Starter(
            "confirm",
            _("Tell the requestor that we have it"),
            _("A mail to whoever wrote, as soon as the ticket is there."),
            {
                "condition_type": "OnCreate",
                "condition_config": {},
                "action_type": "SendEmail",
                "action_config": {"to": ["requestor"]},
                "body_template": _(
                    "Hello,\n\nthank you for writing to us about “{{ ticket.subject }}”. We will answer"
                    " here.\n\nIts number is {{ ticket.key }}."
                ),
            },
        ),
        Starter(
            "reopen",
            _("Open a resolved ticket that is answered"),
            _("Nobody’s answer is overlooked because the ticket was closed already."),
            {
                "condition_type": "UserDefined",
                "condition_config": {
                    "query": "Transaction.Type = 'Correspond' AND Status = '__Inactive__'"
                },
                "action_type": "SetStatus",
                "action_config": {"status": "open"},
            },
        ),
        Starter(
            "urgent",
            _("Ring where urgent tickets have no owner"),
            _("A request to a chat or a pager when the priority rises and nobody has it."),
            {
                "condition_type": "UserDefined",
                "condition_config": {"query": "Priority > 80 AND Owner IS NULL"},
                "action_type": "Webhook",
                "action_config": {"url": "https://chat.example.com/hooks/urgent"},
                "shadow": True,
            },
        ),
    )
}
