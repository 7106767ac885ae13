"""A lifecycle is changed and its tickets are moved, as a person does it."""

import json

import pytest
from playwright.sync_api import expect

from lifecycles.models import Lifecycle
from tests.browser.conftest import Open, Visit
from tests.tickets.test_moving import FIRST, SECOND, flow, statuses
from tickets import moving
from tickets.models import VersionMove

__all__ = ["flow"]

THIRD = {**SECOND, "statuses": {"initial": ["new"], "active": ["on hold"], "inactive": ["done"]}}


def press(window: Visit, name: str) -> None:
    """The button of that name, by the keyboard."""
    window.page.get_by_role("button", name=name, exact=True).focus()
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")
    window.page.wait_for_load_state("networkidle")


def follow(window: Visit, name: str) -> None:
    """The link of that name, by the keyboard."""
    window.page.get_by_role("link", name=name, exact=True).focus()
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")
    window.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (768, "dark"), (360, "light")])
def test_draft_is_published_and_tickets_are_moved_to_it(
    visit: Open, flow: Lifecycle, width: int, theme: str
) -> None:
    window = visit(width, theme)
    page = window.page
    window.log_in()
    window.open(f"/admin/lifecycles/lifecycle/{flow.pk}/change/")
    faults = {"change": window.faults()}

    page.get_by_label("Definition", exact=False).fill(json.dumps(THIRD | {"colour": "red"}))
    press(window, "Save draft")
    faults["faulty draft"] = window.faults()
    expect(page.locator(".told.bad")).to_contain_text("colour")
    page.get_by_label("Definition", exact=False).fill(json.dumps(THIRD))
    press(window, "Save draft")
    expect(page.get_by_text("Status 'on hold' was added (active)")).to_be_visible()
    expect(page.get_by_role("region", name="State diagram: The draft")).to_be_visible()
    faults["draft"] = window.faults()
    page.get_by_label("Why").fill("Parking is for cars")
    press(window, "Publish")
    faults["published"] = window.faults()

    follow(window, "Move them to version 3")
    faults["plan"] = window.faults()
    press(window, "Begin")
    expect(page.locator(".errorlist li")).to_have_text("Choose what it becomes.")
    faults["plan without an answer"] = window.faults()
    page.get_by_label("“waiting” becomes").select_option("on hold")
    press(window, "Begin")
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
    press(window, "Discard it")

    expect(window.page.get_by_text("The draft is discarded.")).to_be_visible()
    assert faults + window.faults() == []
    assert Lifecycle.objects.get(pk=flow.pk).draft is None
