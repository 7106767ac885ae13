"""Saved views: what one may hold, who may share it with whom, and what it finds for whoever asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tessera.accounts.models import Group
from tessera.lib import room
from tessera.lib.api.pagination import counted
from tessera.lib.errors import Forbidden, Invalid, NotFound, QueryInvalid, Refused
from tessera.lib.patience import TookTooLong, at_most
from tessera.lib.query.parse import parse_query
from tessera.lib.values import BadValue
from tickets import access, columns, knowing, reading
from tickets.access import Actor
from tickets.models import SavedView
from tickets.orders import orders_for
from tickets.search import search

# Who may put a view before everybody: whoever shapes the work of a queue.
SHARES_WITH_ALL = "AdminQueue"
MOST = 500  # of one owner
_PATIENCE = 2_000  # milliseconds for the count of one view


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tickets a view finds, counted up to the cap of lists; or why it finds none: `error`. `warnings` tell
    what its query names that there is not."""

    count: int | None = None
    capped: bool = False
    error: str | None = None
    warnings: tuple[str, ...] = ()


def seen_by(actor: Actor) -> Q:
    """The views that the actor sees: his own, those of his groups, and everybody's."""
    return Q(owner=actor.id) | Q(for_all=True) | Q(group__in=sorted(actor.person.groups))


def check(
    values: Mapping[str, Any], *, visibility: str, group_id: int | None, actor: Actor
) -> None:
    """Refuse what a view can't hold. `values` are those of `query, columns, order` that are given.

    Raises `Invalid` that names every wrong field, `QueryInvalid` where the query alone is wrong, and `Forbidden` for
    who may not share with all.
    """
    errors: dict[str, list[str]] = {}
    fault: QueryInvalid | None = None
    try:
        check_query(values.get("query", ""), actor)
    except QueryInvalid as invalid:
        fault = invalid
        errors["query"] = [invalid.placed]
    for name, read in (("columns", _columns), ("order", _order)):
        try:
            if name in values:
                read(values[name], actor)
        except BadValue as bad:
            errors[name] = [str(bad)]
    if why := _sharing_fault(visibility, group_id, actor):
        errors["group_id"] = [why]
    if fault is not None and len(errors) == 1:
        raise fault
    if errors:
        raise Invalid(errors)
    if visibility == SavedView.Visibility.ALL and not access.anywhere(actor, SHARES_WITH_ALL):
        raise Forbidden(
            _("You need the right %(right)s to share a view with all.")
            % {"right": SHARES_WITH_ALL},
            right=SHARES_WITH_ALL,
        )


def change(view: SavedView, given: Mapping[str, Any], *, actor: Actor) -> SavedView:
    """Save the view with what is given: `name, query, columns, order, visibility, group_id`.

    With whom it is shared is judged anew each time: what others see is changed. Raises as `check` does, and
    `LimitReached` where its owner has as many as one may have.
    """
    own = dict(given)
    visibility = own.pop("visibility", view.visibility)
    kept = view.group_id if visibility == SavedView.Visibility.GROUP else None
    group_id = own.pop("group_id", kept)
    check(own, visibility=visibility, group_id=group_id, actor=actor)
    view.for_all, view.group_id = visibility == SavedView.Visibility.ALL, group_id
    for name, value in own.items():
        setattr(view, name, value)
    if view.pk is None:
        _add(view)
    else:
        view.save()
    return view


def _add(view: SavedView) -> None:
    full = _("You have %(most)d saved views: delete one that you no longer need.")
    mine = SavedView.objects.filter(owner=view.owner_id)
    with transaction.atomic():
        room.ask(mine, owner_id=view.owner_id, most=MOST, full=full % {"most": MOST})
        view.save()


def owned(number: int, actor: Actor) -> SavedView:
    """The view, locked, for its owner. Raises `NotFound` where the actor does not see it, `Forbidden` where it is
    another's."""
    rows = SavedView.objects.filter(seen_by(actor)).select_for_update(of=("self",))
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound(_("There is no such view."))
    if found.owner_id != actor.id:
        raise Forbidden(_("Only its owner changes a view; save one of your own."))
    return found


def check_query(text: str, actor: Actor) -> None:
    """Raise `QueryInvalid` for what is no query; a blank one finds all."""
    if text.strip():
        parse_query(text, knowing.vocabulary(actor))


def counts(views: Sequence[SavedView], actor: Actor) -> list[Counted]:
    """How many tickets that the actor may see each view finds: a statement a view, with a limit to its time."""
    try:
        with at_most(_PATIENCE, alone=True):
            return [_count(view, actor) for view in views]
    except TookTooLong:
        return [count(view, actor) for view in views]


def count(view: SavedView, actor: Actor, *, unread: bool = False) -> Counted:
    """The same of one; `unread`: of those alone that the actor has not read."""
    try:
        with at_most(_PATIENCE, alone=True):
            return _count(view, actor, unread=unread)
    except TookTooLong:
        return Counted(error=_("counting takes too long"))


def _count(view: SavedView, actor: Actor, *, unread: bool = False) -> Counted:
    try:
        orders_for(actor).parse(view.order)
        found = search(view.query, actor)
        if unread:
            found = found.narrowed(partial(reading.unread, actor=actor))
        number, capped = counted(found.rows, found.part)
    except QueryInvalid as fault:
        return Counted(error=fault.placed)
    except (Refused, BadValue) as fault:
        return Counted(error=str(fault))
    return Counted(number, capped=capped, warnings=found.warnings)


def _columns(names: list[str], actor: Actor) -> None:
    # As in its query, who names a field is understood: a requestor's ticket may have one that he is told nothing of.
    named = {name.removeprefix(columns.CUSTOM) for name in names} & actor.config.fields.keys()
    columns.read(names, actor.config, fields=named.union(knowing.fields(actor)))


def _order(text: str, actor: Actor) -> None:
    orders_for(actor).parse(text)


def _sharing_fault(visibility: str, group_id: int | None, actor: Actor) -> str | None:
    """What is wrong with the group; one that somebody is not in is to him like one that there is not."""
    if visibility != SavedView.Visibility.GROUP:
        return None if group_id is None else _("belongs to the visibility “group” alone")
    if group_id is None:
        return _("is required: name the group that sees the view")
    if group_id in actor.person.groups:
        return None
    if access.may(actor, "AdminUsers") and Group.objects.filter(pk=group_id).exists():
        return None
    return _("you are in no such group")
