"""The words of the builder: for settings where their own label is too short on a page, for names, and for people."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

LABELS: Mapping[tuple[str, str], str | Promise] = {
    ("OnStatusChange", "from"): _("from (none ticked: from any)"),
    ("OnStatusChange", "to"): _("to (none ticked: to any)"),
    ("OnTransaction", "types"): _("of what happens (none ticked: all)"),
    ("OnCustomFieldChange", "from"): _("from"),
    ("OnCustomFieldChange", "to"): pgettext_lazy("value", "to"),
    ("UserDefined", "query"): _("TicketSQL"),
    ("Webhook", "timeout"): _("seconds to wait for an answer"),
}
# What to write into it.
HINTS: Mapping[tuple[str, str], str | Promise] = {
    ("SetOwner", "owner"): _("A username, actor or nobody"),
    ("SetPriority", "priority"): _("0 to 100, or a text with names that comes to such a number"),
    ("AddWatcher", "address"): _("An address, a role such as requestor, or a text with names"),
    ("Webhook", "headers"): _("One a line: Name: text"),
    ("Webhook", "body"): _("Empty: the ticket, what happened and the rule, as JSON."),
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

# What the state of a rule is in its row.
STATES: Mapping[str, Mapping[str, bool]] = {
    "on": {"disabled": False, "shadow": False},
    "shadow": {"disabled": False, "shadow": True},
    "off": {"disabled": True},
}
# Where something stands in a rule, a template, a field, a queue or a lifecycle, by the names of the API.
_SPOTS: Mapping[str, str | Promise] = {
    "name": _("name"),
    "description": _("description"),
    "condition_type": _("when"),
    "condition_config": _("condition"),
    "action_type": _("then"),
    "action_config": _("action"),
    "template_id": _("template"),
    "stage": _("stage"),
    "sort_order": _("order"),
    "disabled": _("disabled"),
    "shadow": _("shadow"),
    "queue_id": _("queue"),
    "queue_ids": _("queues"),
    "places": _("order"),
    "subject_template": _("subject"),
    "body_template": _("body"),
    "content_type": _("kind of text"),
    "custom_field_ids": _("custom fields"),
    "lifecycle_id": _("lifecycle"),
    "depends_on": _("depends on"),
    "show_when": _("show when"),
    "maps": _("on the way to another lifecycle"),
}
# Settings that are all that there is of a condition.
_WHOLE = ("query", "rules")


def spot(path: str) -> str:
    """Where a path such as `action_config.status` points, as a page says it."""
    first, _dot, rest = path.partition(".")
    if first == "transitions" and rest.endswith(".guard"):
        return gettext("guard of %s") % rest.removesuffix(".guard")
    if first not in _SPOTS:
        return path
    key = rest.replace("[", ".").partition(".")[0]
    said = str(_SPOTS[first])
    return said if not key or key in _WHOLE else f"{said}: {key}"


def word(name: str) -> str:
    """A role, a type of transactions or another name of ours, as a sentence says it."""
    return str(_WORDS.get(name, name))
