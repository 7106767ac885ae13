"""The administrator's day in a browser: a rule is taken back, what it did is followed to its mail, and a file of the
configuration is reviewed and put into effect."""

import re

import pytest
from playwright.sync_api import expect

from scrips import service as scrips
from scrips.models import Delivery, Scrip
from tessera.accounts.models import Group
from tests.browser.conftest import Demo, Open, Visit
from tickets import service

FAULTY = "tessera: 1\ngroups:\n  - nam: Night shift\n"


@pytest.fixture
def rule(demo: Demo) -> Scrip:
    """One of the demo in its second version, that has just mailed."""
    row = Scrip.objects.get(name="Tell the requestor that we have it", queues=demo.support)
    row = scrips.save_scrip(row, {"description": "For all"}, actor=demo.admin)
    ticket = {"queue": "IT Support", "subject": "Labels", "requestors": ["maya@example.com"]}
    service.create(ticket, actor=demo.admin)
    return row


def entered(visit: Open, width: int, theme: str) -> Visit:
    window = visit(width, theme)
    window.log_in()
    return window


def test_rule_goes_back_to_a_version_and_what_it_did_is_followed_to_its_mail(
    visit: Open, rule: Scrip
) -> None:
    window = entered(visit, 1280, "dark")
    page = window.page
    window.open(f"/admin/scrips/scrip/{rule.pk}/change/")
    page.get_by_role("button", name="Roll back to version 1").press("Enter")
    expect(page.get_by_text("Version 1 is back, as version 3.")).to_be_visible()
    rule.refresh_from_db()
    assert rule.description == ""

    page.get_by_role("link", name="Runs", exact=True).last.press("Enter")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    page.get_by_role("link", name="Why").first.press("Enter")
    expect(page.get_by_role("heading", name="Why this happened")).to_be_visible()
    expect(page.locator(".chain")).to_contain_text(rule.name)
    expect(page.locator(".chain")).to_contain_text("maya@example.com")
    assert window.faults() == []

    number = Delivery.objects.latest("pk").pk
    window.open(f"/admin/scrips/delivery/{number}/change/")
    page.get_by_role("button", name="Give up").press("Enter")
    expect(page.get_by_text("1 delivery is cancelled.")).to_be_visible()
    assert Delivery.objects.get(pk=number).status == "cancelled"
    assert window.faults() == []


def test_file_is_reviewed_and_put_into_effect(visit: Open, demo: Demo) -> None:
    window = entered(visit, 768, "light")
    page = window.page
    window.open("/admin/configuration")
    page.get_by_role("textbox").last.fill(FAULTY)
    page.get_by_role("button", name="Show what would change").press("Enter")
    expect(page.get_by_role("button", name="Review again")).to_be_visible()
    # The browser tells of the refusal by itself.
    assert [each for each in window.faults() if "400" not in each] == []
    page.get_by_role("textbox").last.fill(FAULTY.replace("nam:", "name:"))
    page.get_by_role("button", name="Review again").press("Enter")
    page.get_by_label(re.compile("Why|Note", re.IGNORECASE)).first.fill("Asked for")
    assert window.faults() == []
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page.get_by_role("button", name="Show what would change")).to_be_visible()
    assert Group.objects.filter(name="Night shift").exists()
