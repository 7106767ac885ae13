"""Scrips and templates in the administration: judged and versioned by the service."""

import json
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client

from scrips import service
from scrips.models import Delivery, Scrip, Template
from scrips.models.scrip import ScripVersion
from tests.admin.pages import errors, text
from tests.office import Office
from tests.scrips.deliveries import make_mail

ADD = "/admin/scrips/scrip/add/"


def versions() -> QuerySet[ScripVersion]:
    """Those of scrips that people saved."""
    return ScripVersion.objects.exclude(creator__kind="system")


def form(**changes: Any) -> dict[str, Any]:
    """A scrip's form as a browser sends it."""
    values: dict[str, Any] = {
        "name": "Open is low",
        "description": "",
        "condition_type": "OnStatusChange",
        "condition_OnStatusChange_to": ["open"],
        "action_type": "SetStatus",
        "action_SetStatus_status": "stalled",
        "template": "",
        "stage": "TransactionCreate",
        "sort_order": "5",
        "note": "Why not",
    }
    return values | changes


def test_scrip_is_saved_as_a_version_in_the_name_of_who_saved(site: Client, office: Office) -> None:
    answer = site.post(ADD, form())

    assert answer.status_code == 302, errors(answer)
    scrip = Scrip.objects.get()
    version = versions().get()
    assert (scrip.condition_config, scrip.version) == ({"to": "open"}, 1)
    assert (version.scrip_id, version.note, version.creator_id) == (
        scrip.pk,
        "Why not",
        office.admin.id,
    )


def test_change_makes_the_next_version(site: Client, office: Office) -> None:
    site.post(ADD, form())
    scrip = Scrip.objects.get()

    site.post(f"/admin/scrips/scrip/{scrip.pk}/change/", form(name="Renamed"))

    scrip.refresh_from_db()
    assert (scrip.name, scrip.version) == ("Renamed", 2)
    assert versions().count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"condition_OnStatusChange_to": ["oepn"]}, "condition_OnStatusChange_to"),
        ({"action_SetStatus_status": ""}, "action_SetStatus_status"),
        ({"condition_config": '{"to": "oepn"}'}, "condition_OnStatusChange_to"),
        ({"condition_config": "{"}, "condition_config"),
        ({"condition_config": "[]"}, "condition_config"),
        ({"action_config": '{"status": 5}'}, "action_config"),
        ({"action_type": "SendEmail", "action_SendEmail_to": ["requestor"]}, "body_template"),
        ({"sort_order": "x"}, "sort_order"),
        ({"stage": "Later"}, "stage"),
        ({"condition_type": "OnMoon"}, "condition_type"),
    ],
)
def test_fault_stands_at_its_field_and_nothing_is_saved(
    site: Client, changes: dict[str, Any], field: str
) -> None:
    answer = site.post(ADD, form(**changes))

    assert list(errors(answer)) == [field]
    assert not Scrip.objects.exists()
    assert not versions().exists()


def test_secret_is_never_shown_and_kept_when_the_form_is_sent_back(
    site: Client, office: Office
) -> None:
    secret = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
    hook = {"url": "https://203.0.113.9/x", "secret": secret}
    given = {
        "name": "Hook",
        "condition_type": "OnCreate",
        "action_type": "Webhook",
        "action_config": {**hook, "url": "https://example.com/x"},
    }
    scrip = service.save_scrip(None, given, actor=office.admin)
    sealed = scrip.action_config["secret"]
    path = f"/admin/scrips/scrip/{scrip.pk}/change/"

    page = text(site.get(path))
    shown = json.dumps({"url": "https://example.com/y", "secret": service.HIDDEN})
    site.post(
        path,
        form(
            condition_type="OnCreate",
            condition_config="{}",
            action_type="Webhook",
            action_config=shown,
        ),
    )

    scrip.refresh_from_db()
    assert secret not in page
    assert sealed not in page
    assert scrip.action_config["url"] == "https://example.com/y"
    assert scrip.action_config["secret"] != service.HIDDEN
    from tessera.lib import secretbox

    assert secretbox.open_(scrip.action_config["secret"]) == secret


