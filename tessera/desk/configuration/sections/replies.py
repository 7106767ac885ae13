"""Saved replies that are shared: the words that all of a queue, or of a group, answer with."""

from collections.abc import Iterator
from typing import ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips import replies
from scrips.models import SavedReply
from tessera.accounts.models import Group
from tessera.desk.configuration.items import Body, Identity, Item, identity_of
from tessera.desk.configuration.sections.base import Hand, Section
from tessera.desk.configuration.shape import NAME, TEXT, Key
from tickets.models import Queue


class Replies(Section):
    """Those of a group or of everybody, for one queue or for all. One that is new belongs to who applies the file."""

    name: ClassVar = "replies"
    title: ClassVar = gettext_lazy("Shared replies")
    model: ClassVar = SavedReply
    twins: ClassVar = True
    shape: ClassVar = {
        "name": Key(TEXT),
        "queue": Key(NAME, None),
        "group": Key(NAME, None),
        "text": Key(TEXT),
    }
    spelled: ClassVar = {"queue_id": "queue", "group_id": "group", "visibility": "group"}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = SavedReply.objects.filter(Q(for_all=True) | Q(group__isnull=False))
        rows = rows.select_related("group", "queue").order_by("name", "pk")
        for row in rows if only is None else rows.filter(pk=only):
            body = {
                "name": row.name,
                "queue": row.queue.name if row.queue else None,
                "group": row.group.name if row.group else None,
                "text": row.text,
            }
            yield Item(self.name, row.pk, self.label(body), body)

    def identity(self, body: Body) -> Identity:
        return identity_of(body["name"], body["queue"], body["group"])

    def label(self, body: Body) -> str:
        told = str(body["name"])
        if body["queue"]:
            told = _("%(name)s, of the queue %(queue)s") % {"name": told, "queue": body["queue"]}
        if body["group"]:
            told = _("%(name)s, of the group %(group)s") % {"name": told, "group": body["group"]}
        return told

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        row = SavedReply.objects.get(pk=held.id) if held else SavedReply(owner=hand.user)
        queue, group = body["queue"], body["group"]
        shared = replies.Visibility.GROUP if group else replies.Visibility.ALL
        given = {
            "name": body["name"],
            "text": body["text"],
            "queue_id": hand.id_of(Queue.objects.all(), queue, at="queue") if queue else None,
            "visibility": shared.value,
            "group_id": hand.id_of(Group.objects.all(), group, at="group") if group else None,
        }
        return replies.change(row, given, actor=hand.actor).pk

    def remove(self, item: Item, hand: Hand) -> None:
        replies.delete(SavedReply.objects.get(pk=item.id), actor=hand.actor)
