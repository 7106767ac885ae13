"""The composer over time: what was sent is taken back, and the ticket is seen as it was."""

from typing import Any

import pytest
from playwright.sync_api import expect

from scrips.models import SavedReply
from tests.browser.conftest import Open
from tests.office import Office
from tickets import service
from tickets.models import Message, Transaction
from tickets.state import TicketState


@pytest.fixture
def ticket(office: Office) -> TicketState:
    values = {
        "queue": "Support",
        "subject": "Blank labels",
        "requestors": ["maya@example.com"],
        "message": {"content": "They come out blank."},
    }
    return service.create(values, actor=office.admin).ticket


def test_reply_is_taken_back_in_another_browser_and_sent_once(
    visit: Open, ticket: TicketState, office: Office, settings: Any
) -> None:
    settings.TESSERA_UNDO_SECONDS = 60
    SavedReply.objects.create(
        name="Greeting", text="Regards, {{ actor.username }}", owner_id=office.admin.id
    )
    here, there = visit(1280, "light"), visit(360, "dark")
    for window in (here, there):
        window.log_in()
    here.open(f"/tickets/{ticket.key}")
    text = here.page.get_by_label("Your message")
    text.fill("It is the frimware.")
    text.press("Control+Enter")
    expect(here.page.locator(".notice.held")).to_contain_text("Your reply is sent in")
    expect(text).to_have_value("")
    assert here.faults() == []

    there.open(f"/tickets/{ticket.key}")
    expect(there.page.get_by_role("article", name="Waits to be sent")).to_contain_text("frimware")
    there.page.get_by_label("Your message").fill("Or the ribbon.")
    there.page.locator(".notice.held").get_by_role("button", name="Undo").click()
    text = there.page.get_by_label("Your message")
    expect(text).to_have_value("It is the frimware.\n\nOr the ribbon.")
    assert there.faults() == []
    text.fill("It is the firmware.\n")
    there.page.get_by_text("Saved replies", exact=True).press("Enter")
    there.page.get_by_label("Find a saved reply").type("greet")
    assert there.faults() == []
    there.page.keyboard.press("Enter")
    expect(text).to_have_value("It is the firmware.\nRegards, root")
    there.page.get_by_role("button", name="Send", exact=False).first.click()
    there.page.locator(".notice.held").get_by_role("button", name="Send now").click()
    expect(there.page.locator("#talk .msg.out").first).to_contain_text("Regards, root")
    expect(there.page.locator(".notice.held")).to_have_count(0)

    here.page.locator("h1").click()
    here.page.keyboard.press("u")
    expect(here.page.get_by_role("alert")).to_contain_text("can’t be taken back any more")
    here.page.locator("h1").click()
    here.page.keyboard.press("q")
    expect(here.page.get_by_label("Your message")).to_have_value(
        f"{here.page.locator('a[data-quote]').first.get_attribute('data-quote')}"
        "\n> It is the firmware.\n> Regards, root\n\n"
    )
    assert Message.objects.filter(ticket=ticket.id).count() == 2


def test_draft_that_was_sent_from_another_browser_does_not_come_back(
    visit: Open, ticket: TicketState, settings: Any
) -> None:
    settings.TESSERA_UNDO_SECONDS = 60
    here, there = visit(1280, "light"), visit(1280, "light")
    for window in (here, there):
        window.log_in()
        window.open(f"/tickets/{ticket.key}")
    here.page.get_by_label("Your message").fill("It is the firmware.")
    expect(here.page.locator("#kept")).to_have_text("Draft kept")

    there.open(f"/tickets/{ticket.key}")
    text = there.page.get_by_label("Your message")
    expect(text).to_have_value("It is the firmware.")
    expect(there.page.locator("#kept")).to_have_text("Draft kept")
    here.open(f"/tickets/{ticket.key}")
    here.page.get_by_label("Your message").press("Control+Enter")
    expect(here.page.locator(".notice.held")).to_contain_text("Your reply is sent in")
    there.open(f"/tickets/{ticket.key}")

    expect(there.page.locator(".notice.held")).to_contain_text("Your reply is sent in")
    expect(text).to_have_value("")
    there.page.locator("h1").click()
    there.page.keyboard.press("u")
    expect(text).to_have_value("It is the firmware.")
    expect(text).to_be_focused()


def test_slider_walks_through_what_the_ticket_was(
    visit: Open, ticket: TicketState, office: Office
) -> None:
    for change in ({"priority": 40}, {"subject": "No labels"}):
        service.apply(ticket.id, change, actor=office.admin)
    window = visit(1280, "light")
    window.log_in()
    window.open(f"/tickets/{ticket.key}")

    window.page.get_by_role("link", name="As it was").click()
    slider = window.page.get_by_role("slider")
    heading = window.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("No labels")
    slider.press("ArrowLeft")
    expect(heading).to_have_text("Blank labels")
    expect(window.page.locator("[data-changed]")).to_contain_text("40")
    assert window.faults() == []
    window.page.get_by_role("link", name="Before").press("Enter")
    expect(window.page.locator("#step")).to_contain_text("1 of 3")
    expect(window.page.locator("#talk .entry")).to_have_count(1)
    expect(slider).to_have_value("1")
    assert window.page.url.endswith("?at=1")
    assert window.faults() == []
    assert Transaction.objects.filter(ticket=ticket.id).count() == 3
