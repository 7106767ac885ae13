"""What a new system begins with besides the stock lifecycles and roles: a queue, and the first grants."""

from django.db import DEFAULT_DB_ALIAS

from lifecycles.models import Lifecycle
from tessera.accounts.models import Role, User
from tessera.accounts.rights import ADMIN, CUSTOMER
from tessera.accounts.stock import SYSTEM_USERNAME
from tickets.models import Grant, Queue


def make_general_queue(using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Make the queue `General` where there is no queue at all, so that the first ticket has a place."""
    if not Queue.objects.using(using).exists():
        Queue.objects.using(using).create(
            name="General",
            description="Where tickets begin until there are other queues.",
            lifecycle=Lifecycle.objects.using(using).get(name="default"),
        )


def make_grants(using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Requestors are customers on their tickets, always. The system is an administrator to begin with: an
    administrator may take that away, and it stays away."""
    grants, roles = Grant.objects.using(using), Role.objects.using(using)
    if not grants.exists():
        system = User.objects.using(using).get(username=SYSTEM_USERNAME)
        grants.create(role=roles.get(name=ADMIN), user=system)
    grants.get_or_create(role=roles.get(name=CUSTOMER), ticket_role="requestor", queue=None)


def make_administrator(user: User) -> tuple[Grant, bool]:
    """Let the user do everything, everywhere. Gives the grant, and whether it is new."""
    return Grant.objects.get_or_create(
        role=Role.objects.get(name=ADMIN), user=user, group=None, ticket_role="", queue=None
    )
