"""Every action there is. To add one: a file with its class, a line here, and a test."""

from scrips.actions.base import Action, Nothing, Plan
from scrips.actions.changes import AddComment, SetCustomField, SetStatus
from scrips.actions.send_email import SendEmail
from scrips.actions.webhook import Webhook

ACTIONS: dict[str, type[Action]] = {
    "SendEmail": SendEmail,
    "Webhook": Webhook,
    "SetCustomField": SetCustomField,
    "SetStatus": SetStatus,
    "AddComment": AddComment,
}

__all__ = ["ACTIONS", "Action", "Nothing", "Plan"]
