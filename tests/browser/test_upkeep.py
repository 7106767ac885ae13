"""What an administrator looks after in a browser: keys, settings and the audit, the dashboard, deliveries that fail,
lifecycles from elsewhere, and the configuration as a file."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from lifecycles.models import Lifecycle
from scrips import outbox
from scrips import service as scrips
from scrips.models import Delivery, Host
from tessera.accounts.models import ApiToken, SiteSetting
from tessera.lib import clock, http
from tests.browser.conftest import Demo, Open
from tests.journeys.servers import Receiver, Reply
from tests.ports import HOST
from tickets import service
from tickets.models import Queue

# As an RT of today exports it.
RT = {
    "initial": ["new"],
    "active": ["open", "waiting"],
    "inactive": ["resolved", "deleted"],
    "defaults": {"on_create": "new"},
    "transitions": {
        "": ["new", "open"],
        "new": ["open", "resolved", "deleted"],
        "open": ["waiting", "resolved"],
        "waiting": ["open"],
        "resolved": ["open"],
    },
    "rights": {"* -> deleted": "DeleteTicket", "* -> *": "ModifyTicket"},
    "actions": ["new -> open", {"label": "Open It", "update": "Respond"}],
}


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver of webhooks that may be called; a delivery that it refuses is given up at once."""
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    settings.TESSERA_RETRY_SCHEDULE = [0]
    server = Receiver()
    server.start()
    yield server
    server.stop()


def carry_out() -> None:
    """What a worker does with all that is due."""
    for number in Delivery.objects.filter(kind="webhook", status="pending").values_list("pk"):
        outbox.deliver("webhook", number)


def follow(page: Page, name: str) -> None:
    """The last link of that name, by the keyboard."""
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).last.press("Enter")
    page.wait_for_load_state("networkidle")


def test_key_is_made_for_somebody_by_the_keyboard_and_revoked(visit: Open, demo: Demo) -> None:
    window = visit(1280, "light")
    page = window.page
    window.log_in()
    window.open("/admin/accounts/apitoken/")
    follow(page, "Make the first")
    page.get_by_role("combobox", name="User").press("Enter")
    page.keyboard.type("hannah")
    expect(page.get_by_role("option", name=re.compile("Hannah"))).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_label("Name:").fill("Nightly report")
    faults = {"form": window.faults()}
    window.submit("Save")
    key = page.get_by_label("Key", exact=True)
    expect(key).to_be_focused()
    caller = Client(headers={"Authorization": f"Token {key.input_value()}"})
    faults["key"] = window.faults()
    assert caller.get("/api/me").json()["username"] == "hannah"

    follow(page, "I have it")
    follow(page, f"{ApiToken.objects.get().hint}…")
    follow(page, "Delete")
    expect(page.get_by_role("heading", name="Revoke “Nightly report”?")).to_be_visible()
    expect(page.get_by_text("is refused from now on")).to_be_visible()
    faults["revoking"] = window.faults()
    window.submit("Revoke it")

    expect(page.get_by_role("link", name="Make the first")).to_be_visible()
    assert caller.get("/api/me").status_code == 401
    assert {where: found for where, found in faults.items() if found} == {}


def test_setting_is_changed_and_the_audit_tells_who_did_it_and_leads_back(
    visit: Open, demo: Demo
) -> None:
    window = visit(768, "dark")
    page = window.page
    window.log_in()
    window.open("/admin/settings")
    page.get_by_role("textbox", name="Sender of mail").fill("nobody at all")
    window.submit("Save Sender of mail")
    expect(page.get_by_text("This must be a mail address")).to_be_visible()
    expect(page.get_by_role("textbox", name="Sender of mail")).to_have_value("nobody at all")
    assert [each for each in window.faults() if "400" not in each] == []
    page.get_by_role("textbox", name="Name of the site").fill("Brightwell Help")
    window.submit("Save Name of the site")
    expect(page.get_by_role("banner").get_by_text("Brightwell Help")).to_be_attached()
    assert window.faults() == []

    window.open("/admin/accounts/auditentry/")
    follow(page, "site setting")
    row = page.locator("#result_list tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Value: – → Brightwell Help")
    expect(row.get_by_role("link", name="root")).to_be_visible()
    assert window.faults() == []
    with page.expect_navigation():
        row.get_by_role("link").first.press("Enter")
    expect(page.get_by_role("row", name="Value – Brightwell Help")).to_be_visible()
    assert window.faults() == []
    follow(page, "Name of the site")
    window.submit("Name of the site: back to default")
    expect(page.get_by_role("textbox", name="Name of the site")).to_have_value("Tessera")
    assert not SiteSetting.objects.exists()


