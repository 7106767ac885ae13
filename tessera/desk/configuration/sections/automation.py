"""Templates, scrips and shared views: what speaks of everything else, and so is written last."""

from collections.abc import Iterator, Mapping, Set
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scrips import service as scrips
from scrips.actions import ACTIONS
from scrips.conditions import CONDITIONS
from scrips.judging import Ground
from scrips.models import Scrip, Template
from tessera.accounts.models import Group
from tessera.desk.configuration import secrets
from tessera.desk.configuration.items import Body, Identity, Item, identity_of
from tessera.desk.configuration.secrets import Variables
from tessera.desk.configuration.sections.base import Doubts, Hand, Section, Waits
from tessera.desk.configuration.shape import (
    FLAG,
    NAME,
    NUMBER,
    OBJECT,
    TEXT,
    TEXTS,
    Key,
    Kind,
)
from tessera.lib import values
from tessera.lib.api.bodies import read
from tessera.lib.errors import Invalid
from tickets import columns, views
from tickets.api.views import ViewBody
from tickets.models import Queue, SavedView
from tickets.orders import DEFAULT as BY_ACTIVITY

_PLACE = 1_000_000
_TEMPLATE = Kind(
    lambda raw: (
        raw is None
        or isinstance(raw, str)
        or (isinstance(raw, dict) and {*raw} == {"name", "queue"})
    ),
    gettext_lazy("must be a template's name, {name: …, queue: …}, or null for none"),
)


class Templates(Section):
    """Templates of mails, of one queue or of all. Two queues may each have one of the same name."""

    name: ClassVar = "templates"
    title: ClassVar = gettext_lazy("Templates")
    model: ClassVar = Template
    shape: ClassVar = {
        "name": Key(TEXT),
        "queue": Key(NAME, None),
        "content_type": Key(TEXT, "text/plain"),
        "subject_template": Key(TEXT, ""),
        "body_template": Key(TEXT, ""),
    }
    spelled: ClassVar = {"queue_id": "queue"}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = Template.objects.select_related("queue").order_by("name", "queue__name", "pk")
        for row in rows if only is None else rows.filter(pk=only):
            body = {name: getattr(row, name) for name in self.shape}
            body["queue"] = row.queue.name if row.queue else None
            yield Item(self.name, row.pk, self.label(body), body)

    def identity(self, body: Body) -> Identity:
        return identity_of(body["name"], body["queue"])

    def label(self, body: Body) -> str:
        if not body["queue"]:
            return str(body["name"])
        return _("%(name)s, of the queue %(queue)s") % {
            "name": body["name"],
            "queue": body["queue"],
        }

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        row = Template.objects.get(pk=held.id) if held else None
        before = hand.look(row) if row else None
        given = {name: value for name, value in body.items() if name != "queue"}
        given["queue_id"] = _queue_id(body["queue"], hand)
        saved = scrips.save_template(row, given, actor=hand.actor, note=hand.note)
        if before is None:
            hand.added(saved)
        else:
            hand.changed(saved, before)
        return saved.pk

    def remove(self, item: Item, hand: Hand) -> None:
        row = Template.objects.get(pk=item.id)
        hand.deleted(row)
        scrips.delete_template(row)

    def touched(self, before: Item | None, after: Item | None) -> list[str]:
        if before is None or after is None:
            return []
        count = Scrip.objects.filter(template=before.id).count()
        told = ngettext("%(count)d scrip writes with it", "%(count)d scrips write with it", count)
        return [told % {"count": count}] if count else []


