"""Saved replies: who sees which, who may change them, and what they say about a ticket."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from scrips.checking import Checker
from scrips.facts import NAMES, PersonFacts
from scrips.models import SavedReply
from scrips.rendering import TemplateInvalid, render, validate
from scrips.trial import round_of
from tessera.accounts import audit
from tessera.accounts.models import Group
from tessera.accounts.snapshots import snapshot
from tessera.lib import room
from tessera.lib.errors import Forbidden, Invalid, NotFound
from tickets import access
from tickets.access import Actor
from tickets.state import TicketState

# Who may put a text before others: whoever writes the mails of a queue.
SHARES = "AdminScrips"
# What such a text may speak of: the ticket, and who writes.
ABOUT = {name: NAMES[name] for name in ("ticket", "queue", "actor", "now")}
MOST = 500
MOST_OWNED = 500
Visibility = SavedReply.Visibility


def seen_by(actor: Actor) -> "QuerySet[SavedReply]":
    """Those that the actor may use: his own, those of his groups, and everybody's, but for queues he does not see."""
    rows = SavedReply.objects.filter(
        Q(owner=actor.id) | Q(for_all=True) | Q(group__in=sorted(actor.person.groups))
    )
    seen = [number for number in actor.config.queues if access.sees_queue(actor, number)]
    return rows.filter(Q(queue=None) | Q(queue__in=seen) | Q(owner=actor.id))


def for_ticket(state: TicketState, actor: Actor) -> list[SavedReply]:
    """Those that the actor may put into an answer on the ticket, by name."""
    rows = seen_by(actor).filter(Q(queue=None) | Q(queue=state.queue_id))
    return list(rows[:MOST])


def may_change(reply: SavedReply, actor: Actor) -> bool:
    """One's own private ones; shared ones with the right to it, in their queue or everywhere."""
    if reply.visibility == Visibility.PRIVATE:
        return reply.owner_id == actor.id
    return access.may(actor, SHARES, queue_id=reply.queue_id)


def rendered(reply: SavedReply, state: TicketState, actor: Actor) -> str:
    """What it says about the ticket as the actor sees it. Raises `RenderFailed`."""
    found = round_of(state.id, None, actor).context
    return render(
        reply.text,
        {name: found[name] for name in ABOUT} | {"actor": PersonFacts.of(actor.person)},
        language=get_language() or "",  # it is the writer who goes on with it
    )


def change(reply: SavedReply, given: Mapping[str, Any], *, actor: Actor) -> SavedReply:
    """Save it with `name, text, queue_id, visibility, group_id`, in the caller's transaction.

    Raises `Invalid` naming every wrong field, `Forbidden` where others see it, now or then, and the actor may not
    change what they see, and `LimitReached` where its owner has as many as one may have.
    """
    if reply.pk and not may_change(reply, actor):
        raise Forbidden(_("You may not change this reply."))
    before = snapshot(reply) if reply.pk else None
    was_shared = before is not None and reply.visibility != Visibility.PRIVATE
    shared = given["visibility"] == Visibility.GROUP
    reply.name, reply.text = given["name"].strip(), given["text"]
    reply.queue_id = given["queue_id"]
    reply.group_id = given["group_id"] if shared else None
    reply.for_all = given["visibility"] == Visibility.ALL
    _check(reply, actor, given["group_id"], shared=shared)
    if not may_change(reply, actor):
        told = _("You need the right %(right)s to share a reply.")
        raise Forbidden(told % {"right": SHARES}, right=SHARES)
    if before is None:
        full = _("You have %(most)d saved replies: delete one that you no longer need.")
        mine = SavedReply.objects.filter(owner=reply.owner_id)
        room.ask(mine, owner_id=reply.owner_id, most=MOST_OWNED, full=full % {"most": MOST_OWNED})
    reply.save()
    if was_shared or reply.visibility != Visibility.PRIVATE:
        if before is None:
            audit.added(reply, actor=actor.person)
        else:
            audit.changed(reply, before, actor=actor.person)
    return reply


def delete(reply: SavedReply, *, actor: Actor) -> None:
    """In the caller's transaction. Raises `Forbidden`."""
    if not may_change(reply, actor):
        raise Forbidden(_("You may not change this reply."))
    if reply.visibility != Visibility.PRIVATE:
        audit.deleted(reply, actor=actor.person)
    reply.delete()


def found(number: int, actor: Actor) -> SavedReply:
    """One that the actor may use. Raises `NotFound`."""
    row = seen_by(actor).filter(pk=number).first()
    if row is None:
        raise NotFound(_("There is no such reply."))
    return row


def _check(reply: SavedReply, actor: Actor, group_id: int | None, *, shared: bool) -> None:
    errors: dict[str, list[str]] = {}
    queue = actor.config.queues.get(reply.queue_id) if reply.queue_id else None
    if reply.queue_id and (queue is None or not access.sees_queue(actor, reply.queue_id)):
        errors["queue_id"] = [_("there is no such queue")]
    if not reply.name:
        errors["name"] = [_("must not be empty")]
    if not reply.text.strip():
        errors["text"] = [_("must not be empty")]
    try:
        known = Checker(actor.config, (queue,) if queue else ()).field_keys
        validate(reply.text, known_fields=known, names=ABOUT)
    except TemplateInvalid as fault:
        errors["text"] = [str(fault)]
    if shared and not _in_reach(group_id, actor):
        errors["group_id"] = [_("choose a group that you are in")]
    elif not shared and group_id is not None:
        errors["group_id"] = [_("belongs to the visibility “group” alone")]
    if errors:
        raise Invalid(errors)


def _in_reach(group_id: int | None, actor: Actor) -> bool:
    if group_id is None or group_id in actor.person.groups:
        return group_id is not None
    return access.may(actor, "AdminUsers") and Group.objects.filter(pk=group_id).exists()
