"""Terms on links. A link to a ticket that the caller may not see is none."""

from collections.abc import Mapping, Sequence

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tessera.lib.expressions import IsAnyOf
from tessera.lib.query.compare import number
from tessera.lib.query.tree import Op
from tickets import access
from tickets.models import Link
from tickets.search.plain import any_of
from tickets.search.scope import Scope
from tickets.search.shapes import FEW_LINKS, Rows
from tickets.state import DIRECTIONS, INVERSE

# The directions, as the ticket sees them, of each field.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "LinkedTo": ("depends_on", "parents", "refers_to"),
    "LinkedFrom": ("depended_on_by", "children", "referred_to_by"),
    "MemberOf": ("parents",),
    "Child": ("children",),
    "DependsOn": ("depends_on",),
    "DependedOnBy": ("depended_on_by",),
    "RefersTo": ("refers_to",),
    "ReferredToBy": ("referred_to_by",),
}
_LARGEST = 2**63 - 1


def linked(name: str, op: Op, literals: Sequence[str], scope: Scope, *, conjunct: bool) -> Q:
    """That the ticket is linked so to one of these; of IS NULL, that it is to none."""
    outward = _FIELDS[name][0] in DIRECTIONS
    here, there = ("source_id", "target_id") if outward else ("target_id", "source_id")
    types = _FIELDS[name] if outward else [INVERSE[direction] for direction in _FIELDS[name]]
    rows = Link.objects.order_by().filter(type__in=types)
    if op is Op.IS_NULL:
        return ~_between_seen(rows, scope, here=here, there=there).condition(conjunct=conjunct)
    wanted = _seen(literals, scope)
    if not wanted:
        return any_of(())
    return Rows(rows.filter(**{f"{there}__in": wanted}), to=here).condition(conjunct=conjunct)


def _between_seen(rows: QuerySet[Link], scope: Scope, *, here: str, there: str) -> Rows:
    """The links to tickets that the caller sees. Of who sees by watching alone both ends are asked at once: there are
    fewer links than tickets, and very few between what he sees. What he watches is read once, for the one end; in it
    the other ends of what that leaves are looked for."""
    if scope.actor.held().has("ShowTicket"):
        return Rows(rows, to=here)
    watched = access.watched_alone(scope.actor)
    if watched is None:
        seen = access.visible_to(scope.actor).order_by()
        return Rows(rows.filter(**{f"{there}__in": seen.values("pk")}), to=here)
    one, other = (Q(Exists(watched.filter(ticket_id=OuterRef(end)))) for end in (here, there))
    far = watched.filter(IsAnyOf(F("ticket_id"), ArraySubquery(rows.filter(one).values(there))))
    fetched = rows.filter(IsAnyOf(F(there), ArraySubquery(far.values("ticket_id"))))
    return Rows(rows.filter(one, other), to=here, few=FEW_LINKS, fetched=fetched)


def _seen(literals: Sequence[str], scope: Scope) -> list[int]:
    """The tickets named that the caller sees."""
    found = [exact for literal in literals if (exact := number(literal)) is not None]
    ids = [int(one) for one in found if one == one.to_integral_value() and 0 < one <= _LARGEST]
    if not ids or scope.actor.held().has("ShowTicket"):
        return ids
    rows = access.visible_to(scope.actor, among=ids).order_by()
    return list(rows.values_list("pk", flat=True))
