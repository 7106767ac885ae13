"""Terms on people: those whom a column names, and those who watch."""

from collections.abc import Callable, Mapping, Sequence

from django.db.models import Exists, OuterRef, Q

from tessera.accounts.models import User
from tessera.lib.query.compare import CURRENT_USER
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Op
from tickets.models import Watcher
from tickets.search.plain import any_of, lookup, nothing
from tickets.search.scope import Scope

_COLUMNS: Mapping[str, str] = {"Name": "folded_username", "EmailAddress": "folded_email"}
_TEXTS: Mapping[Op, Callable[[str, str], bool]] = {
    Op.EQ: str.__eq__,
    Op.LIKE: str.__contains__,
    Op.STARTSWITH: str.startswith,
    Op.ENDSWITH: str.endswith,
}


def named(column: str, part: str, op: Op, literals: Sequence[str], scope: Scope) -> Q:
    """Of a column that holds a user's id."""
    if op in (Op.EQ, Op.IN):
        wanted = [fold(literal) for literal in literals]
        ids = [number for one in wanted if one for number in scope.ids(part, one)]
        found = Q(**{f"{column}__in": ids}) if ids else nothing()
        return found | _in(column, part, Op.EQ, "") if "" in wanted else found
    return _in(column, part, op, fold(literals[0]))


def _in(column: str, part: str, op: Op, wanted: str) -> Q:
    users = User.objects.filter(lookup(_COLUMNS[part], op, wanted)).order_by()
    return Q(**{f"{column}__in": users.values("pk")})


def watching(part: str, op: Op, literals: Sequence[str], scope: Scope) -> Q:
    """Of a row of `Watcher`, whose person is the user with its address, or nobody known."""
    single = Op.EQ if op is Op.IN else op
    return any_of(_watching(part, single, fold(literal), scope) for literal in literals)


def _watching(part: str, op: Op, wanted: str, scope: Scope) -> Q:
    if op is Op.EQ and wanted == CURRENT_USER:
        return Q(address__in=scope.addresses(wanted)) if scope.addresses(wanted) else nothing()
    if part == "EmailAddress":
        return lookup("address", op, wanted)
    if op is Op.EQ and wanted:
        found = scope.addresses(wanted)
        return Q(address__in=found) if found else nothing()
    users = User.objects.filter(lookup("folded_username", op, wanted)).exclude(folded_email="")
    condition = Q(address__in=users.order_by().values("folded_email"))
    if _TEXTS[op]("", wanted):  # whose username is empty: addresses that no user has
        condition |= ~Q(Exists(User.objects.filter(folded_email=OuterRef("address"))))
    return condition


def roles_of(name: str) -> tuple[str, ...]:
    """The roles of watchers that the field of that name speaks of."""
    roles = {"Requestor": "requestor", "Cc": "cc", "AdminCc": "admin_cc"}
    return (roles[name],) if name in roles else tuple(Watcher.Role.values)