def test_template_that_does_not_parse_is_refused_at_its_line(site: Client) -> None:
    given = {
        "name": "Receipt",
        "queue": "",
        "content_type": "text/plain",
        "subject_template": "Hello",
        "body_template": "Hello\n{{ ticket.nonsense }",
        "note": "",
    }

    answer = site.post("/admin/scrips/template/add/", given)

    assert list(errors(answer)) == ["body_template"]
    assert "line 2" in errors(answer)["body_template"][0]
    assert not Template.objects.exists()


def test_template_in_use_says_who_uses_it(site: Client, office: Office) -> None:
    template = Template.objects.create(name="Receipt")
    Scrip.objects.create(name="Thank the requestor", template=template)

    page = text(site.post(f"/admin/scrips/template/{template.pk}/delete/", {"post": "yes"}))

    assert "Thank the requestor" in page
    assert Template.objects.exists()


def test_delivery_can_be_given_up_and_tried_again(site: Client, office: Office) -> None:
    delivery = make_mail()

    def act(name: str) -> str:
        site.post(
            "/admin/scrips/delivery/", {"action": name, "_selected_action": [str(delivery.pk)]}
        )
        return Delivery.objects.get(pk=delivery.pk).status

    assert act("give_up") == "cancelled"
    assert act("try_again") == "pending"


def test_sent_delivery_is_left_alone_with_a_word_why(site: Client, office: Office) -> None:
    delivery = make_mail()
    Delivery.objects.filter(pk=delivery.pk).update(status="sent")

    page = site.post(
        "/admin/scrips/delivery/",
        {"action": "try_again", "_selected_action": [str(delivery.pk)]},
        follow=True,
    )

    assert "nothing to try again" in page.content.decode()


def test_queues_of_a_scrip_are_ticked(site: Client, office: Office) -> None:
    both = [office.support.pk, office.other.pk]
    answer = site.post(ADD, form(own_queues=both))
    assert answer.status_code == 302, errors(answer)
    scrip = Scrip.objects.get()
    assert scrip.reach.listed == sorted(both)

    site.post(f"/admin/scrips/scrip/{scrip.pk}/change/", form(own_queues=[office.other.pk]))
    page = text(site.get(f"/admin/scrips/scrip/?queue={office.other.pk}"))

    assert Scrip.objects.get().reach.one == office.other.pk
    assert "Open is low" in page
    assert "Open is low" not in text(site.get(f"/admin/scrips/scrip/?queue={office.support.pk}"))
    site.post(f"/admin/scrips/scrip/{scrip.pk}/change/", form())
    assert Scrip.objects.get().everywhere


def test_what_is_doubtful_is_told_after_the_save(site: Client, office: Office) -> None:
    doubtful = form(own_queues=[office.support.pk], condition_OnStatusChange_to=["in_progress"])
    page = text(site.post(ADD, doubtful, follow=True))
    told = "No lifecycle of Support has the status “in_progress” (condition: to)"
    assert told in page
    assert Scrip.objects.count() == 1


def test_deleting_a_rule_says_where_it_stops(site: Client, office: Office) -> None:
    given = {"name": "Urgent", "condition_type": "OnCreate", "action_type": "SetPriority"}
    values = {**given, "action_config": {"priority": 3}, "queue_id": office.support.pk}
    scrip = service.save_scrip(None, values, actor=office.admin)

    page = text(site.get(f"/admin/scrips/scrip/{scrip.pk}/delete/"))

    assert "Delete “Urgent”?" in page
    assert "From now on it does nothing in Support." in page


def test_template_that_rules_send_can_not_be_deleted_and_the_page_says_so(
    site: Client, office: Office
) -> None:
    template = Template.objects.create(name="Sorry", body_template="Sorry.")
    given = {"name": "Apologize", "condition_type": "OnCreate", "action_type": "SendEmail"}
    values = {**given, "action_config": {"to": ["requestor"]}, "template_id": template.pk}
    service.save_scrip(None, values, actor=office.admin)

    page = text(site.get(f"/admin/scrips/template/{template.pk}/delete/"))

    assert "“Sorry” can’t be deleted" in page
    assert "Apologize" in page
    assert "Delete it" not in page
