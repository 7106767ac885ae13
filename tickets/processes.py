"""What publishing a lifecycle is told of the rest of the house: which guards can be read, and which roles are held."""

from tessera.lib.errors import QueryInvalid
from tessera.lib.query.parse import parse_query
from tickets import config


def check_guard(text: str) -> str | None:
    """What is wrong with a guard, with its line and column; None for one that can be read."""
    fault = guard_fault(text)
    return fault.placed if fault else None


def guard_fault(text: str) -> QueryInvalid | None:
    """The same with its place apart, for where the guard is shown beside it."""
    try:
        parse_query(text, config.current().vocabulary, in_memory=True)
    except QueryInvalid as fault:
        return fault
    return None


def held_roles() -> frozenset[str]:
    """The names of the roles that somebody holds somewhere, inherited ones included."""
    granted = {grant.role.id for grant in config.current().grants.all}
    roles = config.current().grants.roles
    names = {name for role in roles.values() if role.id in granted for name in role.names}
    return frozenset(role.name for key, role in roles.items() if key in names)
