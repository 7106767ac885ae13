"""The administrator of a fresh demo: a rule is written, tried, saved, acts, and says why; and every page answers."""

from contextlib import suppress
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, reverse

from scrips.models import Delivery, Run, Scrip
from tessera.desk.checkup import Severity, findings
from tessera.lib import clock
from tests.admin.pages import text
from tests.demo.test_demo import NOW, tell
from tests.people import administrator
from tickets import service
from tickets.access import Actor
from tickets.models import Queue, Transaction

ADD = "/admin/scrips/scrip/add/"


def rule(queue: Queue, **more: Any) -> dict[str, Any]:
    """Its form as a browser sends it."""
    return {
        "name": "Greet whoever asks",
        "own_queues": [str(queue.pk)],
        "condition_type": "OnCreate",
        "action_type": "SendEmail",
        "action_SendEmail_to": ["requestor"],
        "body_template": "Hello {{ ticket.requestors[0].name }}",
        "content_type": "text/plain",
        "template": "",
        "stage": "TransactionCreate",
        "sort_order": "0",
        **more,
    }


def pages() -> list[str]:
    """The list of every table, and the page of one row of each."""
    found = ["/admin/", "/admin/check", "/admin/settings", "/admin/configuration", "/admin/who-may"]
    # There is no other way to the tables that are registered.
    tables: list[type[Model]] = [*admin.site._registry]
    for model in tables:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"  # documented
        found.append(reverse(f"{name}_changelist"))
        row = model._default_manager.order_by("-pk").first()  # documented
        with suppress(NoReverseMatch):  # some tables have a list alone
            found += [reverse(f"{name}_change", args=[row.pk])] if row else []
    return found


@pytest.mark.django_db
def test_rule_of_a_fresh_demo_is_tried_saved_and_explained_and_every_page_answers() -> None:
    tell(seed=3)
    root = administrator("root", email="root@example.com")
    client = Client()
    client.force_login(root)
    queue = Queue.objects.get(name="IT Support")
    with clock.at(NOW):
        live = text(client.post(ADD, rule(queue, _live="yes")))
        looked = text(client.post(ADD, rule(queue, _backtest="30")))
        assert not Scrip.objects.filter(name="Greet whoever asks").exists()
        assert client.post(ADD, rule(queue, note="To be polite")).status_code == 302
        asked = {"queue": queue.name, "subject": "Door", "requestors": ["maya@example.com"]}
        ticket = service.create(asked, actor=Actor.of(root)).ticket
        made = Scrip.objects.get(name="Greet whoever asks")
        run = Run.objects.get(scrip_id=made.pk)
        why = text(client.get(f"/tickets/{ticket.key}/why/{run.transaction.seq}"))
        found = [each for each in findings(Actor.of(root)) if each.severity < Severity.HINT]
        answers = {path: client.get(path).status_code for path in pages()}

    assert "It would act" in live
    assert "Matches by day" in looked
    assert Delivery.objects.get(scrip_id=made.pk).payload["body"] == "Hello maya@example.com"
    assert "Greet whoever asks" in why
    assert Transaction.objects.filter(ticket=ticket.id, type="Create").exists()
    assert found == []
    assert {path: code for path, code in answers.items() if code != 200} == {}
