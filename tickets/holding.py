"""Who holds a right in a place, which rights there are to hold, and which grant gives each."""

from django.db.models import Q, QuerySet

from tessera.accounts.models import User
from tessera.accounts.rights import RIGHTS, SUPER_USER
from tessera.lib.query.fold import fold
from tickets.access import Actor, grants_at, ticket_roles_of
from tickets.config import Config
from tickets.grants import GrantSpec, Held
from tickets.state import TicketState


def known_rights(config: Config) -> frozenset[str]:
    """The rights that can be granted: the contract's, and those that transitions name."""
    return frozenset(RIGHTS) | config.named_rights


def holders(
    config: Config,
    right: str,
    *,
    queue_id: int | None = None,
    ticket: TicketState | None = None,
) -> QuerySet[User]:
    """The people who have the right in the queue (None: everywhere), or on the ticket; never the system user."""
    condition = Q()
    for grant in config.grants.all:
        if not grant.reaches(queue_id) or not Held.by([grant]).has(right):
            continue
        if grant.user_id is not None:
            condition |= Q(pk=grant.user_id)
        elif grant.group_id is not None:
            members = User.member_of.through.objects.filter(group_id=grant.group_id)
            condition |= Q(pk__in=members.values("user_id"))
        elif grant.ticket_role == "everyone":
            condition |= Q(pk__gt=0)
        elif ticket is not None:
            condition |= _being(grant.ticket_role, ticket)
    people = User.objects.filter(kind=User.Kind.PERSON, disabled=False)
    return people.filter(condition) if condition else people.none()


def _being(ticket_role: str, ticket: TicketState) -> Q:
    if ticket_role == "owner":
        return Q(pk=ticket.owner_id)
    addresses = {fold(address) for address in ticket.watchers.get(ticket_role, ())} - {""}
    return Q(folded_email__in=addresses)


def reasons(
    actor: Actor, *, queue_id: int | None = None, ticket: TicketState | None = None
) -> dict[str, GrantSpec]:
    """Each right that the actor has in that place, with the first grant that gives it."""
    place = queue_id if ticket is None else ticket.queue_id
    roles = () if ticket is None else ticket_roles_of(actor.person, ticket)
    found: dict[str, GrantSpec] = {}
    for grant in grants_at(actor, place, roles):
        given = known_rights(actor.config) if SUPER_USER in grant.role.rights else grant.role.rights
        for right in given:
            found.setdefault(right, grant)
    return dict(sorted(found.items()))
