"""Every action there is. To add one: a file with its class, a line here, and a test."""

from scrips.actions.base import Action, Nothing, Plan, remark
from scrips.actions.changes import AddComment, SetCustomField, SetPriority, SetQueue, SetStatus
from scrips.actions.create_ticket import CreateTicket
from scrips.actions.people import AddWatcher, SetOwner
from scrips.actions.send_email import SendEmail
from scrips.actions.webhook import Webhook

ACTIONS: dict[str, type[Action]] = {
    "SendEmail": SendEmail,
    "Webhook": Webhook,
    "SetCustomField": SetCustomField,
    "SetStatus": SetStatus,
    "SetOwner": SetOwner,
    "SetPriority": SetPriority,
    "SetQueue": SetQueue,
    "AddComment": AddComment,
    "AddWatcher": AddWatcher,
    "CreateTicket": CreateTicket,
}

__all__ = ["ACTIONS", "Action", "Nothing", "Plan", "remark"]
