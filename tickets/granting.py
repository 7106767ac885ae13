"""Making and changing roles and grants. Nobody gives what he does not hold himself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tessera.accounts.models import Group, Role, User
from tessera.accounts.rights import ADMIN, BUILT_IN, SUPER_USER
from tessera.lib.errors import Forbidden, Invalid
from tessera.lib.suggest import nearest
from tickets import access, config
from tickets.access import Actor
from tickets.grants import Held, resolve
from tickets.models import Grant
from tickets.people import Person


def save_role(row: Role | None, values: Mapping[str, Any], *, actor: Actor) -> Role:
    """Make or change a role from `name`, `rights` and `inherits` (a role's name or None).

    Raises `Invalid` (an unknown right, a cycle, a name that is taken, a built-in role's name) and `Forbidden` where it
    would hold more than the actor does. Role changes take turns: two at once can't close a cycle between them.
    """
    with transaction.atomic():
        known = {
            role.name.lower(): role for role in Role.objects.select_for_update().order_by("pk")
        }
        role = row or Role()
        before = _held(role) if row is not None else Held(frozenset(), frozenset())
        errors = _apply(role, values, known, actor)
        if errors:
            raise Invalid(errors)
        try:
            with transaction.atomic():
                role.save()
        except IntegrityError:
            raise Invalid({"name": [_("is taken")]}) from None
        _refuse_more(actor, _held(role).rights - before.rights, None)
    return role


def _apply(
    role: Role, values: Mapping[str, Any], known: Mapping[str, Role], actor: Actor
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if "name" in values:
        if role.name in BUILT_IN and values["name"] != role.name:
            errors["name"] = [_("a built-in role keeps its name")]
        elif (other := known.get(values["name"].lower())) is not None and other.pk != role.pk:
            errors["name"] = [_("“%(name)s” is taken") % {"name": values["name"]}]
        else:
            role.name = values["name"]
    if "rights" in values:
        unknown = _unknown(values["rights"], actor)
        if unknown:
            errors["rights"] = unknown
        elif role.name == ADMIN and SUPER_USER not in values["rights"]:
            errors["rights"] = [_("the role “admin” keeps SuperUser")]
        role.rights = sorted(set(values["rights"]))
    if "inherits" in values:
        wanted = values["inherits"]
        parent = known.get(wanted.lower()) if wanted else None
        if wanted and parent is None:
            errors["inherits"] = [_("there is no role “%(name)s”") % {"name": wanted}]
        elif parent is not None and _inherits(parent, role, known):
            errors["inherits"] = [_("the roles would inherit each other in a circle")]
        else:
            role.inherits = parent
    return errors


def _unknown(rights: list[str], actor: Actor) -> list[str]:
    known = access.known_rights(actor.config)
    told = []
    for right in rights:
        if right not in known:
            near = nearest(right, sorted(known))
            told.append(
                _("there is no right “%(right)s”; did you mean “%(near)s”?")
                % {"right": right[:64], "near": near}
                if near
                else _("there is no right “%(right)s”") % {"right": right[:64]}
            )
    return told


def _inherits(parent: Role, role: Role, known: Mapping[str, Role]) -> bool:
    """Whether the parent is the role, or comes from it."""
    by_id = {each.pk: each for each in known.values()}
    at: Role | None = parent
    while at is not None:
        if at.pk == role.pk:
            return True
        at = by_id.get(at.inherits_id or 0)
    return False


def _held(role: Role) -> Held:
    rows = Role.objects.values_list("pk", "name", "rights", "inherits_id")
    spec = resolve({number: (name, rights, up) for number, name, rights, up in rows})[role.pk]
    return Held(spec.rights, spec.names)


def delete_role(role: Role) -> None:
    """Delete a role that gives nobody anything. Raises `Invalid` for one that is built in, granted or inherited."""
    with transaction.atomic():
        take_turns()
        if role.name in BUILT_IN:
            raise Invalid({"id": [_("a built-in role stays")]})
        if role.grants.exists() or role.heirs.exists():
            raise Invalid({"id": [_("the role is granted, or another inherits it")]})
        role.delete()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A grant as it is to be. Exactly one of `user_id`, `group_id` and `ticket_role` is given."""

    role: Role
    user_id: int | None = None
    group_id: int | None = None
    ticket_role: str = ""
    queue_id: int | None = None


def save_grant(row: Grant | None, wanted: Wanted, *, actor: Actor) -> Grant:
    """Give a role, or give another instead. Raises `Invalid` where it is given already, `Forbidden` where the actor
    does not hold what is given or taken back there, or where no administrator would be left."""
    with transaction.atomic():
        take_turns()
        if row is not None:
            _refuse_more(actor, _held(row.role).rights, row.queue_id)
        _refuse_more(actor, _held(wanted.role).rights, wanted.queue_id)
        grant = row or Grant()
        for name in ("role", "user_id", "group_id", "ticket_role", "queue_id"):
            setattr(grant, name, getattr(wanted, name))
        try:
            with transaction.atomic():
                grant.save()
        except IntegrityError as error:
            if "grant_once" in str(error):
                raise Invalid({"role": [_("is granted there already")]}) from None
            raise
        _refuse_nobody()
    return grant


def end_grant(grant: Grant, *, actor: Actor) -> None:
    """Take a role back. Raises as `save_grant` does."""
    with transaction.atomic():
        take_turns()
        _refuse_more(actor, _held(grant.role).rights, grant.queue_id)
        grant.delete()
        _refuse_nobody()


def take_turns() -> None:
    """One at a time: two administrators can't each take the other's grant."""
    list(Role.objects.select_for_update().order_by("pk"))


def _refuse_nobody() -> None:
    if not access.holders(config.fresh(), SUPER_USER).exists():
        raise Forbidden(
            _("Nobody could administer any more: grant “admin” to somebody else first."),
            right=SUPER_USER,
        )


def refuse_change_of(user: User, *, actor: Actor) -> None:
    """Raise `Forbidden` for somebody who may more than the actor: who sets a password is that user."""
    theirs = Actor(Person.of(user), actor.config)
    if theirs.held().everything and not actor.held().everything:
        raise Forbidden(_("Only an administrator may change an administrator."), right=SUPER_USER)


def refuse_joining(group: Group, *, actor: Actor) -> None:
    """Raise `Forbidden` where the group holds what the actor does not: whoever joins it would hold it too."""
    for grant in Grant.objects.filter(group=group).select_related("role"):
        _refuse_more(actor, _held(grant.role).rights, grant.queue_id)


def _refuse_more(actor: Actor, rights: frozenset[str], queue_id: int | None) -> None:
    held = actor.held(queue_id)
    missing = sorted(right for right in rights if not held.has(right))
    if missing:
        raise Forbidden(
            _("You can only give what you hold yourself; you lack %(rights)s.")
            % {"rights": ", ".join(missing)},
            right=missing[0],
        )
