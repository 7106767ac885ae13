"""A template corrected, filled with a name, looked at and tested in a browser."""

import re

import pytest
from playwright.sync_api import expect

from scrips import service as scrips
from scrips.models import Delivery
from tests.browser.conftest import Demo, Open
from tickets import service


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (768, "dark")])
def test_fault_is_corrected_at_its_line_and_the_mail_is_seen_and_tested(
    visit: Open, demo: Demo, width: int, theme: str
) -> None:
    values = {"queue": "IT Support", "subject": "Blank labels", "requestors": ["maya@example.com"]}
    key = service.create(values, actor=demo.admin).ticket.key
    given = {"name": "Receipt", "content_type": "text/html", "body_template": "<p>Hello</p>"}
    row = scrips.save_template(None, given, actor=demo.admin)
    window = visit(width, theme)
    window.log_in()
    window.open(f"/admin/scrips/template/{row.pk}/change/")
    page = window.page
    body = page.get_by_role("textbox", name="Body")
    frame = page.frame_locator("iframe.letter")
    expect(frame.get_by_text("Hello")).to_be_visible()

    body.fill("<p style='color: teal'>Hello</p>\n<p>{{ ticket.subjct }}</p>")
    fault = page.get_by_role("button", name="line 2: 'ticket' has no 'subjct'")
    expect(fault).to_be_visible()
    expect(page.locator(".behind .wrong")).to_have_text("<p>{{ ticket.subjct }}</p>")
    expect(body).to_have_attribute("aria-invalid", "true")
    assert window.faults() == []
    fault.press("Enter")
    expect(body).to_be_focused()
    page.keyboard.type("<p>About </p>")
    for _letter in "</p>":
        page.keyboard.press("ArrowLeft")
    page.get_by_role("searchbox", name="Find a name").fill("its subject")
    page.keyboard.press("Enter")
    expect(body).to_be_focused()
    expect(body).to_have_value(
        "<p style='color: teal'>Hello</p>\n<p>About {{ ticket.subject }}</p>"
    )
    expect(frame.get_by_text("About Blank labels")).to_be_visible()
    expect(page.locator(".behind .wrong")).to_have_count(0)
    page.get_by_label("Text", exact=True).check(force=True)
    expect(page.get_by_text(re.compile("Hello\\s+About Blank labels"))).to_be_visible()
    assert window.faults() == []

    page.get_by_role("button", name="Send a test to myself").press("Enter")
    expect(page.get_by_text("A test is on its way to root@example.com.")).to_be_visible()
    made = Delivery.objects.latest("pk")
    assert made.payload["subject"] == f"[Test] [{key}] Blank labels"
    assert window.faults() == []
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Receipt").first).to_be_visible()
    assert window.faults() == []
    row.refresh_from_db()
    assert "{{ ticket.subject }}" in row.body_template
