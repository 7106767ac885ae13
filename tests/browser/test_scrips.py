"""A rule put together, tried and moved in a browser, by the keyboard, and without scripts."""

import re

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from scrips.models import Delivery, Scrip
from tests.browser.conftest import PASSWORD, Demo, Open
from tickets import service


def opened(demo: Demo) -> str:
    """A ticket that was opened once."""
    values = {
        "queue": demo.support.name,
        "subject": "Blank labels",
        "requestors": ["maya@example.com"],
    }
    ticket = service.create(values, actor=demo.admin).ticket
    service.apply(ticket.id, {"status": "open"}, actor=demo.admin)
    return ticket.key


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (768, "light")])
def test_rule_is_put_together_tried_and_saved_by_the_keyboard(
    visit: Open, demo: Demo, width: int, theme: str
) -> None:
    key = opened(demo)
    sent = Delivery.objects.count()
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
    page.get_by_role("combobox", name="Then").select_option(label="call a webhook")
    expect(page.get_by_role("textbox", name="URL")).to_be_visible()
    page.get_by_role("textbox", name="Body").fill("{{ tckt }}")
    expect(page.get_by_role("button", name=re.compile("^line 1: .*'tckt'"))).to_be_visible()
    page.get_by_role("textbox", name="Body").fill("")
    page.get_by_role("searchbox", name="Find a name").fill("its subject")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Body")).to_have_value("{{ ticket.subject }}")
    page.get_by_role("combobox", name="Then").select_option(label="send a mail")
    to = page.get_by_role("group", name="To", exact=True)
    to.get_by_label("the requestor").check()
    more = to.get_by_role("combobox", name="and these addresses, one a line")
    for typed in ("berg", "hannah"):
        more.press("Control+End")
        page.keyboard.type(typed)
        expect(to.get_by_role("option").first).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(to.get_by_role("option")).to_have_count(0)
    expect(more).to_have_value("nils.berg@brightwell.example\nhannah@brightwell.example\n")
    page.get_by_role("textbox", name="Body").focus()
    page.keyboard.type("About {{ ticket.subjct }}")
    expect(page.get_by_role("button", name="line 1: 'ticket' has no 'subjct'")).to_be_visible()
    assert window.faults() == []
    page.get_by_role("textbox", name="Body").fill("About ")
    page.get_by_role("searchbox", name="Find a name").fill("its subject")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Body")).to_have_value("About {{ ticket.subject }}")
    page.get_by_role("combobox", name="On this ticket").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It would act", exact=True)).to_be_visible()
    expect(page.get_by_label("The mail as it would be sent")).to_contain_text("maya@example.com")
    page.get_by_role("button", name="30 days").press("Enter")
    expect(page.get_by_role("img", name=re.compile("Matches by day"))).to_be_visible()

    assert window.faults() == []
    assert not Scrip.objects.filter(name="Tell them").exists()
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Tell them").first).to_be_visible()
    assert window.faults() == []
    made = Scrip.objects.get(name="Tell them")
    assert made.condition_config == {"to": "open"}
    assert made.action_config["to"] == [
        *("requestor", "nils.berg@brightwell.example", "hannah@brightwell.example"),
    ]
    assert made.template is not None
    assert made.template.body_template == "About {{ ticket.subject }}"
    assert Delivery.objects.count() == sent


def test_rules_are_moved_and_switched_by_the_keyboard(visit: Open, demo: Demo) -> None:
    name = "Tell the requestor that we have it"
    window = visit(1280, "light")
    window.log_in()
    window.open(f"/admin/scrips/scrip/?queue={demo.support.pk}")

    window.page.get_by_role("button", name=f"{name}: earlier").press("Enter")
    expect(window.page.locator(".rule-name").first).to_have_text(name)
    switch = window.page.get_by_role("group", name=f"State of {name}")
    switch.get_by_role("button", name="Shadow").press("Enter")

    expect(switch.get_by_role("button", name="Shadow")).to_have_attribute("aria-pressed", "true")
    assert window.faults() == []
    assert Scrip.objects.get(name=name, queues=demo.support).shadow


