"""Brightwell's configuration and people, made as an administrator would make them."""

import unicodedata
from functools import partial

from django.core.files.storage import default_storage
from django.db import connection, transaction

from customfields import service as fields
from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips.models import Scrip, Template
from scrips.service import save_scrip, save_template
from scrips.stock import make_scrips
from tessera.accounts.models import Group, Role, User
from tessera.accounts.rights import AGENT, SUPERVISOR
from tessera.demo.company import DOMAIN, FIELDS, SCRIPS, TEMPLATES, Company, Definition
from tessera.demo.historian import Cast
from tessera.lib.query.fold import fold
from tickets import thumbnails
from tickets.access import Actor
from tickets.config import drafting
from tickets.models import Attachment, Grant, Queue, QueueField
from tickets.service import system_actor
from tickets.stock import make_general_queue


def empty() -> None:
    """Remove all tickets with their log and files, and all configuration but lifecycles. People and tokens stay.

    The log refuses TRUNCATE; this transaction alone carries the setting that allows it. The files' contents go
    after COMMIT: a transaction that is rolled back must not have lost them.
    """
    paths = {
        path for row in Attachment.objects.all() for path in (row.path, thumbnails.path_of(row))
    }
    # TRUNCATE of the queues takes every grant along; those that hold everywhere are no part of what is emptied.
    everywhere = list(Grant.objects.filter(queue=None).order_by("pk"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tessera.allow_truncate = 'on'")
        cursor.execute(
            "TRUNCATE tickets_ticket, tickets_queue, customfields_customfield,"
            " scrips_scrip, scrips_scripversion, scrips_template, tickets_idempotencykey"
            " RESTART IDENTITY CASCADE"
        )
    for path in paths:
        transaction.on_commit(partial(default_storage.delete, path), robust=True)
    for grant in everywhere:
        grant.pk = None
    Grant.objects.bulk_create(everywhere)
    make_general_queue()
    make_scrips()


def taken(company: Company) -> list[str]:
    """What there is already of the names that the demo needs for itself."""
    queues = Queue.objects.filter(name__in=[queue["name"] for queue in company.queues])
    keys = CustomField.objects.filter(key__in=[definition["key"] for definition in FIELDS])
    templates = Template.objects.filter(name__in=TEMPLATES, queue=None)
    return [str(row) for rows in (queues, keys, templates) for row in rows]


def build(company: Company) -> Cast:
    """Make what is missing and give the cast. Must run inside a database transaction."""
    agents = {username: _agent(username, name) for username, (name, _of) in company.agents.items()}
    customers = tuple(_customer(name) for name in company.customers)
    User.objects.bulk_create(map(_one_of_many, company.crowd), ignore_conflicts=True)
    for team in company.queues:
        group, _made = Group.objects.get_or_create(name=team["name"])
        members = [user for user, (_n, queues) in company.agents.items() if team["name"] in queues]
        group.members.set(User.objects.filter(username__in=members))
    by_key = {definition["key"]: _field(definition) for definition in FIELDS}
    lifecycle = Lifecycle.objects.get(name="default")
    for definition in company.queues:
        _queue(definition, by_key, lifecycle)
        _grant(definition["name"])
    _automate(company)
    return Cast(
        agents={username: Actor.of(user) for username, user in agents.items()}, customers=customers
    )


def _grant(queue_name: str) -> None:
    """The team works its queue, the service desk's lead has the last word, and everybody may ask."""
    queue = Queue.objects.get(name=queue_name)
    staff, _made = Role.objects.get_or_create(
        name="staff", defaults={"rights": ["CreateTicket", "SeeQueue"]}
    )
    by_name = {role.name: role for role in Role.objects.filter(name__in=[AGENT, SUPERVISOR])}
    Grant.objects.create(role=by_name[AGENT], group=Group.objects.get(name=queue_name), queue=queue)
    Grant.objects.create(
        role=by_name[SUPERVISOR], user=User.objects.get(username="desk"), queue=queue
    )
    Grant.objects.create(role=staff, ticket_role="everyone", queue=queue)


def _agent(username: str, name: str) -> User:
    """Someone who works tickets. Nobody knows the password: an administrator sets one."""
    first, _space, last = name.partition(" ")
    user, made = User.objects.get_or_create(
        username=username,
        defaults={
            "first_name": first,
            "last_name": last,
            "email": f"{username}@{DOMAIN}",
            "time_zone": "Europe/Lisbon",
        },
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _customer(name: str) -> tuple[str, str]:
    first, _space, last = name.partition(" ")
    ascii_name = _plain(f"{first}.{last}").lower()
    User.objects.get_or_create(
        username=ascii_name,
        defaults={
            "first_name": first,
            "last_name": last,
            "email": f"{ascii_name}@{DOMAIN}",
            "time_zone": "Europe/Lisbon",
            "password": "!",
        },
    )
    return first, f"{ascii_name}@{DOMAIN}"


def _one_of_many(name: str) -> User:
    """A customer, not yet saved."""
    first, _space, last = name.partition(" ")
    username = f"{first}.{last}".lower()
    email = f"{username}@{DOMAIN}"
    return User(
        username=username,
        folded_username=fold(username),
        first_name=first,
        last_name=last,
        email=email,
        folded_email=fold(email),
        time_zone="Europe/Lisbon",
        password="!",  # noqa: S106  # no password fits it
    )


def _plain(name: str) -> str:
    """The name as it is written in addresses: Petrović as Petrovic."""
    apart = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("ł", "l"))
    return apart.encode("ascii", "ignore").decode()


def _field(definition: Definition) -> CustomField:
    return CustomField.objects.create(**fields.clean(definition))


def _queue(definition: Definition, by_key: dict[str, CustomField], lifecycle: Lifecycle) -> None:
    queue = Queue.objects.create(
        name=definition["name"],
        description=definition["description"],
        lifecycle=lifecycle,
        correspond_address=f"{definition['address']}@{DOMAIN}",
        comment_address=f"{definition['address']}-internal@{DOMAIN}",
    )
    for position, key in enumerate(definition["fields"]):
        QueueField.objects.create(queue=queue, field=by_key[key], position=position)


def _automate(company: Company) -> None:
    """Templates and scrips, checked like everybody's. Their deferred triggers count before the first ticket."""
    author = system_actor()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")
    templates: dict[str, Template] = {}
    for name, (subject, body) in TEMPLATES.items():
        texts = {"name": name, "subject_template": subject, "body_template": body}
        templates[name] = save_template(None, texts, actor=author)
    # None is global: queues that people make beside Brightwell's begin without anybody's scrips.
    kinds = {each["name"]: each.get("kind", each["name"]) for each in company.queues}
    queues = {queue.name: queue.pk for queue in Queue.objects.filter(name__in=kinds)}
    # Each scrip has another number; what they are judged against is the same for all.
    with drafting():
        for written in SCRIPS:
            for name, kind in kinds.items():
                if written.get("queue", kind) == kind:
                    _scrip(written, queues[name], templates, author)


def silence(company: Company) -> None:
    """Put the webhooks in shadow: pagers that do not exist must not be called for the tickets that people make."""
    own = Queue.objects.filter(name__in=[queue["name"] for queue in company.queues])
    author = system_actor()
    for scrip in Scrip.objects.filter(action_type="Webhook", queues__in=own):
        save_scrip(scrip, {"shadow": True}, actor=author, note="The demo is told; nobody is there.")


def _scrip(
    written: Definition, queue_id: int, templates: dict[str, Template], author: Actor
) -> Scrip:
    condition = {"rules": written["rules"]} if "rules" in written else written.get("condition", {})
    template = templates.get(written.get("template", ""))
    return save_scrip(
        None,
        {
            "name": written["name"],
            "description": written.get("description", ""),
            "queue_id": queue_id,
            "condition_type": written["when"],
            "condition_config": condition,
            "action_type": written["do"],
            "action_config": written["config"],
            "template_id": template.pk if template else None,
            "stage": written.get("stage", Scrip.Stage.CREATE.value),
            "sort_order": written.get("sort_order", 0),
        },
        actor=author,
    )
