"""A configuration with something of everything, and files that change it."""

from typing import Any

import pytest

from lifecycles import service as lifecycles
from scrips import replies
from scrips import service as scrips
from scrips.models import SavedReply
from tessera.accounts import site
from tessera.accounts.models import Group, Role
from tessera.desk.configuration import document, service, writing
from tests.office import Office, make_office
from tickets import views
from tickets.models import Grant, SavedView

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1wYWdlcg=="
DEFINITION = {
    "statuses": {"initial": ["new"], "active": ["open"], "inactive": ["done"]},
    "defaults": {"on_create": "new"},
    "transitions": [
        {"name": "finish", "from": "open", "to": "done", "guard": "CF.{severity} IS NOT NULL"}
    ],
}
BODY = "Hello,\n\n  {$ticket.subject}\n\nBye\n"


class File:
    """A configuration that is changed as somebody would edit its file."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.sections: dict[str, Any] = document.read(service.export(actor=office.admin)).value

    @property
    def text(self) -> str:
        return writing.write(self.sections)

    def one(self, section: str, name: str) -> dict[str, Any]:
        """The entry of that name, or key."""
        entries: list[dict[str, Any]] = self.sections[section]
        return next(each for each in entries if name in (each.get("name"), each.get("key")))

    def without(self, section: str, name: str) -> None:
        self.sections[section].remove(self.one(section, name))

    def told(self) -> list[str]:
        """The plan in short: sign, label, lines and touches of each change."""
        plan = service.review(self.text, actor=self.office.admin)
        return [
            "; ".join(
                [
                    f"{change.verb.value} {change.label}",
                    *(line.told for line in change.lines),
                    *change.touches,
                    *(f"! {doubt}" for doubt in change.doubts),
                ]
            )
            for part in plan.parts
            for change in part.changes
        ]

    def apply(self, **given: Any) -> None:
        service.apply(self.text, actor=self.office.admin, **given)


def furnish(office: Office) -> Office:
    """Something of every section."""
    site.change(site.SETTINGS[site.NAME], "Brightwell", actor=None)
    crew = Group.objects.create(name="Crew")
    Grant.objects.create(
        role=Role.objects.create(name="helper", rights=["OwnTicket"]),
        group=crew,
        queue=office.support,
    )
    lifecycles.create(
        "chores", DEFINITION, actor=None, check_guard=lambda guard: None if guard else guard
    )
    template = scrips.save_template(
        None,
        {"name": "Hello", "subject_template": "{$ticket.subject}", "body_template": BODY},
        actor=office.admin,
    )
    rule = {"condition_type": "OnCreate", "queue_id": office.support.pk}
    mail = {"name": "Say hello", "action_type": "SendEmail", "template_id": template.pk}
    scrips.save_scrip(
        None, {**rule, **mail, "action_config": {"to": ["requestor"]}}, actor=office.admin
    )
    call = {
        "url": "https://pager.example.com/",
        "secret": SECRET,
        "headers": {"Authorization": "Bearer hush-hush", "X-Plain": "seen"},
    }
    page = {"name": "Ring the pager", "action_type": "Webhook", "shadow": True}
    scrips.save_scrip(None, {**rule, **page, "action_config": call}, actor=office.admin)
    move = {"name": "Move on", "action_type": "SetQueue", "disabled": True}
    scrips.save_scrip(
        None, {**rule, **move, "action_config": {"queue": office.other.pk}}, actor=office.admin
    )
    views.change(
        SavedView(owner_id=office.admin.id, order="-updated_at,id", columns=["key", "subject"]),
        {"name": "Urgent", "query": "Priority > 80", "visibility": "all"},
        actor=office.admin,
    )
    replies.change(
        SavedReply(owner_id=office.admin.id),
        {
            "name": "Thanks",
            "text": "Dear {{ ticket.requestors[0] }}\nThank you.",
            "queue_id": office.support.pk,
            "visibility": "group",
            "group_id": crew.pk,
        },
        actor=office.admin,
    )
    return office


@pytest.fixture
def house(db: None) -> Office:
    """The office, furnished."""
    return furnish(make_office())


@pytest.fixture
def file(house: Office) -> File:
    return File(house)
