"""Making and changing roles and grants. Nobody gives what he does not hold himself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lifecycles.models import LifecycleVersion
from tessera.accounts.models import Group, Role, User
from tessera.accounts.rights import ADMIN, BUILT_IN, SUPER_USER
from tessera.lib.errors import Forbidden, Invalid
from tessera.lib.suggest import nearest
from tickets import config, holding
from tickets.access import Actor
from tickets.grants import Held, resolve
from tickets.models import Grant
from tickets.people import Person


def save_role(row: Role | None, values: Mapping[str, Any], *, actor: Actor) -> Role:
    """Make or change a role from `name`, `rights` and `inherits` (a role's name or None).

    Raises `Invalid` (an unknown right, a cycle, a name that is taken, a built-in role's name) and `Forbidden` where it
    would gain or lose what the actor does not hold, or where nobody would be left who may administer. Role changes take
    turns: two at once can't close a cycle between them.
    """
    with somebody_administers():
        known = {role.name.lower(): role for role in Role.objects.order_by("pk")}
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
        after = _held(role)
        changed = Held(after.rights ^ before.rights, after.roles ^ before.roles)
        _refuse_more(actor, changed, None)
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
        unknown = _unknown(values["rights"], role, actor)
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


def _unknown(rights: list[str], role: Role, actor: Actor) -> list[str]:
    """What is wrong with rights that there are not. Those that the role has may stay, whatever named them once."""
    known = holding.known_rights(actor.config) | set(role.rights)
    if not known.issuperset(rights):
        known |= _rights_of_old_versions(actor)
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


def _rights_of_old_versions(actor: Actor) -> set[str]:
    """Those that transitions name of lifecycles as they were: tickets still live by them."""
    versions = LifecycleVersion.objects.values_list("pk", flat=True)
    definitions = (actor.config.lifecycle(version).definition for version in versions)
    return {each.right for definition in definitions for each in definition.transitions}


def _inherits(parent: Role, role: Role, known: Mapping[str, Role]) -> bool:
    """Whether the parent is the role, or comes from it. A cycle that is there already ends where it closes."""
    by_id = {each.pk: each for each in known.values()}
    seen: set[int] = set()
    at: Role | None = parent
    while at is not None and at.pk not in seen:
        if at.pk == role.pk:
            return True
        seen.add(at.pk)
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
    with somebody_administers():
        if row is not None:
            _refuse_more(actor, _held(row.role), row.queue_id)
        _refuse_more(actor, _held(wanted.role), wanted.queue_id)
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
    return grant


def end_grant(grant: Grant, *, actor: Actor) -> None:
    """Take a role back. Raises as `save_grant` does."""
    with somebody_administers():
        _refuse_more(actor, _held(grant.role), grant.queue_id)
        grant.delete()


def take_turns() -> None:
    """One at a time until COMMIT: two administrators can't each take the other's rights."""
    list(Role.objects.select_for_update().order_by("pk"))


@contextmanager
def somebody_administers() -> Iterator[None]:
    """Around whatever may take rights from people: undone, and `Forbidden`, where nobody could administer any more."""
    with transaction.atomic():
        take_turns()
        before = holding.holders(config.current(), SUPER_USER).exists()
        yield
        if before and not holding.holders(config.fresh(), SUPER_USER).exists():
            raise Forbidden(
                _("Nobody could administer any more: grant “admin” to somebody else first."),
                right=SUPER_USER,
            )


def refuse_change_of(user: User, *, actor: Actor) -> None:
    """Raise `Forbidden` for somebody who holds what the actor does not: who sets a password is that user.

    Somebody who is disabled counts as who he is again once he is not.
    """
    person = replace(Person.of(user), disabled=False)
    theirs = Actor(person, actor.config)
    if (theirs.held().everything or person.system) and not actor.held().everything:
        raise Forbidden(_("Only an administrator may change an administrator."), right=SUPER_USER)
    for grant in theirs.grants:
        _refuse_more(actor, Held.by([grant]), grant.queue_id)


def refuse_joining(group: Group, *, actor: Actor) -> None:
    """Raise `Forbidden` where the group holds what the actor does not: whoever joins it would hold it too."""
    for grant in Grant.objects.filter(group=group).select_related("role"):
        _refuse_more(actor, _held(grant.role), grant.queue_id)


def _refuse_more(actor: Actor, wanted: Held, queue_id: int | None) -> None:
    """Raise `Forbidden` for a right that the actor lacks there, and for a role that opens transitions by its name."""
    held = actor.held(queue_id)
    missing = sorted(right for right in wanted.rights if not held.has(right))
    if SUPER_USER in missing:
        missing = [SUPER_USER]  # it stands for the others
    roles = wanted.roles & actor.config.named_roles
    missing_roles = sorted(role for role in roles if not held.has_role([role]))
    if missing or missing_roles:
        raise Forbidden(
            _("You can only give what you hold yourself; you lack %(lacking)s.")
            % {"lacking": ", ".join(missing or missing_roles)},
            right=missing[0] if missing else None,
        )
