"""A mail's texts written in the rule that sends it: a template like any other, called after the rule and saved with it.

It is the rule's own while the rule alone sends it and it is called so. Under another name it is one among all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from scrips import service
from scrips.models import Scrip, Template
from scrips.trial import Texts
from tessera.lib.errors import Invalid
from tickets.access import Actor

_LONGEST = 100
_NUMBERED = re.compile(r" \([0-9]{1,6}\)$")
# So much of a long name may go for a number behind it.
_TAIL = len(" (123456)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The texts as they stand in the form. `name` makes it a template of its own; `seen` is the version they were made
    of, where they were there already."""

    texts: Texts
    name: str = ""
    seen: int | None = None


def own_of(scrip_id: int | None) -> Template | None:
    """The own template of the rule as it is kept, if it has one. Two statements."""
    if scrip_id is None:
        return None
    row = Scrip.objects.filter(pk=scrip_id).select_related("template").first()
    if row is None or row.template is None or not _called_after(row.template.name, row.name):
        return None
    others = Scrip.objects.filter(template=row.template).exclude(pk=scrip_id)
    return None if others.exists() else row.template


def _called_after(name: str, rule: str) -> bool:
    """Whether `_name` would give it that name, with a number or without."""
    bare = _NUMBERED.sub("", name)
    short = _short(rule)
    return name.lower() == short.lower() or (
        bare != name and short.lower().startswith(bare.lower()) and len(short) - len(bare) < _TAIL
    )


def save_rule(
    held: Scrip | None, given: Mapping[str, Any], written: Written, *, actor: Actor, note: str
) -> Scrip:
    """The rule and its texts as one: both or neither. Raises `Invalid`, a text's faults at its own name."""
    with transaction.atomic():
        faults: dict[str, Any] = {}
        template_id = None
        try:
            template_id = _saved(held, given, written, actor, note).pk
        except Invalid as refusal:
            faults = {_PLACES.get(name, name): told for name, told in refusal.errors.items()}
        try:
            rule = {**given, "template_id": template_id}
            row = service.save_scrip(held, rule, actor=actor, note=note)
        except Invalid as refusal:
            rest = {name: told for name, told in refusal.errors.items() if name != "template_id"}
            raise Invalid({**rest, **faults}) from None
        if faults:
            raise Invalid(faults)
        return row


def draft_rule(
    held: Scrip | None, given: Mapping[str, Any], written: Written, *, actor: Actor
) -> Scrip:
    """The rule with its texts as they would be saved, to be tried: nothing is kept. Raises `Invalid`."""
    with transaction.atomic():
        template = _saved(held, given, written, actor, "")
        row = service.draft_scrip({**given, "template_id": template.pk}, actor=actor)
        row.template = template
        transaction.set_rollback(True)
    return row


_PLACES = {"name": "texts_name", "queue_id": "queue_ids"}


def _saved(
    held: Scrip | None, given: Mapping[str, Any], written: Written, actor: Actor, note: str
) -> Template:
    """The texts as the next version of the rule's own template, or as a new one; as it is where they say the same."""
    own = own_of(held.pk if held else None)
    texts = written.texts
    if not (texts.subject.strip() or texts.body.strip()):
        raise Invalid({"body_template": [_("Write what the mail says, or choose a template.")]})
    if own and written.seen is not None and written.seen != own.version:
        told = _("Somebody else saved version %(number)d of these texts meanwhile.")
        raise Invalid({"body_template": [told % {"number": own.version}]})
    queue_id = _queue_id(own, given)
    name = written.name or _name(own, str(given.get("name", "")), queue_id)
    wanted = {
        "name": name,
        "queue_id": queue_id,
        "subject_template": texts.subject,
        "body_template": texts.body,
        "content_type": texts.content_type,
    }
    if own and wanted == service.template_snapshot(own):
        return own
    return service.save_template(own, wanted, actor=actor, note=note)


def _queue_id(own: Template | None, given: Mapping[str, Any]) -> int | None:
    """The queue of a rule that is for one alone. A template that is there is not moved to another, but made for all."""
    listed = given.get("queue_ids") or []
    one: int | None = listed[0] if len(listed) == 1 else None
    return one if own is None or own.queue_id == one else None


def _name(own: Template | None, rule: str, queue_id: int | None) -> str:
    """The rule's name, or the first number behind it under which no other template of the queue stands."""
    rows = Template.objects.filter(queue=queue_id, name__istartswith=_short(rule)[:90])
    rows = rows.exclude(pk=own.pk) if own else rows
    taken = {name.lower() for name in rows.values_list("name", flat=True)}
    name, number = _short(rule), 1
    while name.lower() in taken:
        number += 1
        name = f"{_short(rule)[: _LONGEST - len(f' ({number})')]} ({number})"
    return name


def _short(rule: str) -> str:
    return rule.strip()[:_LONGEST].strip()
