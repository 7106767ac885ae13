"""Roles and grants as plain values: what somebody holds in a place, worked out once for each configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tessera.accounts.rights import SUPER_USER
from tessera.lib.query.fold import fold

EVERYONE = "everyone"
# What somebody can be on a ticket, besides being anyone at all.
TICKET_ROLES = ("requestor", "owner", "cc", "admin_cc")


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role with all that it inherits: `rights` are all of them, `names` (folded) its own and its ancestors'."""

    id: int
    name: str
    rights: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class GrantSpec:
    """One grant. Exactly one of `user_id`, `group_id` and `ticket_role` is given; `queue_id` None is everywhere."""

    id: int
    role: RoleSpec
    user_id: int | None
    group_id: int | None
    ticket_role: str
    queue_id: int | None

    def reaches(self, queue_id: int | None) -> bool:
        """Whether it counts in that queue; with None, whether it counts everywhere."""
        return self.queue_id is None or self.queue_id == queue_id


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody holds in one place."""

    rights: frozenset[str]
    roles: frozenset[str]

    @property
    def everything(self) -> bool:
        return SUPER_USER in self.rights

    def has(self, right: str) -> bool:
        return right in self.rights or self.everything

    def has_role(self, names: Iterable[str]) -> bool:
        """Whether one of the roles is held, by itself or by inheritance."""
        return self.everything or any(fold(name) in self.roles for name in names)

    @classmethod
    def by(cls, grants: Iterable[GrantSpec]) -> "Held":
        rights: set[str] = set()
        roles: set[str] = set()
        for grant in grants:
            rights |= grant.role.rights
            roles |= grant.role.names
        return cls(frozenset(rights), frozenset(roles))


@dataclass(frozen=True)
class Grants:
    """All grants of a configuration."""

    all: tuple[GrantSpec, ...]
    roles: Mapping[str, RoleSpec]  # by folded name

    @cached_property
    def _of_users(self) -> Mapping[int, tuple[GrantSpec, ...]]:
        return _by((grant.user_id, grant) for grant in self.all)

    @cached_property
    def _of_groups(self) -> Mapping[int, tuple[GrantSpec, ...]]:
        return _by((grant.group_id, grant) for grant in self.all)

    @cached_property
    def of_ticket_roles(self) -> Mapping[str, tuple[GrantSpec, ...]]:
        """By what somebody is on a ticket; `everyone` is not among them."""
        found = {role: tuple(g for g in self.all if g.ticket_role == role) for role in TICKET_ROLES}
        return {role: grants for role, grants in found.items() if grants}

    @cached_property
    def of_everyone(self) -> tuple[GrantSpec, ...]:
        return tuple(grant for grant in self.all if grant.ticket_role == EVERYONE)

    def of_person(self, user_id: int | None, groups: Iterable[int]) -> tuple[GrantSpec, ...]:
        """Those that somebody has on whatever ticket: his own, his groups', everyone's."""
        own = self._of_users.get(user_id, ()) if user_id is not None else ()
        through = (grant for group in sorted(groups) for grant in self._of_groups.get(group, ()))
        return (*own, *through, *self.of_everyone)


def _by(pairs: Iterable[tuple[int | None, GrantSpec]]) -> dict[int, tuple[GrantSpec, ...]]:
    found: dict[int, list[GrantSpec]] = {}
    for key, grant in pairs:
        if key is not None:
            found.setdefault(key, []).append(grant)
    return {key: tuple(held) for key, held in found.items()}


def resolve(
    roles: Mapping[int, tuple[str, Iterable[str], int | None]],
) -> dict[int, RoleSpec]:
    """Roles with what they inherit, from `{id: (name, own rights, id of the inherited)}`.

    A cycle, which no one should have been able to save, ends where it closes.
    """
    return {number: _resolved(number, roles) for number in roles}


def _resolved(number: int, roles: Mapping[int, tuple[str, Iterable[str], int | None]]) -> RoleSpec:
    rights: set[str] = set()
    names: set[str] = set()
    seen: set[int] = set()
    at: int | None = number
    while at is not None and at in roles and at not in seen:
        seen.add(at)
        name, own, inherits = roles[at]
        rights |= set(own)
        names.add(fold(name))
        at = inherits
    return RoleSpec(number, roles[number][0], frozenset(rights), frozenset(names))
