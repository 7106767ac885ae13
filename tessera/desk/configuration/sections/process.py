"""Custom fields, lifecycles and queues: what a ticket goes through."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customfields import service as fields
from customfields.choices import Choice
from customfields.models import CustomField
from customfields.types import TYPES
from lifecycles import service as lifecycles
from lifecycles.definition import parse
from lifecycles.diff import diff
from lifecycles.models import Lifecycle
from tessera.desk.configuration.items import Body, Identity, Item, identity_of
from tessera.desk.configuration.sections.base import Hand, Section
from tessera.desk.configuration.shape import (
    ANY,
    FLAG,
    LIST,
    NAME,
    OBJECT,
    RULE,
    TEXT,
    TEXTS,
    Key,
)
from tessera.lib.api.bodies import read
from tessera.lib.errors import Invalid
from tickets import field_usage, fielding, moving, queues
from tickets.api.queues import QueueBody
from tickets.models import Queue, QueueField, Ticket
from tickets.processes import check_guard
from tickets.vocabulary import PEOPLE

# Further tickets are not counted: a plan must be made as fast in a large house as in a small one.
_MOST = 10_000
_PLAIN = Choice("").to_json()
# As people write a definition; what else there is comes behind, in its own order.
_ORDER = ("statuses", "initial", "active", "inactive", "defaults", "transitions")
_TRANSITION = ("name", "label", "from", "to", "right", "roles", "guard", "message")


def some(count: int) -> str:
    """A number of tickets, in words."""
    if count >= _MOST:
        return _("%(count)d tickets or more") % {"count": _MOST}
    return ngettext("%(count)d ticket", "%(count)d tickets", count) % {"count": count}


class Fields(Section):
    """Custom fields by their keys. A deleted one is not there; an entry with its key brings it back."""

    name: ClassVar = "custom_fields"
    title: ClassVar = gettext_lazy("Custom fields")
    model: ClassVar = CustomField
    renames: ClassVar = False
    shape: ClassVar = {
        "key": Key(TEXT),
        "name": Key(TEXT),
        "field_type": Key(TEXT),
        "choices": Key(LIST, []),
        "max_values": Key(ANY, None),
        "pattern": Key(TEXT, ""),
        "pattern_message": Key(TEXT, ""),
        "minimum": Key(ANY, None),
        "maximum": Key(ANY, None),
        "required": Key(FLAG, default=False),
        "default": Key(ANY, None),
        "help_text": Key(TEXT, ""),
        "depends_on": Key(NAME, None),
        "show_when": Key(RULE, None),
        "indexed": Key(FLAG, default=False),
        "for_customers": Key(FLAG, default=False),
    }
    spelled: ClassVar = {"values": "choices"}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = CustomField.objects.filter(disabled=False).order_by("key")
        for row in rows if only is None else rows.filter(pk=only):
            body = {name: getattr(row, name) for name in self.shape}
            choices = [choice.to_json() for choice in row.choices]
            body |= {"choices": choices, "depends_on": row.depends_on or None}
            yield Item(self.name, row.pk, row.key, body)

    def identity(self, body: Body) -> Identity:
        return identity_of(body["key"])

    def label(self, body: Body) -> str:
        return str(body["key"])

    def needs(self, body: Body) -> Iterable[Identity]:
        rule = body["show_when"]
        shown = rule.get("field") if isinstance(rule, Mapping) else None
        named = (body["depends_on"], shown)
        return [identity_of(key) for key in named if isinstance(key, str) and key]

    def normal(self, body: dict[str, Any]) -> dict[str, Any]:
        body["choices"] = [
            {"value": each} if isinstance(each, str) else each for each in body["choices"]
        ]
        if all(isinstance(each, dict) and "was" not in each for each in body["choices"]):
            body["choices"] = [_PLAIN | each for each in body["choices"]]
        if body["max_values"] is None and body["field_type"] in TYPES:
            body["max_values"] = TYPES[body["field_type"]].max_values
        return body

    def written(self, body: Body) -> dict[str, Any]:
        found = super().written(body)
        if found["max_values"] == TYPES[body["field_type"]].max_values:
            del found["max_values"]
        if "choices" in found:
            found["choices"] = [_short(choice) for choice in found["choices"]]
        return found

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:  # noqa: ARG002  # found below
        # One that is deleted is no item, but it has its key for good.
        row = CustomField.objects.filter(key__iexact=body["key"]).first()
        before = hand.look(row) if row else None
        given = {**body, "choices": _portable(body["choices"], row)}
        if given["max_values"] is None:
            del given["max_values"]
        judged = fields.judge(given, row, vocabulary=PEOPLE)
        field = row or CustomField()
        was_indexed = field.indexed
        for name, value in judged.found.items():
            setattr(field, name, value)
        field.disabled = False
        _save(field)
        fielding.refuse_index(field, was_indexed=was_indexed)
        fielding.carry_renames(field, judged.renamed, actor=hand.actor.person)
        if before is None:
            hand.added(field)
        else:
            hand.changed(field, before)
        return field.pk

    def remove(self, item: Item, hand: Hand) -> None:
        row = CustomField.objects.get(pk=item.id)
        before = hand.look(row)
        row.disabled = True
        row.save(update_fields=["disabled"])
        hand.changed(row, before)

    def touched(self, before: Item | None, after: Item | None) -> list[str]:
        if before is None:
            return []
        if after is None:
            count = field_usage.usage(CustomField.objects.get(pk=before.id)).tickets
            return [_("is hidden; what it holds in %(tickets)s is kept") % {"tickets": some(count)}]
        gone = {choice["value"] for choice in before.body["choices"]}
        gone -= {choice["value"] for choice in after.body["choices"]}
        if not gone:
            return []
        row = CustomField.objects.get(pk=before.id)
        counts = field_usage.of_choices(row, sorted(gone))
        return [
            _("“%(choice)s” is offered no more, and is kept by %(tickets)s")
            % {"choice": choice, "tickets": some(count)}
            for choice, count in counts.items()
        ]


def _save(field: CustomField) -> None:
    try:
        with transaction.atomic():
            field.save()
    except IntegrityError as fault:
        if "custom_field_key_unique" in str(fault):
            raise Invalid({"key": [_("is taken")]}) from None
        raise


def _short(choice: Mapping[str, Any]) -> Any:
    told = {name: value for name, value in choice.items() if value != _PLAIN[name]}
    return choice["value"] if set(told) == {"value"} else told


def _portable(choices: list[Any], row: CustomField | None) -> list[Any]:
    """Without renames of choices that are not there: the same file is for systems where it is done, or not needed."""
    known = set(row.values) if row else set()
    return [
        {name: value for name, value in choice.items() if name != "was" or value in known}
        if isinstance(choice, dict)
        else choice
        for choice in choices
    ]


class Lifecycles(Section):
    """Published lifecycles. A draft is work, and no configuration yet."""

    name: ClassVar = "lifecycles"
    title: ClassVar = gettext_lazy("Lifecycles")
    model: ClassVar = Lifecycle
    shape: ClassVar = {"name": Key(TEXT), "definition": Key(OBJECT)}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = Lifecycle.objects.exclude(current=None).select_related("current")
        rows = rows.order_by("name", "pk")
        for row in rows if only is None else rows.filter(pk=only):
            assert row.current is not None  # noqa: S101  # the filter above, for the type checker
            body = {"name": row.name, "definition": _ordered(row.current.definition)}
            yield Item(self.name, row.pk, row.name, body)

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        how: dict[str, Any] = {"actor": hand.user, "note": hand.note, "check_guard": check_guard}
        if held is None:
            made = lifecycles.create(body["name"], body["definition"], **how)
            hand.added(made)
            return made.pk
        row = Lifecycle.objects.get(pk=held.id)
        before = hand.look(row)
        if body["name"] != row.name:
            lifecycles.rename(row, body["name"])
        lifecycles.publish(row, body["definition"], **how)
        hand.changed(row, before)
        return row.pk

    def remove(self, item: Item, hand: Hand) -> None:
        raise AssertionError(item, hand)  # it is left

    def leaves(self, item: Item) -> str:  # noqa: ARG002  # whichever it is
        return _("lifecycles are never deleted: tickets live by them")

    def told(self, before: Body, after: Body) -> list[str] | None:
        if before["definition"] == after["definition"]:
            return []
        old, new = parse(before["definition"]).definition, parse(after["definition"]).definition
        sentences = diff(old, new) if old and new else ()
        return list(sentences) or [_("another way to write the same process")]

    def touched(self, before: Item | None, after: Item | None) -> list[str]:
        if before is None or after is None or before.body["definition"] == after.body["definition"]:
            return []
        row = Lifecycle.objects.select_related("current").get(pk=after.id)
        assert row.current is not None  # noqa: S101  # it was published just now
        count = moving.left_behind(row, row.current, most=_MOST)
        words = {"tickets": some(count), "number": row.current.number}
        told = [_("version %(number)d is for new tickets") % words]
        return told + ([_("older versions stay those of %(tickets)s") % words] if count else [])


def _ordered(definition: Any) -> Any:
    """As people write it: the database keeps the keys of an object in an order of its own."""
    if not isinstance(definition, dict):
        return definition
    found = _by(definition, _ORDER)
    transitions = found.get("transitions")
    if isinstance(transitions, list):
        found["transitions"] = [
            _by(each, _TRANSITION) if isinstance(each, dict) else each for each in transitions
        ]
    if isinstance(found.get("statuses"), dict):
        found["statuses"] = _by(found["statuses"], _ORDER)
    return found


def _by(found: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name] for name in (*order, *sorted(found)) if name in found}


class Queues(Section):
    """Queues with their fields in their order."""

    name: ClassVar = "queues"
    title: ClassVar = gettext_lazy("Queues")
    model: ClassVar = Queue
    shape: ClassVar = {
        "name": Key(TEXT),
        "description": Key(TEXT, ""),
        "lifecycle": Key(TEXT, "default"),
        "custom_fields": Key(TEXTS, []),
        "correspond_address": Key(TEXT, ""),
        "comment_address": Key(TEXT, ""),
        "disabled": Key(FLAG, default=False),
    }
    spelled: ClassVar = {"lifecycle_id": "lifecycle", "custom_field_ids": "custom_fields"}

    def items(self, only: int | None = None) -> Iterator[Item]:
        placed = QueueField.objects.filter(field__disabled=False).order_by("position", "pk")
        keys: dict[int, list[str]] = {}
        for queue_id, key in placed.values_list("queue_id", "field__key"):
            keys.setdefault(queue_id, []).append(key)
        rows = Queue.objects.select_related("lifecycle").order_by("name", "pk")
        for row in rows if only is None else rows.filter(pk=only):
            body = {name: getattr(row, name) for name in self.shape if name != "custom_fields"}
            body |= {"lifecycle": row.lifecycle.name, "custom_fields": keys.get(row.pk, [])}
            yield Item(self.name, row.pk, row.name, {name: body[name] for name in self.shape})

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        row = Queue.objects.get(pk=held.id) if held else None
        before = hand.look(row) if row else None
        published = Lifecycle.objects.exclude(current=None)
        there = CustomField.objects.filter(disabled=False)
        given = {name: body[name] for name in self.shape if name not in _REFERENCES}
        given["lifecycle_id"] = hand.id_of(published, body["lifecycle"], at="lifecycle")
        given["custom_field_ids"] = [
            hand.id_of(there, key, at=f"custom_fields[{place}]", by="key")
            for place, key in enumerate(body["custom_fields"])
        ]
        saved = queues.save(row, read(QueueBody(row, data=given)))
        if before is None:
            hand.added(saved)
        else:
            hand.changed(saved, before)
        return saved.pk

    def remove(self, item: Item, hand: Hand) -> None:
        row = Queue.objects.get(pk=item.id)
        before = hand.look(row)
        row.disabled = True
        row.save(update_fields=["disabled"])
        hand.changed(row, before)

    def leaves(self, item: Item) -> str:
        return _("it is disabled already") if item.body["disabled"] else ""

    def touched(self, before: Item | None, after: Item | None) -> list[str]:
        if before is None:
            return []
        found = []
        if after is None or (after.body["disabled"] and not before.body["disabled"]):
            count = Ticket.objects.filter(queue=before.id).order_by()[:_MOST].count()
            found.append(_("is disabled with %(tickets)s in it") % {"tickets": some(count)})
        if after is not None and after.body["lifecycle"] != before.body["lifecycle"]:
            found += _under(before)
        return found


_REFERENCES = ("lifecycle", "custom_fields")


def _under(queue: Item) -> list[str]:
    """The tickets that stay under the lifecycle that their queue leaves."""
    row = Lifecycle.objects.select_related("current").get(name=queue.body["lifecycle"])
    rows = Ticket.objects.filter(queue=queue.id, lifecycle_version__lifecycle=row)
    if not (count := rows.order_by()[:_MOST].count()):
        return []
    number = row.current.number if row.current else 0
    words = {"tickets": some(count), "name": row.name, "number": number}
    return [_("%(name)s, at version %(number)d, stays the lifecycle of %(tickets)s") % words]
