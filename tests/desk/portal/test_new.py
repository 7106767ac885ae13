"""A customer asks for help."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customfields.models import CustomField
from tests.desk.portal.conftest import Portal
from tests.office import Office
from tests.people import holder
from tickets.models import Attachment, Ticket
from tickets.state import fetch


def _ask(portal: Portal, **form: Any) -> Any:
    return portal.client.post("/portal/new", {"subject": "Noise", "content": "It hums", **form})


def _last() -> Any:
    number = Ticket.objects.latest("pk").pk
    return fetch([number])[number]


def test_request_is_made_in_the_customers_name(portal: Portal) -> None:
    upload = SimpleUploadedFile("noise.txt", b"hum", "text/plain")

    answer = _ask(portal, cf_line="Line 3", attachments=upload)

    made = _last()
    assert answer["Location"] == f"/portal/tickets/{made.key}"
    assert (made.subject, made.creator_id) == ("Noise", portal.maya.pk)
    assert made.watchers == {"requestor": ("maya@example.com",)}
    assert made.custom_fields == {"line": ("Line 3",)}
    assert Attachment.objects.filter(filename="noise.txt").exclude(message=None).exists()
    assert "It hums" in portal.client.get(answer["Location"]).content.decode()


def test_only_fields_for_customers_are_shown_and_taken(portal: Portal) -> None:
    page = portal.client.get("/portal/new").content.decode()

    _ask(portal, cf_cause="mine", requestors="x@example.com", priority="99", cf_severity="high")

    assert 'name="cf_line"' in page
    assert 'name="cf_cause"' not in page
    made = _last()
    assert (made.custom_fields, made.priority) == ({}, 0)
    assert made.watchers == {"requestor": ("maya@example.com",)}


def test_fault_stands_at_its_field_and_nothing_typed_is_lost(portal: Portal) -> None:
    CustomField.objects.filter(key="line").update(required=True)

    page = _ask(portal, subject="").content.decode()

    assert 'id="f_subject_error"' in page
    assert 'id="f_cf_line_error"' in page
    assert "It hums" in page


def test_what_is_wrong_by_the_form_and_by_the_door_is_told_at_once(portal: Portal) -> None:
    rule = {"field": "line", "values": ["Line 3"]}
    CustomField.objects.filter(key="cause").update(for_customers=True, show_when=rule)

    page = _ask(portal, subject="", cf_line="Line 4", cf_cause="Dust").content.decode()

    assert 'id="f_subject_error"' in page
    assert 'id="f_cf_cause_error"' in page


def test_field_that_hangs_on_a_hidden_one_is_hidden_too(portal: Portal) -> None:
    CustomField.objects.filter(key="line").update(
        show_when={"field": "severity", "values": ["high"]}
    )

    assert 'name="cf_line"' not in portal.client.get("/portal/new").content.decode()


def test_queue_that_needs_what_customers_can_not_fill_in_is_not_offered(portal: Portal) -> None:
    CustomField.objects.filter(key="cause").update(required=True)

    assert portal.client.get("/portal/new").status_code == 403


def test_what_staff_alone_can_mend_is_not_named(portal: Portal) -> None:
    CustomField.objects.filter(key="line").update(default="high", for_customers=False)
    CustomField.objects.filter(key="cause").update(
        required=True, show_when={"field": "line", "values": ["high"]}
    )

    page = _ask(portal).content.decode()

    assert "only staff can fill in" in page
    assert "cause" not in page


def test_who_may_create_nowhere_is_refused(office: Office) -> None:
    client = Client()
    client.force_login(holder("lee", email="lee@example.com"))

    assert client.get("/portal/new").status_code == 403
    assert client.post("/portal/new", {"subject": "x"}).status_code == 403


def test_who_has_no_address_is_told_so(office: Office) -> None:
    client = Client()
    client.force_login(holder("lee", "CreateTicket"))

    answer = client.post("/portal/new", {"subject": "x", "content": "y"})

    assert "do not know your e-mail address" in answer.content.decode()
    assert not Ticket.objects.exists()


def test_queues_are_offered_by_name(office: Office) -> None:
    client = Client()
    client.force_login(holder("lee", "CreateTicket", email="lee@example.com"))

    page = client.get("/portal/new").content.decode()

    assert f'href="?queue={office.support.pk}"' in page
