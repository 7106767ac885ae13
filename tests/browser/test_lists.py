"""The inbox and the search as people work in them: by keys, with what is offered while one types."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Visit
from tests.office import Office
from tickets import service
from tickets.models import Ticket


@pytest.fixture
def tickets(office: Office) -> list[int]:
    """Three of Support, the newest last."""
    return [
        service.create(
            {"queue": "Support", "subject": f"Printer {n}"}, actor=office.admin
        ).ticket.id
        for n in range(3)
    ]


def opened(visit: Open, path: str = "/", *, width: int = 1280, theme: str = "light") -> Visit:
    window = visit(width, theme)
    window.log_in()
    window.open(path)
    return window


def test_query_is_written_with_what_is_offered_and_asked_by_keyboard_alone(
    visit: Open, tickets: list[int]
) -> None:
    window = opened(visit, "/search")
    page = window.page

    page.keyboard.press("/")
    page.keyboard.type("Subj")
    expect(page.get_by_role("option").first).to_contain_text("Subject")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("ENDSWITH '😀 1' OR Subject = 'Printer 1' AND Que")
    expect(page.get_by_role("option").first).to_contain_text("Queue")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("= Support")
    expect(page.get_by_role("option").first).to_contain_text("Support")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")

    expect(page.locator(".list tbody tr")).to_have_count(1)
    expect(page.locator(".list tbody")).to_contain_text("Printer 1")
    expect(page.get_by_role("combobox", name="TicketSQL")).to_have_value(
        "Subject ENDSWITH '😀 1' OR Subject = 'Printer 1' AND Queue = Support"
    )
    assert window.faults() == []


def test_mistake_leads_the_caret_to_its_character(visit: Open, tickets: list[int]) -> None:
    window = opened(visit, "/search?q=Owner = Nobody AND Prioritty > 3")
    box = window.page.get_by_role("combobox", name="TicketSQL")

    expect(box).to_be_focused()
    assert box.evaluate("each => each.selectionStart") == len("Owner = Nobody AND ")
    expect(window.page.get_by_role("alert")).to_contain_text("did you mean 'Priority'?")
    assert window.faults() == []


def test_list_is_walked_and_a_ticket_opened_by_keys(visit: Open, tickets: list[int]) -> None:
    window = opened(visit)
    page = window.page
    expect(page.locator("[data-count='view=open']")).to_have_text("3")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tr[data-here]")).to_contain_text("Printer 1")
    assert window.faults() == []
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Printer 1")).to_be_visible()
    assert Ticket.objects.filter(status="new").count() == 3
