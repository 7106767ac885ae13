"""A rule put together, tried and moved in a browser, by the keyboard, and without scripts."""

import re

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from scrips import service as scrips
from scrips.models import Delivery, Scrip, Template
from tests.browser.conftest import PASSWORD, Open
from tests.office import Office
from tickets import service


def opened(office: Office) -> str:
    """A ticket that was opened once."""
    values = {"queue": "Support", "subject": "Blank labels", "requestors": ["maya@example.com"]}
    ticket = service.create(values, actor=office.admin).ticket
    service.apply(ticket.id, {"status": "open"}, actor=office.admin)
    return ticket.key


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (768, "light")])
def test_rule_is_put_together_tried_and_saved_by_the_keyboard(
    visit: Open, office: Office, width: int, theme: str
) -> None:
    key = opened(office)
    Template.objects.create(name="Opened", subject_template="Open", body_template="Hello")
    window = visit(width, theme)
    window.log_in()
    window.open("/admin/scrips/scrip/add/")
    page = window.page

    page.get_by_role("textbox", name="Name:").fill("Tell them")
    page.get_by_role("combobox", name="When").focus()
    page.keyboard.type("the status changes")
    expect(page.get_by_role("group", name=re.compile("^From"))).to_be_visible()
    expect(page.get_by_role("combobox", name="When")).to_be_focused()
    page.get_by_role("group", name=re.compile("^To ")).first.get_by_label("open").check()
    page.get_by_role("group", name="To", exact=True).get_by_label("the requestor").check()
    page.get_by_role("combobox", name="Template").select_option(label="Opened")
    page.get_by_label("On this ticket").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It would act", exact=True)).to_be_visible()
    expect(page.get_by_label("The mail as it would be sent")).to_contain_text("maya@example.com")
    page.get_by_role("button", name="30 days").press("Enter")
    expect(page.get_by_role("img", name=re.compile("Matches by day"))).to_be_visible()

    assert window.faults() == []
    assert not Scrip.objects.exists()
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Tell them").first).to_be_visible()
    assert window.faults() == []
    assert Scrip.objects.get().condition_config == {"to": "open"}
    assert not Delivery.objects.exists()


def test_rules_are_moved_and_switched_by_the_keyboard(visit: Open, office: Office) -> None:
    given = {
        "condition_type": "OnCreate",
        "action_type": "SetStatus",
        "action_config": {"status": "open"},
    }
    for name in ("First", "Second"):
        scrips.save_scrip(None, {**given, "name": name}, actor=office.admin)
    window = visit(1280, "light")
    window.log_in()
    window.open(f"/admin/scrips/scrip/?queue={office.support.pk}")

    window.page.get_by_role("button", name="Second: earlier").press("Enter")
    expect(window.page.locator(".rule-name").first).to_have_text("Second")
    switch = window.page.get_by_role("group", name="State of Second")
    switch.get_by_role("button", name="Shadow").press("Enter")

    expect(switch.get_by_role("button", name="Shadow")).to_have_attribute("aria-pressed", "true")
    assert window.faults() == []
    assert Scrip.objects.get(name="Second").shadow


def test_rule_is_put_together_and_tried_without_scripts(
    chromium: Browser, live_server: LiveServer, visit: Open, office: Office
) -> None:
    key = opened(office)
    visit(1280, "light")  # gives root his password
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/login?next=/admin/scrips/scrip/add/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("textbox", name="Name:").fill("Close")
    page.get_by_role("combobox", name="Then").select_option(label="set the status")
    page.get_by_role("button", name="Choose").nth(1).click()
    page.get_by_role("combobox", name=re.compile("^Status")).select_option("stalled")
    page.get_by_label("On this ticket").fill(key)
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_text("It would act", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    assert Scrip.objects.get().action_config == {"status": "stalled"}
    context.close()
