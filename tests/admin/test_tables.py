"""Every table of the administration opens, and its lists cost the same for one row and for three."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customfields.models import CustomField
from lifecycles.models import Lifecycle, LifecycleVersion
from scrips.models import Delivery, Run, Scrip, Template
from tessera.accounts import audit
from tessera.accounts.models import ApiToken, AuditEntry, Group, Role, User
from tests.admin.pages import text
from tests.office import Office
from tests.scrips.deliveries import make_mail
from tickets import service
from tickets.models import Attachment, Grant, Link, Message, Queue, Ticket, Transaction, Watcher

REGISTERED: set[Any] = {
    *(
        User,
        Group,
        Role,
        Grant,
        ApiToken,
        AuditEntry,
        Lifecycle,
        LifecycleVersion,
        CustomField,
        Queue,
    ),
    *(Ticket, Transaction, Message, Attachment, Watcher, Link, Scrip, Template, Delivery),
}
MODELS = sorted(REGISTERED, key=lambda model: str(model._meta))
READ_ONLY = [
    *(Ticket, Transaction, Message, Attachment, Watcher, Link, LifecycleVersion, Delivery),
    AuditEntry,
]


def url(model: type[Any], page: str, *args: Any) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


def populate(office: Office, count: int) -> None:
    for number in range(count):
        values = {
            "queue": "Support",
            "subject": f"Printer {number}",
            "requestors": ["maya@example.com"],
            "message": {"content": "It prints nothing."},
        }
        ticket = service.create(values, actor=office.admin).ticket.id
        if number:
            service.apply(ticket, {"links": {"refers_to": [ticket - 1]}}, actor=office.admin)
        make_mail(ticket=Ticket.objects.get(pk=ticket))
        ApiToken.issue(office.ann, name=f"script {number}")
        audit.note("login", actor=office.ann, subject=office.ann)
        group = Group.objects.create(name=f"Group {number}")
        group.members.add(office.ann)
        role = Role.objects.create(
            name=f"Role {number}", inherits=Role.objects.get(name="customer")
        )
        Grant.objects.create(role=role, group=group, queue=office.support)
        Template.objects.create(name=f"Template {number}", queue=office.support)
        scrip = Scrip.objects.create(name=f"Scrip {number}", everywhere=False)
        scrip.places.create(queue=office.support)
        Attachment.objects.create(
            filename="a.txt",
            content_type="text/plain",
            size=1,
            sha256="0" * 64,
            creator=office.ann,
            created_at=office.ann.created_at,
        )


def test_the_tables_are_ours_alone() -> None:
    assert set(admin.site._registry) == {*REGISTERED, Run}  # runs have pages of their own


@pytest.mark.parametrize("model", MODELS)
def test_list_and_pages_open(site: Client, office: Office, model: type[Any]) -> None:
    populate(office, 2)

    text(site.get(url(model, "changelist")))
    for row in model._default_manager.all()[:2]:
        text(site.get(url(model, "change", row.pk)))
        text(site.get(url(model, "history", row.pk)))
    if model not in READ_ONLY:
        text(site.get(url(model, "add")))


@pytest.mark.parametrize("model", MODELS)
def test_list_takes_as_many_statements_for_three_rows_as_for_one(
    site: Client, office: Office, model: type[Any]
) -> None:
    populate(office, 1)
    site.get(url(model, "changelist"))

    with CaptureQueriesContext(
        connection,
    ) as few:
        site.get(url(model, "changelist"))
    populate_more(office)
    site.get(url(model, "changelist"))
    with CaptureQueriesContext(connection) as many:
        site.get(url(model, "changelist"))

    assert len(many) == len(few)


def populate_more(office: Office) -> None:
    Group.objects.all().delete()
    Role.objects.filter(name__startswith="Role ").delete()
    Scrip.objects.all().delete()
    Template.objects.all().delete()
    populate(office, 3)


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_is_a_fact_can_not_be_written(site: Client, office: Office, model: type[Any]) -> None:
    populate(office, 2)
    row = model._default_manager.first()

    assert site.get(url(model, "add")).status_code == 403
    assert site.post(url(model, "change", row.pk), {}).status_code == 403
    assert site.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [Queue, User, Lifecycle, CustomField])
def test_what_tickets_live_by_is_never_deleted(
    site: Client, office: Office, model: type[Any]
) -> None:
    row = model._default_manager.first()

    assert site.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("term", ["TKT-{:04d}", "tkt-{}", "{}"])
def test_ticket_is_found_by_its_key(site: Client, office: Office, term: str) -> None:
    populate(office, 3)
    number = Ticket.objects.get(subject="Printer 1").pk

    page = text(site.get(url(Ticket, "changelist"), {"q": term.format(number)}))

    assert "Printer 1" in page
    assert "Printer 2" not in page


def test_ticket_is_found_by_the_beginning_of_its_subject(site: Client, office: Office) -> None:
    populate(office, 3)

    page = text(site.get(url(Ticket, "changelist"), {"q": "printer 1"}))

    assert "Printer 1" in page
    assert "Printer 2" not in page


def test_large_table_is_counted_up_to_a_limit(
    site: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(office, 3)
    monkeypatch.setattr("tessera.lib.admin.COUNT_CAP", 2)

    with CaptureQueriesContext(connection) as seen:
        page = text(site.get(url(Ticket, "changelist")))

    counts = [query["sql"] for query in seen if "COUNT(" in query["sql"]]
    assert "2 tickets" in page
    assert counts
    assert all("LIMIT 2" in sql for sql in counts)


def test_ticket_shows_its_whole_log_and_what_was_sent(site: Client, office: Office) -> None:
    populate(office, 1)

    page = text(site.get(url(Ticket, "change", Ticket.objects.get().pk)))

    assert "opened this ticket in Support" in page
    assert "It prints nothing." in page
    assert "maya@example.com" in page
    assert "pending" in page


def test_no_page_runs_inline_script_or_style(site: Client, office: Office) -> None:
    populate(office, 1)

    pages = [text(site.get(url(model, "changelist"))) for model in REGISTERED]
    pages.append(text(site.get(reverse("admin:index"))))

    for page in pages:
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page


@pytest.mark.parametrize(
    "asked",
    [
        "tickets/ticket/?status=%00",
        "scrips/scrip/?action_type=%00",
        "scrips/template/?content_type__exact=%00",
        "accounts/user/?kind__exact=%00",
        "autocomplete/?term=%00&app_label=scrips&model_name=scrip&field_name=template",
    ],
)
def test_nothing_is_found_by_a_nul(site: Client, asked: str) -> None:
    assert site.get(f"/admin/{asked}").status_code == 404