class Scrips(Section):
    """Rules, in the order in which they run. Two may have the same name."""

    name: ClassVar = "scrips"
    title: ClassVar = gettext_lazy("Scrips")
    model: ClassVar = Scrip
    twins: ClassVar = True
    shape: ClassVar = {
        "name": Key(TEXT),
        "description": Key(TEXT, ""),
        "queues": Key(TEXTS, []),
        "sort_order": Key(NUMBER, 0),
        "places": Key(OBJECT, {}),
        "stage": Key(TEXT, "TransactionCreate"),
        "condition_type": Key(TEXT),
        "condition_config": Key(OBJECT, {}),
        "action_type": Key(TEXT),
        "action_config": Key(OBJECT, {}),
        "template": Key(_TEMPLATE, None),
        "disabled": Key(FLAG, default=False),
        "shadow": Key(FLAG, default=False),
    }
    spelled: ClassVar = {"queue_id": "queues", "queue_ids": "queues", "template_id": "template"}

    def kin(self, body: Body) -> object:
        return body["queues"]

    def label(self, body: Body) -> str:
        if not body["queues"]:
            return str(body["name"])
        words = {"name": body["name"], "queues": ", ".join(body["queues"])}
        return _("%(name)s, in %(queues)s") % words

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = Scrip.objects.select_related("template__queue").prefetch_related("places")
        queues = dict(Queue.objects.values_list("pk", "name"))
        own = {*Template.objects.exclude(queue=None).values_list("name", "queue_id")}
        variables = Variables()
        # Variables are named after the scrips before: of one row alone they don't matter.
        for row in rows.order_by("sort_order", "pk") if only is None else rows.filter(pk=only):
            reach = row.reach
            body = {name: getattr(row, name) for name in self.shape if name not in _OF_QUEUES}
            body["queues"] = sorted(queues[number] for number in reach.listed)
            places = {queues[number]: place for number, place in reach.places.items()}
            body["places"] = dict(sorted(places.items()))
            settings = _named_queue(row.action_type, row.action_config, queues)
            body["action_config"] = secrets.hidden(settings, row.name, variables)
            body["condition_config"] = _in_order(
                row.condition_config, CONDITIONS.get(row.condition_type)
            )
            body["template"] = _template_name(row.template, reach.one, own)
            yield Item(
                self.name, row.pk, self.label(body), {name: body[name] for name in self.shape}
            )

    def listed(self) -> tuple[Item, ...]:
        """In the order in which they run, of equal ones the older first."""
        return tuple(self.items())

    def normal(self, body: dict[str, Any]) -> dict[str, Any]:
        return body | {"queues": sorted({*body["queues"]})}

    def resolved(self, body: Body, held: Item | None) -> Body:
        before = held.body["action_config"] if held else {}
        return {**body, "action_config": secrets.wanted(body["action_config"], before)}

    def written(self, body: Body) -> dict[str, Any]:
        found = super().written(body)
        if "action_config" in found:
            found["action_config"] = secrets.referred(found["action_config"])
        return found

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        row = Scrip.objects.prefetch_related("places").get(pk=held.id) if held else None
        before = hand.look(row) if row else None
        kept = row.action_config if row else {}
        given = {name: body[name] for name in self.shape if name not in _REFERRING}
        given["action_config"] = secrets.revealed(body["action_config"], kept)
        given["queue_ids"] = [
            hand.id_of(Queue.objects.all(), name, at="queues") for name in body["queues"]
        ]
        given["template_id"] = _template_id(body["template"], given["queue_ids"], hand)
        saved = scrips.save_scrip(
            row, given, actor=hand.actor, note=hand.note, places=_places(body, hand)
        )
        if before is None:
            hand.added(saved)
        else:
            hand.changed(saved, before)
        return saved.pk

    def remove(self, item: Item, hand: Hand) -> None:
        row = Scrip.objects.get(pk=item.id)
        hand.deleted(row)
        scrips.delete_scrip(row, actor=hand.actor)

    def doubts(self, hand: Hand) -> Doubts:
        ground = Ground.shared()
        found = {
            row.pk: [
                each["detail"] for each in scrips.doubts(row, reader=hand.actor, ground=ground)
            ]
            for row in Scrip.objects.prefetch_related("places")
        }
        return {number: told for number, told in found.items() if told}


_RULE = ("all", "any", "field", "op", "value")
_OF_QUEUES = ("queues", "places", "template")
_REFERRING = ("queues", "places", "template", "action_config")


def _named_queue(
    action_type: str, config: Mapping[str, Any], queues: Mapping[int, str]
) -> dict[str, Any]:
    """An action's settings with the name of a queue that they have by its id."""
    action = ACTIONS.get(action_type)
    known: Mapping[str, Any] = action.schema["properties"] if action else {}
    named = {
        name
        for name, schema in known.items()
        if any(part.get("format") == "queue" for part in schema.get("anyOf", ()))
    }
    return {
        name: queues.get(value, value) if name in named and type(value) is int else value
        for name, value in _in_order(config, action).items()
    }


