"""The inbox and the search as people work in them: by keys, with what is offered while one types."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tessera.accounts.models import User
from tessera.desk import listing
from tests.browser.conftest import Open, Visit
from tests.office import Office
from tickets import bulk, reading, service
from tickets.access import actor_of
from tickets.models import BulkChange, Ticket


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

    offered = page.get_by_role("listbox").get_by_role("option")
    page.keyboard.press("/")
    page.keyboard.type("Sub")
    expect(offered.first).to_contain_text("Subject")
    page.route("**query=Subj&*", lambda _route: None)
    page.keyboard.type("j")  # what is offered for it does not come
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("ENDSWITH '😀 1' OR Subject = 'Printer 1' AND Que")
    expect(offered.first).to_contain_text("Queue")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("= Support")
    expect(offered.first).to_contain_text("Support")
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


def test_list_is_walked_to_its_end_and_a_ticket_opened_by_keys(
    visit: Open, tickets: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    reading.mark(tickets[:2], actor_of(User.objects.get(username="root")), read=False)
    window = opened(visit)
    page = window.page
    rows = page.locator(".list tbody tr")
    expect(page.locator("[data-count='view=open']")).to_have_text("3")
    expect(page.locator("[data-count='view=open&unread=1']")).to_have_text("2")
    expect(rows).to_have_count(3)  # the second page has come by itself

    for _row in range(3):
        page.keyboard.press("j")
    expect(page.locator("tr[data-here]")).to_contain_text("Printer 0")
    assert window.faults() == []
    page.keyboard.press("o")

    expect(page.get_by_role("heading", name="Printer 0")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(3)
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="My queues: unread")).to_be_visible()
    expect(rows).to_have_count(1)
    assert Ticket.objects.filter(status="new").count() == 3


def test_who_comes_back_to_the_list_stands_on_the_row_that_was_opened(
    visit: Open, tickets: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    window = opened(visit)
    page = window.page
    rows = page.locator(".list tbody tr")
    expect(rows).to_have_count(3)

    rows.nth(2).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Printer 0")).to_be_visible()
    page.go_back()

    expect(rows).to_have_count(3)
    expect(rows.nth(2).get_by_role("link")).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(1).get_by_role("link")).to_be_focused()


def test_new_ticket_is_one_key_away_in_the_queue_that_is_shown(visit: Open, office: Office) -> None:
    window = opened(visit, f"/?queue={office.support.pk}")
    page = window.page

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("New ticket")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name="New ticket in Support")).to_be_visible()
    expect(page.locator("#happen")).to_contain_text("what comes of the new ticket")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("new tick")
    page.keyboard.press("Enter")
    expect(page.get_by_text("In which queue?")).to_be_visible()

    # There a letter beside its field would leave a form half filled: only the palette leads away.
    window.open("/admin/")
    page.keyboard.press("t")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search or jump")).to_be_visible()
    page.keyboard.type("new tick")
    page.keyboard.press("Enter")
    expect(page.get_by_text("In which queue?")).to_be_visible()
    assert window.faults() == []


def test_tickets_are_selected_by_keys_tried_and_changed_while_one_may_leave(
    visit: Open, tickets: list[int]
) -> None:
    window = opened(visit)
    page = window.page
    bar = page.locator("[data-bulk]")
    expect(bar).to_be_hidden()

    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_contain_text("1 selected")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("X")
    expect(bar).to_contain_text("3 selected")
    page.keyboard.press("x")
    expect(bar).to_contain_text("2 selected")
    assert window.faults() == []
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Change…")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("Priority").fill("70")
    page.get_by_role("button", name="Preview all effects").click()
    expect(page.get_by_text("2 tickets: 2 changes.")).to_be_visible()
    assert window.faults() == []
    page.get_by_role("button", name="Change 2 tickets").click()

    expect(page.get_by_text("0 of 2")).to_be_visible()
    assert window.faults() == []
    bulk.carry_out(BulkChange.objects.get().pk)
    expect(page.get_by_text("2 of 2")).to_be_visible()
    expect(page.locator(".told li")).to_have_count(2)
    assert window.faults() == []
    assert sorted(Ticket.objects.values_list("priority", flat=True)) == [0, 70, 70]


def test_range_is_selected_with_shift_and_everything_works_without_script(
    chromium: Browser, visit: Open, tickets: list[int]
) -> None:
    window = opened(visit)
    ticks = window.page.locator("[name=id]")
    ticks.nth(0).click()
    ticks.nth(2).click(modifiers=["Shift"])
    assert [ticks.nth(n).is_checked() for n in range(3)] == [True, True, True]

    plain = chromium.new_context(
        java_script_enabled=False, storage_state=window.page.context.storage_state()
    )
    page = plain.new_page()
    page.goto(f"{window.site}/?counts=1")
    assert page.locator("[data-count='view=open']").text_content() == "3"
    page.get_by_role("textbox", name="TicketSQL").fill("Subject = 'Printer 2'")
    with page.expect_navigation():
        page.get_by_role("button", name="Search").click()
    page.get_by_label("Select TKT").check()
    page.get_by_role("button", name="Change…").click()
    expect(page.locator("h1")).to_contain_text("Change 1 ticket")
    plain.close()


def test_palette_leads_to_a_ticket_and_does_its_transition_by_keyboard_alone(
    visit: Open, tickets: list[int]
) -> None:
    window = opened(visit)
    page = window.page
    first = page.locator("#palette [aria-selected=true]")

    held: list[Route] = []
    page.route("**/palette?q=pri&*", lambda route: held.append(route))
    page.keyboard.press("Control+k")
    with page.expect_request("**/palette?q=pri&*"):
        page.keyboard.type("pri")
    page.keyboard.type("nter")
    expect(first).to_contain_text("Printer 2")
    assert len(held) == 1  # it gave way, and the console heard nothing of it
    page.keyboard.press("ArrowDown")
    expect(first).to_contain_text("Printer 1")
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("4 results")
    assert window.faults() == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Printer 1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.locator("#text").fill("Half a word")
    page.keyboard.press("Control+k")
    page.keyboard.type("open")
    page.keyboard.press("Enter")  # before anything is shown for it

    expect(page.locator("#head .pill")).to_have_text("open")
    expect(page.locator("#text")).to_have_value("Half a word")
    assert Ticket.objects.get(pk=tickets[1]).status == "open"


def test_subject_can_be_read_at_every_width(visit: Open, tickets: list[int]) -> None:
    window = opened(visit)
    subject = window.page.locator(".list tbody th").first
    found = {}

    for width in (360, 768, 769, 800, 960, 961, 1088, 1089, 1312, 1313):
        wide = window.sideways(width)
        room = subject.evaluate("each => each.getBoundingClientRect().width")
        if wide or room < 144:
            found[width] = wide, room

    assert found == {}
