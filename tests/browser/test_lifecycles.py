"""A lifecycle is changed and its tickets are moved, as a person does it."""

import json

import pytest
from playwright.sync_api import expect

from lifecycles.models import Lifecycle
from tests.browser.conftest import Demo, Open, Visit
from tests.tickets.test_moving import FIRST, SECOND, make_flow, statuses
from tickets import moving
from tickets.models import VersionMove

THIRD = {**SECOND, "statuses": {"initial": ["new"], "active": ["on hold"], "inactive": ["done"]}}


@pytest.fixture
def flow(demo: Demo) -> Lifecycle:
    """A lifecycle beside the demo's, with tickets of two versions."""
    return make_flow(demo.admin)


def follow(window: Visit, name: str) -> None:
    """The link of that name, by the keyboard."""
    window.page.get_by_role("link", name=name, exact=True).focus()
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")
    window.page.wait_for_load_state("networkidle")


def test_status_and_transitions_are_built_and_published(visit: Open, flow: Lifecycle) -> None:
    window = visit(1280, "light")
    page = window.page
    window.log_in()
    window.open(f"/admin/lifecycles/lifecycle/{flow.pk}/change/")
    faults = {"rows": window.faults()}

    page.get_by_role("button", name="Add an active status").press("Enter")
    expect(page.get_by_label("Name of the status").nth(2)).to_be_focused()
    page.keyboard.type("on hold")
    diagram = page.get_by_role("region", name="State diagram")
    expect(diagram.get_by_role("link", name="on hold")).to_be_visible()
    for label, source, target in (("Hold", "parked", "on hold"), ("Go on", "on hold", "parked")):
        page.get_by_role("button", name="Add a transition").press("Enter")
        row = page.locator("tbody.way").last
        expect(row.get_by_label("What the button says")).to_be_focused()
        page.keyboard.type(label)
        row.get_by_role("group", name="From").get_by_label(source, exact=True).check()
        page.keyboard.press("Escape")
        row.get_by_label("To", exact=True).select_option(target)
        expect(diagram.get_by_text(label, exact=True)).to_be_visible()
    hold = page.locator("tbody.way").nth(-2)
    row.locator("[data-grip]").drag_to(
        hold.locator("[data-grip]"), target_position={"x": 2, "y": 2}
    )
    expect(hold.get_by_label("What the button says")).to_have_value("Go on")
    hold.get_by_role("button", name="Go on: later").press("Enter")
    expect(row.get_by_label("What the button says")).to_have_value("Go on")
    row.get_by_text("Asks for").click()
    guard = row.get_by_role("combobox", name="Guard, in TicketSQL")
    guard.press_sequentially("Prior")
    page.get_by_role("option", name="Priority").click()
    guard.press_sequentially("> > 3")
    expect(row.locator("mark")).to_have_text(">")
    faults["wrong guard"] = window.faults()
    window.submit("Review and publish")
    expect(page.get_by_role("combobox", name="Guard, in TicketSQL")).to_be_focused()
    assert page.evaluate("document.activeElement.selectionStart") == 11
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    expect(page.get_by_text("2 changes against version 2")).to_be_hidden()
    expect(page.locator(".told-at .errorlist")).to_have_count(0)
    diagram.get_by_role("link", name="on hold").press("Enter")
    expect(page.get_by_label("Name of the status").nth(2)).to_be_focused()
    window.submit("Review and publish")
    expect(page.get_by_text("Status 'on hold' was added (active)")).to_be_visible()
    faults["review"] = window.faults()
    page.get_by_label("Why").fill("Parking is for cars")
    window.submit("Publish")
    faults["published"] = window.faults()

    assert {where: found for where, found in faults.items() if found} == {}
    flow.refresh_from_db()
    assert flow.current is not None
    assert (flow.current.number, flow.current.note) == (3, "Parking is for cars")
    assert flow.current.definition["transitions"][1:] == [
        {"name": "hold", "label": "Hold", "from": "parked", "to": "on hold"},
        {
            "name": "go_on",
            "label": "Go on",
            "from": "on hold",
            "to": "parked",
            "guard": "Priority > 3",
        },
    ]


def test_draft_is_published_and_tickets_are_moved_to_it(visit: Open, flow: Lifecycle) -> None:
    window = visit(768, "dark")
    page = window.page
    window.log_in()
    window.open(f"/admin/lifecycles/lifecycle/{flow.pk}/change/")
    faults = {"change": window.faults()}

    page.get_by_text("Show as JSON").click()
    page.get_by_label("Definition", exact=True).fill(json.dumps(THIRD | {"colour": "red"}))
    window.submit("Save draft")
    faults["faulty draft"] = window.faults()
    expect(page.locator(".told.bad")).to_contain_text("colour")
    page.get_by_label("Definition", exact=True).fill(json.dumps(THIRD))
    window.submit("Save draft")
    expect(page.get_by_text("Status 'on hold' was added (active)")).to_be_visible()
    expect(page.get_by_role("region", name="State diagram: as it stands here")).to_be_visible()
    faults["draft"] = window.faults()
    window.submit("Review and publish")
    faults["review"] = window.faults()
    page.get_by_label("Why").fill("Parking is for cars")
    window.submit("Publish")
    faults["published"] = window.faults()

    follow(window, "Move them to version 3")
    faults["plan"] = window.faults()
    window.submit("Begin")
    expect(page.locator(".errorlist li")).to_have_text("Choose what it becomes.")
    faults["plan without an answer"] = window.faults()
    page.get_by_label("“waiting” becomes").select_option("on hold")
    window.submit("Begin")
    expect(page.get_by_role("status")).to_have_text("It is running.")
    faults["running"] = window.faults()
    page.get_by_role("button", name="Stop").focus()
    moving.carry_out(VersionMove.objects.get().pk)
    expect(page.get_by_role("status")).to_have_text("It is done.")
    # Its button went while it was focused.
    expect(page.get_by_role("heading", name="How far it is")).to_be_focused()
    faults["done"] = window.faults()

    assert {where: found for where, found in faults.items() if found} == {}
    assert statuses(flow) == [("new", 3), ("on hold", 3), ("done", 3), ("new", 3)]


def test_draft_is_discarded_in_two_steps(visit: Open, flow: Lifecycle) -> None:
    Lifecycle.objects.filter(pk=flow.pk).update(draft=FIRST)
    window = visit(1280, "light")
    window.log_in()
    window.open(f"/admin/lifecycles/lifecycle/{flow.pk}/change/")

    expect(window.page.get_by_role("button", name="Discard it")).to_be_hidden()
    window.page.locator(".discard summary").focus()
    window.page.keyboard.press("Enter")
    faults = window.faults()
    window.submit("Discard it")

    expect(window.page.get_by_text("The draft is discarded.")).to_be_visible()
    assert faults + window.faults() == []
    assert Lifecycle.objects.get(pk=flow.pk).draft is None