def _in_order(config: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    """Settings in the order of their schema, rules as people say them: the database has an order of its own."""
    order = (*(kind.schema["properties"] if kind else ()), *_RULE)
    return {
        name: _said(config[name]) for name in (*dict.fromkeys(order), *config) if name in config
    }


def _said(value: Any) -> Any:
    if isinstance(value, list):
        return [_said(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _said(value[name]) for name in (*_RULE, *sorted(value)) if name in value}


def _template_name(row: Template | None, one: int | None, own: Set[tuple[str, int | None]]) -> Any:
    """Its name. Where a queue's own of the same name would be meant by that, with its queue, which is none."""
    if row is None:
        return None
    if row.queue_id is None and one is not None and (row.name, one) in own:
        return {"name": row.name, "queue": None}
    return row.name


def _template_id(wanted: Any, queue_ids: list[int], hand: Hand) -> int | None:
    """By its name: the queue's own first, where the scrip is for one queue, else that of all queues."""
    if wanted is None:
        return None
    if isinstance(wanted, dict):
        name, places = str(wanted["name"]), [_queue_id(wanted["queue"], hand)]
    else:
        name, places = wanted, [*(queue_ids if len(queue_ids) == 1 else ()), None]
    rows = {row.queue_id: row.pk for row in Template.objects.filter(name=name)}
    for place in places:
        if place in rows:
            return rows[place]
    if ("template", name) in hand.failed:
        raise Waits
    if rows:
        raise Invalid({"template": [_("this template belongs to another queue")]})
    return hand.id_of(Template.objects.filter(queue=None), name, at="template")


def _queue_id(name: Any, hand: Hand) -> int | None:
    return None if name is None else hand.id_of(Queue.objects.all(), str(name), at="queue")


def _places(body: Body, hand: Hand) -> dict[int, int]:
    found, errors = {}, {}
    for name, place in body["places"].items():
        at = f"places.{name}"
        if body["queues"] and name not in body["queues"]:
            errors[at] = [_("is none of its queues")]
            continue
        try:
            values.integer(place, least=-_PLACE, most=_PLACE)
            found[hand.id_of(Queue.objects.all(), name, at=at)] = place
        except values.BadValue as fault:
            errors[at] = [str(fault)]
    if errors:
        raise Invalid(errors)
    return found


class Views(Section):
    """Saved views that are shared: with a group, or with everybody. One that is new belongs to who applies the file."""

    name: ClassVar = "views"
    title: ClassVar = gettext_lazy("Shared views")
    model: ClassVar = SavedView
    twins: ClassVar = True
    shape: ClassVar = {
        "name": Key(TEXT),
        "group": Key(NAME, None),
        "query": Key(TEXT, ""),
        "columns": Key(TEXTS, list(columns.DEFAULT)),
        "order": Key(TEXT, BY_ACTIVITY),
    }
    spelled: ClassVar = {"group_id": "group", "visibility": "group"}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = SavedView.objects.filter(Q(for_all=True) | Q(group__isnull=False))
        rows = rows.select_related("group").order_by("name", "group__name", "pk")
        for row in rows if only is None else rows.filter(pk=only):
            body = {name: getattr(row, name) for name in self.shape}
            body["group"] = row.group.name if row.group else None
            yield Item(self.name, row.pk, self.label(body), body)

    def identity(self, body: Body) -> Identity:
        return identity_of(body["name"], body["group"])

    def label(self, body: Body) -> str:
        if not body["group"]:
            return str(body["name"])
        return _("%(name)s, of the group %(group)s") % {
            "name": body["name"],
            "group": body["group"],
        }

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        row = SavedView.objects.get(pk=held.id) if held else SavedView(owner=hand.user)
        before = hand.look(row) if held else None
        given = {name: value for name, value in body.items() if name != "group"}
        given["visibility"] = SavedView.Visibility.ALL
        if body["group"]:
            given["visibility"] = SavedView.Visibility.GROUP
            given["group_id"] = hand.id_of(Group.objects.all(), body["group"], at="group")
        views.change(row, read(ViewBody(row, data=given)), actor=hand.actor)
        if before is None:
            hand.added(row)
        else:
            hand.changed(row, before)
        return row.pk

    def remove(self, item: Item, hand: Hand) -> None:
        row = SavedView.objects.get(pk=item.id)
        hand.deleted(row)
        row.delete()