def test_query_is_put_together_in_rows_and_the_rule_is_dragged_to_its_place(
    visit: Open, demo: Demo
) -> None:
    key = [opened(demo) for _each in range(6)][-1]
    window = visit(768, "light")
    window.log_in()
    window.open("/admin/scrips/scrip/add/")
    page = window.page
    page.get_by_role("combobox", name="On this ticket").press_sequentially("Blank")
    offers = page.get_by_role("listbox", name="On this ticket").get_by_role("option")
    expect(offers.nth(4)).to_be_visible()
    offers.nth(4).click(trial=True)  # nothing cuts them off

    page.get_by_role("textbox", name="Name:").fill("Rows")
    page.get_by_role("combobox", name="When").select_option(label="these rules hold")
    page.get_by_label("Field of condition 1").select_option(label="Priority")
    page.get_by_label("Comparison of condition 1").select_option(label="is at most")
    page.get_by_label("Value of condition 1").fill("50")
    page.get_by_role("button", name="Group", exact=True).press("Enter")
    expect(page.get_by_label("Field of condition 2.1")).to_be_focused()
    page.get_by_label("Field of condition 2.1").select_option(label="Status")
    page.get_by_label("Value of condition 2.1").select_option("resolved")
    page.get_by_role("button", name="Add a condition to group 2").press("Enter")
    expect(page.get_by_label("Field of condition 2.2")).to_be_focused()
    page.get_by_label("Field of condition 2.2").select_option(label="Owner")
    page.get_by_label("Comparison of condition 2.2").select_option(label="is empty")
    page.get_by_role("button", name="Move condition 2.2 up").press("Enter")
    expect(page.get_by_label("Field of condition 2.1")).to_have_value("Owner")
    page.get_by_role("combobox", name="Then").select_option(label="set the status")
    page.get_by_role("combobox", name=re.compile("^Status")).select_option("stalled")
    page.get_by_role("combobox", name="On this ticket").fill(key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It would act", exact=True)).to_be_visible()
    expect(page.get_by_text("status was 'open', needs = 'resolved'")).to_be_visible()
    assert window.faults() == []

    page.get_by_role("button", name="Write it as TicketSQL").press("Enter")
    box = page.get_by_role("combobox", name="TicketSQL")
    expect(box).to_have_value("Priority <= 50 AND (Owner IS NULL OR Status = 'resolved')")
    box.press("Control+End")
    box.press_sequentially(" AND Queu")
    page.get_by_role("listbox", name="TicketSQL").get_by_role("option").first.click()
    box.press_sequentially("= General")
    assert window.faults() == []
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Rows").first).to_be_visible()

    window.open(f"/admin/scrips/scrip/?queue={demo.support.pk}")
    names = page.locator(".rule-name")
    before = names.all_text_contents()
    assert "Rows" in before
    grip, last = (
        page.locator(".grip").first,
        page.locator("#result_list tbody tr:has(.grip)").nth(2),
    )
    # The list begins below the filters: a mouse reaches what is to be seen.
    last.scroll_into_view_if_needed()
    start, end = grip.bounding_box(), last.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, end["y"] + end["height"] - 4, steps=5)
    expect(page.locator("tr.falls-before")).to_have_count(1)
    page.mouse.up()
    expect(names).to_have_text([*before[1:3], before[0], *before[3:]])
    page.get_by_role("button", name="Undo").press("Enter")
    expect(names).to_have_text(before)
    assert window.faults() == []
    assert Scrip.objects.get(name="Rows").condition_config == {
        "query": "Priority <= 50 AND (Owner IS NULL OR Status = 'resolved') AND Queue = General"
    }


def test_rule_is_put_together_and_tried_without_scripts(
    chromium: Browser, live_server: LiveServer, visit: Open, demo: Demo
) -> None:
    key = opened(demo)
    visit(1280, "light")  # gives root his password
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/login?next=/admin/scrips/scrip/add/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Log in").click()

    page.get_by_role("textbox", name="Name:").fill("Close")
    page.get_by_role("combobox", name="Then").select_option(label="set the status")
    with page.expect_navigation():
        page.get_by_role("button", name="Choose").nth(1).click()
    page.get_by_role("combobox", name=re.compile("^Status")).select_option("stalled")
    page.get_by_label("On this ticket").fill(key)
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_text("It would act", exact=True)).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    assert Scrip.objects.get(name="Close").action_config == {"status": "stalled"}
    context.close()
