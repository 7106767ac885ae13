"""Who searches: somebody who sees everything, an agent, a customer, and somebody who watches very much."""

from dataclasses import dataclass

from django.db import connection

from tessera.accounts.models import User
from tessera.demo.bulk.scene import BUSY
from tests.people import administrator, grant
from tickets.access import Actor
from tickets.models import Watcher

_CUSTOMER_OF = 20


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody, and what he is among all."""

    what: str
    actor: Actor


def make() -> None:
    """Make those who are not of the company."""
    administrator("bench", email="bench@example.com")
    User.objects.create_user("front.desk", email=BUSY)
    grant("customer", ticket_role="cc")


def all_of_them() -> list[Visitor]:
    """The four."""
    customer, tickets = _customer()
    office = User.objects.get(email=BUSY)
    watched = Watcher.objects.filter(address=BUSY).count()
    agent = _agent()
    return [
        Visitor("administrator", Actor.of(User.objects.get(username="bench"))),
        Visitor("agent, 3 queues of 40", Actor.of(agent)),
        Visitor(f"customer, {tickets} tickets", Actor.of(customer)),
        Visitor(f"watches {watched}", Actor.of(office)),
    ]


def _agent() -> User:
    """Somebody of three teams."""
    found = User.objects.raw(
        """
        SELECT u.* FROM accounts_user u JOIN accounts_group_members m ON m.user_id = u.id
        WHERE u.username <> 'desk' GROUP BY u.id HAVING count(*) = 3 ORDER BY u.id LIMIT 1
        """
    )
    return next(iter(found))


def _customer() -> tuple[User, int]:
    """Whoever comes nearest to twenty tickets of his own, and how many they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT u.id, count(*) FROM tickets_watcher w JOIN accounts_user u ON u.folded_email = w.address
            GROUP BY u.id ORDER BY abs(count(*) - %s), u.id LIMIT 1
            """,
            [_CUSTOMER_OF],
        )
        ((number, tickets),) = cursor.fetchall()
    return User.objects.get(pk=number), tickets
