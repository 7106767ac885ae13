"""Every right of every role at a glance: what a role holds itself, what it has of another, and what it has not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from tessera.accounts.models import Role
from tessera.accounts.rights import SUPER_USER
from tickets.config import Config
from tickets.rights_widget import Right, groups, inheritance

# Further roles are found in the list above it.
MOST_ROLES = 40


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether a role has a right: `own`, or through what is named in `of`."""

    own: bool = False
    of: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The roles are the columns; each group has rows of a right and a cell for each role. `more` roles are left out."""

    roles: Sequence[Role]
    groups: Sequence[tuple[StrOrPromise, Sequence[tuple[Right, Sequence[Cell]]]]]
    more: int


def matrix(config: Config) -> Matrix:
    """Of all roles, as they are now. One statement."""
    roles = {role.pk: role for role in Role.objects.order_by("name", "pk")}
    had = inheritance(roles)
    held = frozenset(right for role in roles.values() for right in role.rights)
    shown = list(roles.values())[:MOST_ROLES]
    return Matrix(
        shown,
        [
            (
                label,
                [
                    (right, [_cell(right.name, role, had[role.pk]) for role in shown])
                    for right in rights
                ],
            )
            for label, rights in groups(config, held)
        ],
        len(roles) - len(shown),
    )


def _cell(right: str, role: Role, had: Mapping[str, str]) -> Cell:
    if right in role.rights:
        return Cell(own=True)
    if right in had:
        return Cell(of=had[right])
    return Cell(of=_("the right %s") % SUPER_USER) if SUPER_USER in had else Cell()
