"""The words of the builder: for settings where their own label is too short on a page, for names, and for people."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: Mapping[tuple[str, str], str | Promise] = {
    ("OnStatusChange", "from"): _("from (none ticked: from any)"),
    ("OnStatusChange", "to"): _("to (none ticked: to any)"),
    ("OnTransaction", "types"): _("of what happens (none ticked: all)"),
    ("OnCustomFieldChange", "from"): _("from"),
    ("OnCustomFieldChange", "to"): _("to"),
    ("UserDefined", "query"): _("TicketSQL"),
}
_WORDS: Mapping[str, str | Promise] = {
    "Create": _("a ticket is created"),
    "StatusChange": _("the status changes"),
    "Set": _("subject, queue, owner, priority or due date changes"),
    "CustomField": _("a custom field changes"),
    "Comment": _("somebody comments"),
    "Correspond": _("somebody replies"),
    "AddWatcher": _("a watcher is added"),
    "DelWatcher": _("a watcher is removed"),
    "AddLink": _("a link is added"),
    "DeleteLink": _("a link is removed"),
    "up": _("it rises"),
    "down": _("it falls"),
    "child": _("a child of it"),
    "depends_on": _("it depends on the new one"),
    "refers_to": _("it refers to the new one"),
    "requestor": _("the requestor"),
    "owner": _("the owner"),
    "cc": _("those in Cc"),
    "admin_cc": _("those in admin Cc"),
    "queue_admin_cc": _("the queue's admin Cc"),
    "actor": _("who made the change"),
}


def word(name: str) -> str:
    """A role, a type of transactions or another name of ours, as a sentence says it."""
    return str(_WORDS.get(name, name))
