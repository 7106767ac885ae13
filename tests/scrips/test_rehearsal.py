"""A test of a scrip: sent as the real one would be, but marked, and to nobody who does not expect it."""

import json
from typing import Any

import pytest

from scrips import outbox
from scrips.models import Delivery, Scrip, ScripQueue, Template
from tessera.accounts.models import ApiToken, Role, User
from tests.api.caller import Caller, error
from tests.journeys.servers import MailServer, Receiver
from tests.office import Office
from tests.people import grant
from tests.scrips.test_engine import comment, mail, scrip, template
from tests.tickets.test_door import create
from tickets.models import Grant, Transaction


@pytest.fixture
def api(office: Office) -> Caller:
    return Caller(ApiToken.issue(User.objects.get(username="root")))


def rehearsed(api: Caller, row: Scrip, ticket_id: int, **more: Any) -> Delivery:
    answer = api.post(f"/api/scrips/{row.pk}/test", {"ticket_id": ticket_id, **more})
    assert answer.status_code == 201, answer.content
    return Delivery.objects.get(pk=answer.json()["id"])


def sent(delivery: Delivery) -> Delivery:
    outbox.deliver(delivery.kind, [delivery.pk])
    delivery.refresh_from_db()
    return delivery


@pytest.mark.django_db(transaction=True)
def test_mail_goes_to_the_caller_alone_and_says_that_it_is_a_test(
    api: Caller, office: Office, mail_server: MailServer
) -> None:
    ticket = create(office, requestors=["ann@example.com"]).ticket
    row = mail(
        office,
        "OnResolve",
        template=template(office, subject="News", body="Of {{ ticket.subject }}"),
        action_config={
            "to": ["requestor"],
            "cc": ["boss@example.com"],
            "reply_to": "r@example.com",
        },
    )
    before = Transaction.objects.count()

    assert sent(rehearsed(api, row, ticket.id)).status == "sent"

    (received,) = mail_server.received
    assert received.recipients == ["root@example.com"]
    assert received.mail["Subject"] == f"[Test] [TKT-{ticket.id:04d}] News"
    assert (received.mail["X-Tessera-Test"], received.mail["Reply-To"]) == ("yes", "r@example.com")
    assert Transaction.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_webhook_goes_to_its_url_with_a_marked_envelope(
    api: Caller, office: Office, receiver: Receiver
) -> None:
    ticket = create(office).ticket
    row = scrip(office, "OnResolve", "Webhook", action_config={"url": receiver.url})
    own = {"url": receiver.url, "body": '{"subject": {{ ticket.subject|tojson }}}'}
    other = scrip(office, "OnResolve", "Webhook", action_config=own)
    before = Transaction.objects.count()

    assert sent(rehearsed(api, row, ticket.id)).status == "sent"
    assert sent(rehearsed(api, other, ticket.id)).status == "sent"

    envelope, mine = receiver.requests
    told = json.loads(envelope.body)
    assert (told["test"], told["type"], told["ticket"]["id"]) == (True, "ticket.create", ticket.id)
    assert json.loads(mine.body) == {"subject": ticket.subject}
    assert {envelope.headers["x-tessera-test"], mine.headers["x-tessera-test"]} == {"yes"}
    assert Transaction.objects.count() == before


def test_what_cannot_be_tested_is_said(api: Caller, office: Office) -> None:
    ticket = create(office).ticket
    note = comment(office, "OnCreate", "x")
    row = mail(office, template=template(office, body="{{ ticket.cf.severity.upper() / 0 }}"))
    path = f"/api/scrips/{row.pk}/test"
    body = {"ticket_id": ticket.id}
    assert list(error(api.post(f"/api/scrips/{note.pk}/test", body))[2]) == ["action_type"]
    assert list(error(api.post(path, body))[2]) == ["action_config"]
    assert list(error(api.post(path, {}))[2]) == ["ticket_id"]
    assert list(error(api.post(path, {"ticket_id": 999_999}))[2]) == ["ticket_id"]
    assert list(error(api.post(path, {**body, "transaction_id": 999_999}))[2]) == ["transaction_id"]
    Scrip.objects.filter(pk=row.pk).update(everywhere=False)
    ScripQueue.objects.filter(scrip=row).delete()
    ScripQueue.objects.create(scrip=row, queue=office.other)
    assert list(error(api.post(path, body))[2]) == ["ticket_id"]
    User.objects.filter(username="root").update(email="")
    assert error(api.post(path, body))[0] == 400
    assert not Delivery.objects.exists()