def test_numbers_and_marks_of_the_dashboard_lead_to_their_lists(visit: Open, demo: Demo) -> None:
    for subject in ("Labels", "Toner"):
        service.create({"queue": "IT Support", "subject": subject}, actor=demo.admin)
    window = visit(1280, "light")
    page = window.page
    window.log_in()
    window.open("/admin/")
    ages = page.get_by_role("region", name="Open, by queue and age")
    ages.get_by_text("The same as a table").press("Enter")
    number = ages.get_by_role("row", name=re.compile("^IT Support")).get_by_role("link").first
    count = int(number.inner_text())
    assert window.faults() == []

    mark = ages.locator("svg a[href]").first
    assert mark.get_attribute("href") == number.get_attribute("href")
    with page.expect_navigation():
        mark.click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("checkbox", name=re.compile("^Select TKT"))).to_have_count(count)

    window.open("/admin/")
    rules = page.get_by_role("region", name="Rules")
    rules.get_by_text("The same as a table").press("Enter")
    number = rules.get_by_role("link", name=re.compile(r"^\d+$")).first
    count = int(number.inner_text())
    with page.expect_navigation():
        number.press("Enter")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(page.locator(".results tbody tr")).to_have_count(min(count, 50))
    assert window.faults() == []


def test_failed_deliveries_are_found_understood_tried_again_and_sent(
    visit: Open, demo: Demo, receiver: Receiver
) -> None:
    rule = {
        "name": "Order it",
        "queue_id": demo.support.pk,
        "condition_type": "OnCreate",
        "action_type": "Webhook",
        "action_config": {"url": receiver.url, "body": '{"ticket": {{ ticket.id }}}'},
    }
    scrips.save_scrip(None, rule, actor=demo.admin)
    for subject in ("One", "Two", "Three"):
        service.create({"queue": "IT Support", "subject": subject}, actor=demo.admin)
    receiver.replies.extend([Reply(503, body=b"The stock is being counted.")] * 3)
    carry_out()
    host, now = http.authority(receiver.url), clock.now()
    Host.objects.filter(name=host).update(opened_at=now, probe_at=now + timedelta(minutes=90))
    window = visit(1280, "dark")
    page = window.page
    window.log_in()
    window.open("/admin/")
    expect(page.get_by_text(f"1 fails and is left alone: {host}")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("row", name=re.compile("^dead")).get_by_role("link", name="3").press(
            "Enter"
        )
    page.wait_for_load_state("networkidle")
    places = page.get_by_role("region", name="Where they stand")
    expect(places).to_contain_text("tried again in 1 h")
    window.submit(f"Reset {host}")
    expect(places.get_by_text("left alone")).to_have_count(0)

    window.open("/admin/scrips/delivery/?status=dead")
    with page.expect_navigation():
        page.locator("form.board tbody th a").first.press("Enter")
    expect(page.get_by_text("503", exact=False).first).to_be_visible()
    expect(page.get_by_text("The stock is being counted.")).to_be_visible()
    expect(page.get_by_role("link", name="Order it")).to_be_visible()
    assert window.faults() == []
    window.submit("Try again now")
    carry_out()
    page.reload()
    expect(page.get_by_text("went well")).to_be_visible()

    window.open("/admin/scrips/delivery/?status=dead")
    every = page.get_by_role("checkbox", name="All on this page")
    every.press("Space")
    expect(page.locator("form.board tbody input:checked")).to_have_count(2)
    page.locator("form.board tbody input").first.press("Space")
    expect(every).to_have_js_property("indeterminate", True)
    every.press("Space")
    assert window.faults() == []
    window.submit("Try again now")
    expect(page.get_by_text("2 deliveries are due now.")).to_be_visible()
    carry_out()
    assert {*Delivery.objects.filter(kind="webhook").values_list("status", flat=True)} == {"sent"}
    assert len(receiver.confirmed) == len(set(receiver.confirmed)) == 3


def test_lifecycle_of_rt_is_looked_at_made_changed_and_published(visit: Open, demo: Demo) -> None:
    window = visit(1280, "light")
    page = window.page
    window.log_in()
    window.open("/admin/lifecycles/lifecycle/add/")
    page.get_by_label("Name", exact=True).fill("procurement")
    page.get_by_label("JSON, from Request Tracker or from an export").press("Space")
    page.get_by_role("textbox", name="JSON").fill(json.dumps({"procurement": RT}))
    window.submit("Look at it first")
    expect(page.get_by_text("5 statuses:")).to_be_visible()
    faults = {"understood": window.faults()}
    window.submit("Make it")
    made = Lifecycle.objects.get(name="procurement")

    follow(page, "Import")
    wrong = {**RT, "transitions": {**RT["transitions"], "open": ["lost"]}}  # type: ignore[dict-item]  # of JSON
    page.get_by_role("textbox", name="JSON").fill(json.dumps(wrong))
    window.submit("Look at it")
    expect(page.get_by_text("no status 'lost'")).to_be_visible()
    faults["refused"] = [each for each in window.faults() if "400" not in each]
    wider = {**RT, "active": ["open", "waiting", "ordered"]}
    wider["transitions"] = {**RT["transitions"], "open": ["ordered"], "ordered": ["resolved"]}  # type: ignore[dict-item]  # the same
    page.get_by_role("textbox", name="JSON").fill(json.dumps(wider))
    window.submit("Look at it")
    expect(page.get_by_text("6 statuses:")).to_be_visible()
    window.submit("Make it the draft")
    window.submit("Review and publish")
    expect(page.get_by_text("Status 'ordered' was added (active)")).to_be_visible()
    faults["review"] = window.faults()
    page.get_by_label("Why").fill("Orders are followed")
    window.submit("Publish")
    made.refresh_from_db()
    assert made.current is not None
    assert (made.current.number, made.current.note) == (2, "Orders are followed")
    assert made.current.definition["statuses"]["active"] == ["open", "waiting", "ordered"]

    with page.expect_download() as download:
        page.get_by_role("link", name="Export for RT").click()
    kept = json.loads(Path(download.value.path()).read_text())
    assert kept["procurement"]["active"] == ["open", "waiting", "ordered"]
    assert {where: found for where, found in faults.items() if found} == {}


def test_configuration_is_exported_changed_uploaded_reviewed_and_applied(
    visit: Open, demo: Demo, tmp_path: Path
) -> None:
    window = visit(1280, "light")
    page = window.page
    window.log_in()
    window.open("/admin/configuration")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download tessera.yaml").press("Enter")
    text = Path(download.value.path()).read_text()
    file = tmp_path / "tessera.yaml"
    file.write_text(text)
    page.get_by_label("File", exact=True).set_input_files(file)
    window.submit("Show what would change")
    expect(page.get_by_role("heading", name="Nothing would change")).to_be_visible()
    assert window.faults() == []

    file.write_text(
        text.replace("  - name: General\n", "  - name: Reception\n    was: General\n", 1)
    )
    window.open("/admin/configuration")
    page.get_by_label("File", exact=True).set_input_files(file)
    window.submit("Show what would change")
    plan = page.get_by_role("region", name="What would change")
    expect(plan).to_contain_text("0 added, 1 changed, 0 removed")
    assert window.faults() == []
    number = Queue.objects.get(name="General").pk
    page.get_by_label("Why").fill("As the sign says")
    window.submit("Apply")

    expect(page.get_by_role("button", name="Show what would change")).to_be_visible()
    assert Queue.objects.get(name="Reception").pk == number
    assert window.faults() == []
