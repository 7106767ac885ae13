"""Maya, who is nothing but a customer, and her ticket, with everything in it that is not hers to see."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customfields.models import CustomField
from scrips import service as scrips
from tessera.accounts.models import Role, User
from tests.office import Office
from tests.people import grant
from tickets import files, service
from tickets.access import Actor
from tickets.models import Grant, QueueField, Transaction
from tickets.state import TicketState

# Each stands in something that is internal, and nowhere else.
SECRETS = (
    *("hush comment", "hush-rule", "hush-template", "hush-field", "hush-value", "hush-file"),
    *("hush-boss@example.com", "hush-mail", "hush-reason", "hush-tag"),
)


@dataclass(frozen=True)
class Portal:
    """Her browser, herself, and the ticket that she is requestor of."""

    client: Client
    maya: User
    ticket: TicketState

    @property
    def path(self) -> str:
        return f"/portal/tickets/{self.ticket.key}"

    def send(self, **form: Any) -> Any:
        """Send her answer, by default as from the page as it was first."""
        return self.client.post(f"{self.path}/write", {"version": self.ticket.version, **form})

    def log(self) -> list[tuple[str, int]]:
        """The types of what was recorded after the page was first, each with who did it."""
        rows = Transaction.objects.filter(ticket=self.ticket.id, seq__gt=self.ticket.last_seq)
        return list(rows.order_by("seq").values_list("type", "creator_id"))


@pytest.fixture
def maya(office: Office) -> User:
    user = User.objects.create_user("maya", email="maya@example.com", first_name="Maya")
    Grant.objects.create(
        role=Role.objects.create(name="asks", rights=["CreateTicket", "SeeQueue"]),
        user=user,
        queue=office.support,
    )
    grant("customer", ticket_role="cc")
    return user


@pytest.fixture
def portal(office: Office, maya: User) -> Portal:
    _rules(office)
    _fields(office)
    made = service.create(
        {
            "queue": "Support",
            "subject": "Blank labels",
            "requestors": ["maya@example.com"],
            "cc": ["tomas@example.com"],
            "admin_cc": ["hush-boss@example.com"],
            "owner_id": office.ann.pk,
            "custom_fields": {"cause": "hush-value", "line": "Line 3", "tags": ["a"]},
            "message": {"content": "Since the update."},
        },
        actor=office.admin,
    ).ticket
    _say(office, made.id, "comment", "hush comment", _file(office, "hush-file.txt"))
    _say(office, made.id, "correspond", "Which version is it?", _file(office, "manual.txt"))
    client = Client()
    client.force_login(maya)
    state = service.visible(made.id, Actor.of(maya))
    return Portal(client, maya, state)


def _rules(office: Office) -> None:
    texts = {
        "name": "hush-template",
        "subject_template": "hush-mail",
        "body_template": "{{ transaction.content }}",
    }
    template = scrips.save_template(None, texts, actor=office.admin)
    mail: dict[str, Any] = {
        "name": "hush-rule of mails",
        "condition_type": "OnCorrespond",
        "action_type": "SendEmail",
        "action_config": {"to": ["requestor"], "bcc": ["admin_cc"]},
        "template_id": template.pk,
    }
    note: dict[str, Any] = {
        "name": "hush-rule of notes",
        "condition_type": "OnCreate",
        "action_type": "AddComment",
        "action_config": {"content": "hush-reason"},
    }
    for rule in (mail, note):
        scrips.save_scrip(None, rule, actor=office.admin)


def _fields(office: Office) -> None:
    cause = CustomField.objects.create(key="cause", name="hush-field", field_type="Freeform")
    line = CustomField.objects.create(
        key="line", name="Line", field_type="Freeform", for_customers=True
    )
    CustomField.objects.filter(key="tags").update(name="hush-tag")
    for position, field in enumerate((cause, line)):
        QueueField.objects.create(queue=office.support, field=field, position=10 + position)


def _file(office: Office, name: str) -> int:
    upload = SimpleUploadedFile(name, name.encode(), "text/plain")
    return files.keep(upload, creator_id=office.admin.id).pk


def _say(office: Office, ticket: int, kind: str, content: str, file_id: int) -> None:
    message = {"type": kind, "content": content, "attachment_ids": [file_id]}
    service.apply(ticket, {"message": message}, actor=office.admin)