def test_who_may_write_scrips_in_one_queue_tests_them_on_its_tickets_alone(office: Office) -> None:
    grant("agent", user=office.ann, queue=office.support)
    grant("agent", user=office.ann, queue=office.other)
    scribe = Role.objects.create(name="scribe", rights=["AdminScrips"])
    Grant.objects.create(role=scribe, user=office.ann, queue=office.support)
    caller = Caller(ApiToken.issue(office.ann))
    row = mail(office, "OnCreate", queue_id=office.support.pk)
    own, far = create(office).ticket, create(office, queue_id=office.other.pk).ticket
    Delivery.objects.all().delete()
    path = f"/api/scrips/{row.pk}/test"
    assert caller.post(path, {"ticket_id": own.id}).status_code == 201
    assert caller.post(path, {"ticket_id": far.id}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_template_is_tested_by_a_mail_to_the_caller_alone(
    api: Caller, office: Office, mail_server: MailServer
) -> None:
    ticket = create(office, requestors=["ann@example.com"]).ticket
    row = template(office, subject="News", body="Of {{ ticket.subject }} to {{ recipient.email }}")
    before = Transaction.objects.count()

    answer = api.post(f"/api/templates/{row.pk}/test", {"ticket_id": ticket.key})

    assert answer.status_code == 201, answer.content
    assert answer.json()["scrip_id"] == 0
    made = sent(Delivery.objects.get(pk=answer.json()["id"]))
    assert made.status == "sent"
    (received,) = mail_server.received
    assert received.recipients == ["root@example.com"]
    assert received.mail["Subject"] == f"[Test] [TKT-{ticket.id:04d}] News"
    assert received.mail["X-Tessera-Test"] == "yes"
    assert received.mail.get_content().strip() == f"Of {ticket.subject} to root@example.com"
    assert Transaction.objects.count() == before


def test_what_of_a_template_cannot_be_tested_is_said(api: Caller, office: Office) -> None:
    ticket = create(office).ticket
    row = template(office, body="{{ 1 / 0 }}")
    path = f"/api/templates/{row.pk}/test"
    body = {"ticket_id": ticket.id}
    assert list(error(api.post(path, body))[2]) == ["body_template"]
    assert list(error(api.post(path, {}))[2]) == ["ticket_id"]
    assert list(error(api.post(path, {"ticket_id": 999_999}))[2]) == ["ticket_id"]
    assert list(error(api.post(path, {**body, "transaction_id": 999_999}))[2]) == ["transaction_id"]
    Template.objects.filter(pk=row.pk).update(queue=office.other, body_template="x")
    assert list(error(api.post(path, body))[2]) == ["ticket_id"]
    User.objects.filter(username="root").update(email="")
    assert error(api.post(path, body))[0] == 400
    assert not Delivery.objects.exists()


def test_template_is_tested_on_tickets_of_ones_own_queues_alone(office: Office) -> None:
    grant("agent", user=office.ann, queue=office.support)
    grant("agent", user=office.ann, queue=office.other)
    scribe = Role.objects.create(name="scribe", rights=["AdminScrips"])
    Grant.objects.create(role=scribe, user=office.ann, queue=office.support)
    caller = Caller(ApiToken.issue(office.ann))
    row = template(office, body="x")
    Template.objects.filter(pk=row.pk).update(queue=office.support)
    own, far = create(office).ticket, create(office, queue_id=office.other.pk).ticket
    path = f"/api/templates/{row.pk}/test"
    assert caller.post(path, {"ticket_id": own.id}).status_code == 201
    assert caller.post(path, {"ticket_id": far.id}).status_code == 403
