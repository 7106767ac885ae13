"""Groups, roles and grants. Who is in a group is no configuration, and neither is what single users are granted."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tessera.accounts.models import Group, Role
from tessera.accounts.rights import BUILT_IN
from tessera.desk.configuration.items import Body, Identity, Item, identity_of
from tessera.desk.configuration.sections.base import Hand, Section
from tessera.desk.configuration.shape import NAME, TEXT, TEXTS, Key
from tessera.lib.api.bodies import read
from tessera.lib.errors import Invalid
from tickets import granting, wording
from tickets.api.users import GroupBody
from tickets.models import Grant, Queue


class Groups(Section):
    """Groups by their names."""

    name: ClassVar = "groups"
    title: ClassVar = gettext_lazy("Groups")
    model: ClassVar = Group
    shape: ClassVar = {"name": Key(TEXT)}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = Group.objects.order_by("name", "pk")
        for row in rows if only is None else rows.filter(pk=only):
            yield Item(self.name, row.pk, row.name, {"name": row.name})

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        row = Group.objects.get(pk=held.id) if held else Group()
        before = hand.look(row) if held else None
        row.name = read(GroupBody(row if held else None, data={"name": body["name"]}))["name"]
        row.save()
        if before is None:
            hand.added(row)
        else:
            hand.changed(row, before)
        return row.pk

    def remove(self, item: Item, hand: Hand) -> None:
        row = Group.objects.get(pk=item.id)
        with granting.somebody_administers():
            hand.deleted(row)
            row.delete()

    def touched(self, before: Item | None, after: Item | None) -> list[str]:
        if before is None or after is not None:
            return []
        count = Group.objects.get(pk=before.id).members.count()
        told = ngettext(
            "%(count)d member leaves it; so do its grants and views",
            "%(count)d members leave it; so do its grants and views",
            count,
        )
        return [told % {"count": count}]


class Roles(Section):
    """Roles with their own rights."""

    name: ClassVar = "roles"
    title: ClassVar = gettext_lazy("Roles")
    model: ClassVar = Role
    shape: ClassVar = {"name": Key(TEXT), "rights": Key(TEXTS, []), "inherits": Key(NAME, None)}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = Role.objects.select_related("inherits").order_by("name", "pk")
        for row in rows if only is None else rows.filter(pk=only):
            parent = row.inherits.name if row.inherits else None
            body = {"name": row.name, "rights": sorted(row.rights), "inherits": parent}
            yield Item(self.name, row.pk, row.name, body)

    def normal(self, body: dict[str, object]) -> dict[str, object]:
        rights = body["rights"]
        return body | {"rights": sorted({*rights})} if isinstance(rights, list) else body

    def needs(self, body: Body) -> Iterable[Identity]:
        return [identity_of(body["inherits"])] if body["inherits"] else []

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        if body["inherits"]:
            hand.id_of(Role.objects.all(), body["inherits"], at="inherits")
        row = Role.objects.get(pk=held.id) if held else None
        before = hand.look(row) if row else None
        saved = granting.save_role(row, body, actor=hand.actor)
        if before is None:
            hand.added(saved)
        else:
            hand.changed(saved, before)
        return saved.pk

    def remove(self, item: Item, hand: Hand) -> None:
        row = Role.objects.get(pk=item.id)
        if row.name not in BUILT_IN:
            hand.deleted(row)
        granting.delete_role(row)


class Grants(Section):
    """What groups, and whoever is something on a ticket, are granted. Those to single users stay out of the file."""

    name: ClassVar = "grants"
    title: ClassVar = gettext_lazy("Grants")
    model: ClassVar = Grant
    renames: ClassVar = False
    shape: ClassVar = {
        "role": Key(TEXT),
        "group": Key(NAME, None),
        "ticket_role": Key(NAME, None),
        "queue": Key(NAME, None),
    }
    spelled: ClassVar = {"user_id": "group", "group_id": "group", "queue_id": "queue"}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = Grant.objects.filter(user=None).select_related("role", "group", "queue")
        rows = rows.order_by("role__name", "group__name", "ticket_role", "queue__name", "pk")
        for row in rows if only is None else rows.filter(pk=only):
            body = {
                "role": row.role.name,
                "group": row.group.name if row.group else None,
                "ticket_role": row.ticket_role or None,
                "queue": row.queue.name if row.queue else None,
            }
            yield Item(self.name, row.pk, self.label(body), body)

    def identity(self, body: Body) -> Identity:
        return identity_of(body["role"], body["group"], body["ticket_role"], body["queue"])

    def label(self, body: Body) -> str:
        who = wording.receiver(
            user="", group=body["group"] or "", ticket_role=body["ticket_role"] or ""
        )
        return wording.sentence(who, body["role"], wording.place(body["queue"] or ""))

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        if held is not None:
            return held.id  # it differs in the case of a name alone, which is the other's to change
        if bool(body["group"]) == bool(body["ticket_role"]):
            raise Invalid({"role": [_("give exactly one of group and ticket_role")]})
        if body["ticket_role"] and body["ticket_role"] not in Grant.TicketRole.values:
            named = ", ".join(Grant.TicketRole.values)
            raise Invalid({"ticket_role": [_("must be one of %(names)s") % {"names": named}]})
        role_id = hand.id_of(Role.objects.all(), body["role"], at="role")
        wanted = granting.Wanted(
            role=Role.objects.get(pk=role_id),
            group_id=hand.id_of(Group.objects.all(), body["group"], at="group")
            if body["group"]
            else None,
            ticket_role=body["ticket_role"] or "",
            queue_id=hand.id_of(Queue.objects.all(), body["queue"], at="queue")
            if body["queue"]
            else None,
        )
        row = granting.save_grant(None, wanted, actor=hand.actor)
        hand.added(row)
        return row.pk

    def remove(self, item: Item, hand: Hand) -> None:
        row = Grant.objects.get(pk=item.id)
        hand.deleted(row)
        granting.end_grant(row, actor=hand.actor)
