"""Roles, grants and "Who may?" by the keyboard alone."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tessera.accounts.models import Group, Role
from tests.browser.conftest import Demo, Open
from tickets import service
from tickets.models import Grant


def type_into(page: Page, name: str, text: str) -> Any:
    box = page.get_by_role("combobox", name=name)
    box.focus()
    page.keyboard.type(text)
    return box


def test_somebody_is_picked_from_what_is_offered(visit: Open, demo: Demo) -> None:
    ticket = service.create({"queue": "IT Support", "subject": "x"}, actor=demo.admin).ticket
    window = visit(360, "light")
    window.log_in()
    window.open("/admin/who-may")
    page = window.page

    who = type_into(page, "Who", "berg")
    expect(
        page.get_by_role("option", name="Nils Berg (nils.berg@brightwell.example)")
    ).to_be_visible()
    expect(who).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(who).to_have_attribute("aria-activedescendant", "suggested-0-0")
    assert window.faults() == []
    page.keyboard.press("Enter")
    expect(who).to_have_value("nils.berg")
    page.keyboard.press("Tab")
    page.keyboard.type(ticket.key)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name=f"Nils Berg on {ticket.key}")).to_be_visible()
    assert window.faults() == []


def test_list_closes_by_escape_and_leaves_what_was_typed(visit: Open, demo: Demo) -> None:
    window = visit(1280, "light")
    window.log_in()
    window.open("/admin/who-may")
    page = window.page

    who = type_into(page, "Who", "hanna")
    expect(page.locator(".suggest li")).to_have_count(1)
    page.keyboard.press("Escape")

    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(who).to_have_value("hanna")
    expect(who).to_be_focused()


def test_page_works_without_scripts(visit: Open, demo: Demo) -> None:
    window = visit(1280, "light")
    window.log_in()
    context = window.page.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, storage_state=window.page.context.storage_state()
    )
    page = context.new_page()
    page.goto(f"{window.site}/admin/who-may")

    page.get_by_label("Who").fill("hanna")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Hannah Weiss (hannah@brightwell.example)").press("Enter")

    expect(page.get_by_role("heading", name="Hannah Weiss, everywhere")).to_be_visible()
    context.close()


def test_boxes_follow_the_role_that_is_inherited(visit: Open, demo: Demo) -> None:
    window = visit(1280, "light")
    window.log_in()
    window.open("/admin/accounts/role/add/")
    page = window.page
    page.get_by_label("Name").fill("Night shift")
    page.get_by_label("DeleteTicket").press("Space")

    page.get_by_label("Inherits").select_option("agent")
    held = page.get_by_label("ModifyTicket")
    expect(held).to_be_checked()
    expect(held).to_be_disabled()
    expect(held).to_have_accessible_description(re.compile("inherited from agent"))
    expect(page.get_by_label("DeleteTicket")).to_be_enabled()
    page.get_by_label("Inherits").select_option("nothing")
    expect(held).to_be_enabled()
    expect(held).not_to_be_checked()
    page.get_by_label("Inherits").select_option("agent")
    page.get_by_role("button", name="Save", exact=True).press("Enter")

    expect(page.get_by_role("link", name="Night shift").first).to_be_visible()
    made = Role.objects.get(name="Night shift")
    assert (made.rights, made.inherits) == (["DeleteTicket"], Role.objects.get(name="agent"))
    assert window.faults() == []


def test_role_is_given_to_a_group_by_the_keyboard(visit: Open, demo: Demo) -> None:
    Group.objects.create(name="Night shift")
    window = visit(360, "dark")
    window.log_in()
    window.open("/admin/tickets/grant/add/")
    page = window.page

    expect(page.get_by_role("radio", name="a user")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field")).to_be_focused()
    page.keyboard.type("night")
    # Until the answer comes, all groups are offered.
    expect(page.locator(".select2-results__option")).to_have_text(["Night shift"])
    page.keyboard.press("Enter")
    page.get_by_label("The role").select_option("agent")
    page.get_by_label("Where").select_option("IT Support")
    assert window.faults() == []
    page.get_by_role("button", name="Save", exact=True).press("Enter")

    expect(page.locator(".messagelist")).to_contain_text(
        "The group Night shift has the role agent in the queue IT Support"
    )
    assert Grant.objects.latest("pk").queue == demo.support
    assert window.faults() == []
