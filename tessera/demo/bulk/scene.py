"""What patterns are taken apart by, and copies filled from: the people, queues and scrips that there are."""

import hashlib
from collections import defaultdict

from django.conf import settings

from scrips.models import Scrip
from tessera.accounts.models import User
from tessera.demo.bulk.copies import Place, World
from tessera.demo.bulk.marks import Staff
from tessera.demo.company import COST_CENTRES, DOMAIN, LOCATIONS, Company
from tessera.demo.plot import DESK
from tickets.models import Queue
from tickets.service import system_actor

# The address whose tickets are many.
BUSY = f"office@{DOMAIN}"
# By what the ids of mails and webhooks are made (`tessera.lib.mime`, `scrips.channels.webhook`).
_SALTS = {"mail": "tessera.lib.mime", "hook": "scrips.webhook"}


def staff_of(company: Company) -> Staff:
    """Who of the company stands in the patterns."""
    names = [username for username in company.agents if username != DESK]
    agents = User.objects.filter(username__in=names)
    customers = User.objects.filter(email__endswith=f"@{DOMAIN}").exclude(username__in=names)
    return Staff(
        agents={user.pk: _agent(user) for user in agents},
        scrips=dict(Scrip.objects.values_list("pk", "name")),
        first_names=dict(customers.values_list("email", "first_name")),
        system_id=system_actor().id,
        busy=frozenset({BUSY}),
    )


def world_of(company: Company) -> World:
    """What copies may have in the place of what patterns have."""
    queues = {queue.name: queue for queue in Queue.objects.all()}
    agents = {user.username: user for user in User.objects.filter(username__in=company.agents)}
    scrips: defaultdict[int | None, dict[str, str]] = defaultdict(dict)
    for number, name, queue_id in Scrip.objects.values_list("pk", "name", "queues"):
        scrips[queue_id][name] = str(number)
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for definition in company.queues:
        queue = queues[definition["name"]]
        team = [
            _agent(agents[username])
            for username, (_name, works_for) in company.agents.items()
            if queue.name in works_for and username != DESK
        ]
        values = {
            "id": str(queue.pk),
            "name": queue.name,
            "address": queue.correspond_address,
            "comments": queue.comment_address,
        }
        places[definition.get("kind", queue.name)].append(Place(values, team, scrips[queue.pk]))
    return World(
        places=places,
        customers=_customers(company),
        locations=LOCATIONS[:-1],
        cost_centres=COST_CENTRES,
        keys={name: _key(salt) for name, salt in _SALTS.items()},
    )


def _agent(user: User) -> tuple[str, str, str, str]:
    return str(user.pk), user.email, user.name, user.username


def _customers(company: Company) -> list[tuple[str, str]]:
    """All who ask, as (address, first name), in the order of their names' listing."""
    known = dict(
        User.objects.filter(email__endswith=f"@{DOMAIN}")
        .exclude(username__in=company.agents)
        .order_by("pk")
        .values_list("email", "first_name")
    )
    return list(known.items())


def _key(salt: str) -> bytes:
    """The key that Django's `salted_hmac` makes of a salt and the site's secret, made once for all ids."""
    return hashlib.sha256(salt.encode() + settings.SECRET_KEY.encode()).digest()
