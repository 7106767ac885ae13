"""The people of the matrix, each with what he is, and the things that they ask for."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from PIL import Image
from pytest_django.plugin import DjangoDbBlocker

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips import service as scrips
from scrips.models import Backtest, Delivery, Host, SavedReply
from tessera.accounts import audit
from tessera.accounts.models import ApiToken, AuditEntry, Group, User
from tessera.lib import clock
from tests.api.caller import Caller
from tests.people import administrator, grant
from tickets import files, service
from tickets.access import Actor
from tickets.models import (
    Attachment,
    BulkChange,
    Link,
    Queue,
    QueueField,
    SavedView,
    Transaction,
    UnsentMessage,
    VersionMove,
    Watcher,
)
from tickets.models.ticket import ticket_key
from tickets.outcome import Cause

# The columns of the tables, in order.
COLUMNS = (
    *("anonymous", "stranger", "requestor", "cc", "agent", "other", "supervisor", "admin"),
    "system",
)


@dataclass(frozen=True)
class Cast:
    """`callers` send JSON with a token, `sessions` are the keys of their logins; `ids` is what paths name."""

    users: Mapping[str, User]
    callers: Mapping[str, Caller]
    sessions: Mapping[str, str | None]
    ids: Mapping[str, Any]

    def reader(self, who: str) -> Client:
        """A browser that he has just logged in with."""
        client = Client()
        if key := self.sessions[who]:
            client.cookies[settings.SESSION_COOKIE_NAME] = key
        return client

    def actor(self, who: str) -> Actor:
        """One of them at the door."""
        return Actor.of(User.objects.get(pk=self.users[who].pk))


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Made once for a module's tests, in a transaction that is rolled back after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            # Nothing here commits: changes of configuration count as they are made.
            cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")
        yield make_cast()
        transaction.set_rollback(True)


@pytest.fixture
def undone(cast: Cast) -> Iterator[Cast]:
    """The cast, and whatever a test does with it undone."""
    with transaction.atomic():
        yield cast
        transaction.set_rollback(True)


def make_cast() -> Cast:
    """Make all rows: Support, where `agent` is of a group of agents, and Incidents, where `other` is one."""
    users = {name: _user(name) for name in COLUMNS if name != "anonymous"}
    support = Queue.objects.create(
        name="Support",
        lifecycle=Lifecycle.objects.get(name="default"),
        correspond_address="support@example.com",
    )
    incidents = Queue.objects.create(
        name="Incidents", lifecycle=Lifecycle.objects.get(name="incident")
    )
    group = Group.objects.create(name="helpdesk")
    group.members.add(users["agent"])
    given = grant("agent", group=group, queue=support)
    grant("supervisor", user=users["supervisor"], queue=support)
    grant("agent", user=users["other"], queue=incidents)
    grant("customer", ticket_role="cc")
    ids: dict[str, Any] = {
        "queue": support.pk,
        "incidents": incidents.pk,
        "group": group.pk,
        "grant": given.pk,
        "role": given.role_id,
        "user": users["agent"].pk,
        "root": users["admin"].pk,
        "lifecycle": support.lifecycle_id,
        "version": support.lifecycle.current_id,
    }
    ids |= _configuration(support, users["admin"])
    ids["move"] = _move(support, users["admin"]).pk
    ids["bulk_of_agent"] = _bulk(users["agent"]).pk
    ids["backtest"] = Backtest.objects.create(
        owner=users["admin"], rule={}, most=1, total=0, created_at=clock.now()
    ).pk
    ids["view_of_all"] = _view(users["admin"], for_all=True)
    ids["view_of_agent"] = _view(users["agent"])
    audit.note("login", actor=users["admin"])
    ids["entry"] = AuditEntry.objects.latest("pk").pk
    ids |= _tickets(users["admin"])
    replies: dict[str, dict[str, Any]] = {
        "reply": {"owner": users["agent"]},
        "reply_of_all": {"for_all": True},
    }
    for name, values in replies.items():
        row = {"owner": users["admin"], "name": "Thanks", "text": "Thank you.", **values}
        ids[name] = SavedReply.objects.create(**row).pk
    ids["draft"] = _draft(ids["ticket"], users["agent"])
    callers = {name: Caller(ApiToken.issue(user)) for name, user in users.items()}
    callers["anonymous"] = Caller(None)
    sessions: dict[str, str | None] = {name: _session(user) for name, user in users.items()}
    sessions["anonymous"] = None
    ids["token"] = ApiToken.objects.get(user=users["admin"]).pk
    return Cast(users, callers, sessions, ids | {"key": ticket_key(ids["ticket"])})


def _user(name: str) -> User:
    if name == "system":
        return User.objects.get(username=name)
    if name == "admin":
        return administrator("root", "x", email="root@example.com")
    return User.objects.create_user(name, email=f"{name}@example.com", first_name=name.title())


def _move(queue: Queue, root: User) -> VersionMove:
    """A move of tickets that is over."""
    return VersionMove.objects.create(
        lifecycle=queue.lifecycle,
        version_id=queue.lifecycle.current_id or 0,
        status="done",
        total=0,
        creator=root,
        created_at=clock.now(),
    )


def _bulk(owner: User) -> BulkChange:
    """A bulk change that is over."""
    now = clock.now()
    changes = {"subject": "y"}
    return BulkChange.objects.create(
        owner=owner, changes=changes, status="done", total=0, created_at=now, ended_at=now
    )


def _view(owner: User, **shared: Any) -> int:
    values = {"name": "Mine", "columns": ["key"], "order": "id"}
    return SavedView.objects.create(owner=owner, **values, **shared).pk


def _draft(ticket_id: int, author: User) -> int:
    """A comment that its author took back."""
    now = clock.now()
    message = {"type": "comment", "content": "not yet"}
    return UnsentMessage.objects.create(
        ticket_id=ticket_id,
        author=author,
        nonce="1",
        changes={"message": message},
        status="returned",
        due_at=now,
        created_at=now,
        ended_at=now,
    ).pk


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _configuration(support: Queue, root: User) -> dict[str, int]:
    field = CustomField.objects.create(key="severity", name="Severity", field_type="Freeform")
    QueueField.objects.create(queue=support, field=field)
    actor = Actor.of(root)
    texts = {"name": "Thanks", "subject_template": "{$ticket.subject}", "body_template": "Hello"}
    template = scrips.save_template(None, {**texts, "queue_id": support.pk}, actor=actor)
    unused = scrips.save_template(None, {**texts, "name": "Unused"}, actor=actor)
    mail: dict[str, Any] = {
        "name": "Acknowledge",
        "queue_id": support.pk,
        "condition_type": "OnCreate",
        "action_type": "SendEmail",
        "action_config": {"to": ["requestor"]},
        "template_id": template.pk,
    }
    scrip = scrips.save_scrip(None, mail, actor=actor)
    return {
        "field": field.pk,
        "template": template.pk,
        "unused": unused.pk,
        "scrip": scrip.pk,
        "scrip_everywhere": scrips.save_scrip(
            None,
            {
                "name": "Note",
                "condition_type": "OnComment",
                "action_type": "SetCustomField",
                "action_config": {"field": "severity", "value": "said"},
            },
            actor=actor,
        ).pk,
    }


def _tickets(root: User) -> dict[str, Any]:
    """One of Support with something of every kind in its log, and one of Incidents that it depends on."""
    actor = Actor.of(root)
    far = service.create({"subject": "Outage", "queue": "Incidents"}, actor=actor).ticket.id
    values = {
        "subject": "Printer",
        "queue": "Support",
        "requestors": ["Requestor@example.com"],
        "cc": ["CC@example.com"],
        "links": {"depends_on": [far]},
        "message": {"content": "It burns"},
    }
    made = service.create(values, actor=actor)
    ticket = made.ticket.id
    ids = {"ticket": ticket, "far": far, "create": made.entries[0].id}
    for kind, name in (("comment", "Comment"), ("correspond", "Correspond")):
        message = {
            "type": kind,
            "content": f"a {kind}",
            "content_type": "text/html",
            "attachment_ids": [_file(kind, root)],
        }
        service.apply(ticket, {"message": message}, actor=actor)
        said = Transaction.objects.get(ticket=ticket, type=name)
        ids |= {kind: said.pk, f"{kind}_message": said.data["message_id"]}
        ids[f"{kind}_seq"] = said.seq
        ids[f"{kind}_file"] = Attachment.objects.get(message=said.data["message_id"]).pk
    delivery = Delivery.objects.get(ticket=ticket)
    (record,) = service.record(
        [
            service.Record(
                ticket_id=ticket,
                delivery_id=delivery.pk,
                type="EmailRecord",
                data={"to": ["requestor@example.com"], "subject": "Printer"},
                cause=Cause(delivery.scrip_id, delivery.transaction_id),
            )
        ]
    )
    Host.objects.create(name="hooks.example.com", last_failure_at=clock.now())
    return ids | {
        "host": "hooks.example.com",
        "delivery": delivery.pk,
        "record": record.id,
        "waiting_file": _file("x", root),
        "watcher": Watcher.objects.filter(ticket=ticket)[0].pk,
        "link": Link.objects.get(source=ticket).pk,
    }


def _file(name: str, owner: User) -> int:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    upload = SimpleUploadedFile(f"{name}.png", picture.getvalue(), "image/png")
    return files.keep(upload, creator_id=owner.pk).pk
