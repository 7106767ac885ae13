"""The rights that there are, and the roles that are always there."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

SUPER_USER = "SuperUser"

# Each with what it lets its holder do.
RIGHTS: Mapping[str, StrOrPromise] = {
    "SeeQueue": _("see that the queue exists"),
    "CreateTicket": _("create tickets in the queue"),
    "ShowTicket": _("see tickets, their fields, their history and the replies"),
    "ShowTicketComments": _("see internal comments"),
    "ReplyToTicket": _("reply to the requestors"),
    "CommentOnTicket": _("comment internally"),
    "ModifyTicket": _("change subject, priority, dates, people, links, queue and status"),
    "OwnTicket": _("own tickets"),
    "TakeTicket": _("take tickets that nobody owns"),
    "StealTicket": _("take tickets that somebody else owns"),
    "DeleteTicket": _("delete tickets"),
    "Watch": _("add oneself to a ticket's Cc, and leave it"),
    "ModifyCustomField": _("set custom fields"),
    "ShowOutgoingMail": _("see what rules did: mails, webhooks, explanations"),
    "AdminQueue": _("change the queue"),
    "AdminScrips": _("change rules and templates"),
    "AdminLifecycles": _("change lifecycles"),
    "AdminCustomFields": _("change custom fields"),
    "AdminUsers": _("change people, groups, roles and grants"),
    "ShowMetrics": _("read the figures for monitoring"),
    SUPER_USER: _("do everything, in every role"),
}

# The same in the order in which they are shown to people. What a transition names besides comes after these.
RIGHT_GROUPS: tuple[tuple[StrOrPromise, tuple[str, ...]], ...] = (
    (
        _("Tickets"),
        (
            *("SeeQueue", "CreateTicket", "ShowTicket", "ModifyTicket", "ModifyCustomField"),
            *("OwnTicket", "TakeTicket", "StealTicket", "DeleteTicket"),
        ),
    ),
    (
        _("Conversation"),
        (
            *("ReplyToTicket", "ShowTicketComments", "CommentOnTicket", "Watch"),
            "ShowOutgoingMail",
        ),
    ),
    (
        _("Administration"),
        (
            *("AdminQueue", "AdminScrips", "AdminLifecycles", "AdminCustomFields", "AdminUsers"),
            *("ShowMetrics", SUPER_USER),
        ),
    ),
)

CUSTOMER, AGENT, SUPERVISOR, ADMIN = "customer", "agent", "supervisor", "admin"

_CUSTOMER = ("CreateTicket", "ReplyToTicket", "SeeQueue", "ShowTicket", "Watch")
_AGENT = (
    "CommentOnTicket",
    "CreateTicket",
    "ModifyCustomField",
    "ModifyTicket",
    "OwnTicket",
    "ReplyToTicket",
    "SeeQueue",
    "ShowOutgoingMail",
    "ShowTicket",
    "ShowTicketComments",
    "TakeTicket",
    "Watch",
)
_SUPERVISOR = ("DeleteTicket", "StealTicket")

# Name → rights of its own, and the role that it inherits.
BUILT_IN: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    CUSTOMER: (_CUSTOMER, None),
    AGENT: (_AGENT, None),
    SUPERVISOR: (_SUPERVISOR, AGENT),
    ADMIN: ((SUPER_USER,), SUPERVISOR),
}
