"""A rule as a sentence: when what happens, then what is done. For reading; what it says exactly are its settings."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from scrips.actions import ACTIONS
from scrips.builder.words import word
from scrips.conditions import CONDITIONS
from scrips.conditions.user_defined import tree_of
from scrips.models import Scrip
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.rules import RulesInvalid
from tessera.lib.query.spell import in_words
from tessera.lib.query.tree import And, Node, Not, Op, Or, Term, literals_of
from tickets.config import Config

Settings = Mapping[str, Any]
_LONGEST = 120
_TYPE = "Transaction.Type"


def when(scrip: Scrip, config: Config) -> str:
    """What has to happen: `the status changes from new to open or stalled`."""
    kind, settings = scrip.condition_type, _settings(scrip.condition_config)
    if kind == "OnTransaction" and settings.get("types"):
        return _either(settings["types"])
    if kind == "OnPriorityChange" and settings.get("direction"):
        rises = settings["direction"] == "up"
        return _("the priority rises") if rises else _("the priority falls")
    if kind == "UserDefined":
        return _short(condition_in_words(settings, config) or _label(CONDITIONS, kind))
    what = _label(CONDITIONS, kind)
    if kind == "OnCustomFieldChange":
        what = _("%(field)s changes") % {"field": _field(settings, config)}
    for name, words in (("from", _("from %s")), ("to", _("to %s"))):
        if name in settings:
            what = f"{what} {words % _short(_either(settings[name]))}"
    return what


def condition_in_words(settings: Settings, config: Config) -> str:
    """A query or rules in words, what happens first; "" where they can't be read any more."""
    try:
        tree = tree_of(settings, config.condition_vocabulary)
    except (QueryInvalid, RulesInvalid, KeyError):
        return ""
    tree = _called(tree, config)
    events, rest = _apart(tree)
    if not events or not rest:
        return events or in_words(tree)
    said = [f"({in_words(each)})" if isinstance(each, Or) else in_words(each) for each in rest]
    return _(" and ").join([events, *said])


def _apart(tree: Node) -> tuple[str, tuple[Node, ...]]:
    """What has to happen, as an event is called, and what has to hold besides; "" where no type is named as one."""
    parts = tree.children if isinstance(tree, And) else (tree,)
    for part in parts:
        if isinstance(part, Term) and part.field.name == _TYPE and part.op in (Op.EQ, Op.IN):
            rest = tuple(other for other in parts if other is not part)
            return _either(list(literals_of(part))), rest
    return "", ()


def _called(node: Node, config: Config) -> Node:
    """The same, its custom fields under their names."""
    if isinstance(node, Term):
        keys = [key for key, _type in node.field.custom]
        spec = config.field(keys[0]) if keys else None
        name = (spec.name or spec.key) if spec else node.field.spelled
        return replace(node, field=replace(node.field, spelled=name))
    if isinstance(node, Not):
        return Not(_called(node.child, config))
    return type(node)(tuple(_called(child, config) for child in node.children))


def then(scrip: Scrip, config: Config) -> str:
    """What is done: `mail the requestor “Resolved”`."""
    settings = _settings(scrip.action_config)
    told = _THEN.get(scrip.action_type)
    return told(settings, scrip, config) if told else _label(ACTIONS, scrip.action_type)


def _mail(settings: Settings, scrip: Scrip, _config: Config) -> str:
    people = [each for name in ("to", "cc", "bcc") for each in settings.get(name) or ()]
    template = scrip.template.name if scrip.template else ""
    told = _("mail %(people)s “%(template)s”")
    return told % {"people": _short(_both(people)), "template": template}


def _hook(settings: Settings, _scrip: Scrip, _config: Config) -> str:
    return _("call %s") % _short(settings.get("url", ""))


def _set_field(settings: Settings, _scrip: Scrip, config: Config) -> str:
    field, value = _field(settings, config), settings.get("value")
    if value in (None, "", []):
        return _("empty %(field)s") % {"field": field}
    return _("set %(field)s to %(value)s") % {"field": field, "value": _short(_both(value))}


def _set_owner(settings: Settings, _scrip: Scrip, _config: Config) -> str:
    owner = str(settings.get("owner", ""))
    if owner.lower() == "nobody":
        return _("take it from its owner")
    return _("give it to %s") % word(owner)


def _set_queue(settings: Settings, _scrip: Scrip, config: Config) -> str:
    return _("move it to %s") % _queue(settings, config)


def _watcher(settings: Settings, _scrip: Scrip, _config: Config) -> str:
    told = _("add %(address)s to %(role)s")
    role = word(str(settings.get("role", "")))
    return told % {"address": _short(settings.get("address", "")), "role": role}


def _create(settings: Settings, _scrip: Scrip, config: Config) -> str:
    told = _("create a ticket in %(queue)s: “%(subject)s”")
    subject = _short(settings.get("subject", ""))
    return told % {"queue": _queue(settings, config), "subject": subject}


_THEN: Mapping[str, Callable[[Settings, Scrip, Config], str]] = {
    "SendEmail": _mail,
    "Webhook": _hook,
    "SetCustomField": _set_field,
    "SetStatus": lambda settings, *_given: _("set the status to %s") % settings.get("status", ""),
    "SetOwner": _set_owner,
    "SetPriority": lambda settings, *_given: (
        _("set the priority to %s") % settings.get("priority", "")
    ),
    "SetQueue": _set_queue,
    "AddComment": lambda settings, *_given: _("comment “%s”") % _short(settings.get("content", "")),
    "AddWatcher": _watcher,
    "CreateTicket": _create,
}


def _settings(raw: Any) -> Settings:
    return raw if isinstance(raw, Mapping) else {}


def _label(registry: Mapping[str, Any], kind: str) -> str:
    known = registry.get(kind)
    return str(known.label) if known else kind


def _field(settings: Settings, config: Config) -> str:
    spec = config.field(settings.get("field"))
    return spec.name or spec.key if spec else str(settings.get("field", ""))


def _queue(settings: Settings, config: Config) -> str:
    raw = settings.get("queue", "")
    found = config.queues.get(raw) if type(raw) is int else None
    return found.name if found else str(raw)


def _words(raw: Any) -> list[str]:
    listed = raw if isinstance(raw, list) else [raw]
    return [_("(empty)") if each in (None, "") else word(str(each)) for each in listed]


def _either(raw: Any) -> str:
    return _(" or ").join(_words(raw))


def _both(raw: Any) -> str:
    return ", ".join(_words(raw))


def _short(raw: Any) -> str:
    return Truncator(" ".join(str(raw).split())).chars(_LONGEST)
