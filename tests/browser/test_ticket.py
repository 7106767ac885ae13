"""The ticket's page where people work: writing, what will happen, the side, the keys."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from customfields.models import CustomField
from lifecycles.service import publish
from tests.api.test_thumbnails import picture
from tests.browser.conftest import Open, Visit
from tests.office import Office, answering
from tickets import files, service
from tickets.models import QueueField, Transaction
from tickets.processes import check_guard
from tickets.state import TicketState


@pytest.fixture
def ticket(office: Office) -> TicketState:
    """With somebody to answer, and a rule that mails him."""
    answering(office, to=["requestor"])
    values = {"queue": "Support", "subject": "Blank labels", "requestors": ["maya@example.com"]}
    return service.create(values, actor=office.admin).ticket


def opened(visit: Open, ticket: TicketState, *, width: int = 1440) -> Visit:
    window = visit(width, "light")
    window.log_in()
    window.open(f"/tickets/{ticket.key}")
    return window


def log(ticket: TicketState) -> list[str]:
    rows = Transaction.objects.filter(ticket=ticket.id).order_by("seq")
    return list(rows.values_list("type", flat=True))


def test_plan_follows_what_is_typed_and_chosen(visit: Open, ticket: TicketState) -> None:
    window = opened(visit, ticket)
    panel = window.page.locator("#happen")

    window.page.get_by_label("Your message").fill("It is the firmware.")
    expect(panel).to_contain_text("Mail to maya@example.com")
    expect(panel).to_contain_text("It is the firmware.")
    window.page.get_by_text("Resolve", exact=True).last.click()
    expect(panel).to_contain_text("resolved")
    window.page.get_by_text("maya@example.com", exact=True).first.click()
    expect(panel).to_contain_text("nobody is left to write to")

    assert window.faults() == []
    assert log(ticket) == ["Create"]


def test_plan_moves_nothing_as_it_comes(visit: Open, ticket: TicketState) -> None:
    for width in (800, 1280, 1440):
        window = opened(visit, ticket, width=width)
        talk = window.page.locator("#talk")
        before = talk.bounding_box()

        window.page.get_by_label("Your message").fill("It is the firmware.")
        expect(window.page.locator("#happen")).to_contain_text("Mail to maya@example.com")

        assert talk.bounding_box() == before
        assert window.faults() == []
        window.page.get_by_label("Your message").fill("")
        expect(window.page.locator("#happen")).not_to_contain_text("Mail to maya@example.com")


def test_reply_and_transition_are_sent_by_keyboard_alone(visit: Open, ticket: TicketState) -> None:
    window = opened(visit, ticket)

    window.page.keyboard.press("r")
    window.page.keyboard.type("Done, c and s are letters here.")
    window.page.keyboard.press("Tab")
    window.page.keyboard.press("ArrowRight")
    expect(window.page.get_by_role("button", name="Send and open")).to_be_visible()
    window.page.get_by_label("Your message").focus()
    window.page.keyboard.press("Control+Enter")

    expect(window.page.locator("#head .notice")).to_have_text("Your reply is sent.")
    expect(window.page.get_by_label("Your message")).to_have_value("")
    assert log(ticket) == ["Create", "StatusChange", "Correspond"]
    assert window.faults() == []


def test_comment_looks_other_than_a_reply(visit: Open, ticket: TicketState) -> None:
    window = opened(visit, ticket)
    composer = window.page.locator("#reply")
    before = composer.evaluate("e => getComputedStyle(e).borderStyle")

    window.page.keyboard.press("c")

    expect(window.page.get_by_text("Only staff will see this")).to_be_visible()
    assert before == "solid"
    assert composer.evaluate("e => getComputedStyle(e).borderStyle") == "dashed"
    assert window.faults() == []


def test_draft_survives_a_change_at_the_side(
    visit: Open, ticket: TicketState, office: Office
) -> None:
    CustomField.objects.filter(key="tags").update(
        show_when={"field": "severity", "values": ["high"]}
    )
    window = opened(visit, ticket)
    window.page.get_by_label("Your message").fill("Half a sentence")

    window.page.get_by_label("Change fields").click()
    expect(window.page.get_by_label("Severity")).to_be_focused()
    expect(window.page.get_by_text("Tags", exact=True)).to_be_hidden()
    window.page.get_by_label("Severity").select_option("high")
    window.page.locator("[name=cf_tags]").first.check()
    assert window.faults() == []
    window.page.get_by_role("button", name="Save").click()

    expect(window.page.locator("#facts")).to_contain_text("high")
    expect(window.page.get_by_label("Your message")).to_have_value("Half a sentence")
    expect(window.page.locator("#talk")).to_contain_text("set Severity")
    assert window.page.locator("#version").input_value() == str(
        Transaction.objects.filter(ticket=ticket.id).count()
    )
    assert window.faults() == []


def test_focus_stays_where_it_was_when_a_part_is_swapped(
    visit: Open, ticket: TicketState, office: Office
) -> None:
    service.apply(ticket.id, {"priority": 40}, actor=office.admin)
    window = opened(visit, ticket, width=1280)
    page = window.page

    for name in ("Changes", "Newest first", "All"):
        page.locator("#talk > header").get_by_role("link", name=name).press("Enter")
        expect(page.locator("#talk > header a:focus")).to_have_count(1)
    assert page.locator("#talk > header a:focus").inner_text() == "All"
    change = page.get_by_label("Change subject")
    for button in ("Leave it", "Save"):
        change.press("Enter")
        expect(page.get_by_label("Subject", exact=True)).to_be_focused()
        page.locator("#facts").get_by_text(button, exact=True).press("Enter")
        expect(change).to_be_focused()
    page.get_by_label("Change people").press("Enter")
    page.get_by_label("Cc", exact=True).fill("nobody")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#facts .error")).to_be_visible()
    expect(page.get_by_label("Cc", exact=True)).to_be_focused()
    page.locator("#head").get_by_role("button", name="Open").press("Enter")
    expect(page.locator("#head .pill")).to_have_text("open")
    expect(page.locator("#head")).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_label("Owner", exact=True)).to_be_focused()
    assert window.faults() == []


def test_draft_is_there_after_a_reload(visit: Open, ticket: TicketState) -> None:
    window = opened(visit, ticket)
    window.page.get_by_label("Your message").fill("Half a sentence")

    window.page.reload()

    expect(window.page.get_by_label("Your message")).to_have_value("Half a sentence")
    expect(window.page.locator("#happen")).to_contain_text("Mail to maya@example.com")


def test_login_that_has_ended_takes_no_text_with_it(visit: Open, ticket: TicketState) -> None:
    window = opened(visit, ticket)
    window.page.get_by_label("Your message").fill("Half a sentence")
    window.page.context.clear_cookies(name="sessionid")

    window.page.get_by_role("button", name="Send").click()

    expect(window.page.get_by_role("alert")).to_contain_text("You are logged out")
    expect(window.page.get_by_label("Your message")).to_have_value("Half a sentence")


def test_conflict_keeps_the_text(visit: Open, ticket: TicketState, office: Office) -> None:
    window = opened(visit, ticket)
    service.apply(ticket.id, {"priority": 80}, actor=office.admin)

    window.page.get_by_label("Your message").fill("Mine")
    window.page.get_by_role("button", name="Send").click()

    expect(window.page.locator(".meanwhile")).to_contain_text("set the priority")
    expect(window.page.get_by_label("Your message")).to_have_value("Mine")
    window.page.get_by_role("button", name="Send").click()
    expect(window.page.locator("#head .notice")).to_have_text("Your reply is sent.")


def test_why_is_opened_in_place(visit: Open, ticket: TicketState) -> None:
    window = opened(visit, ticket)

    window.page.get_by_role("link", name="Why, and why not").click()

    expect(window.page.locator("#talk .opened")).to_contain_text("Send answers")
    assert window.faults() == []


def test_keys_are_listed_and_can_be_turned_off(visit: Open, ticket: TicketState) -> None:
    window = opened(visit, ticket)

    window.page.keyboard.press("?")
    dialog = window.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    assert window.faults() == []
    dialog.get_by_label("Single keys act on this page").uncheck()
    window.page.keyboard.press("Escape")
    window.page.keyboard.press("r")

    expect(dialog).to_be_hidden()
    expect(window.page.get_by_label("Your message")).not_to_be_focused()


def test_field_that_a_transition_misses_is_asked_for_beside_the_text(
    visit: Open, ticket: TicketState, office: Office
) -> None:
    definition = {
        "statuses": {"initial": ["new"], "active": [], "inactive": ["solved"]},
        "transitions": [
            {"name": "solve", "from": "new", "to": "solved", "guard": "CF.{severity} IS NOT NULL"}
        ],
    }
    publish(office.support.lifecycle, definition, actor=None, check_guard=check_guard)
    values = {"queue": "Support", "subject": "Paper jam"}
    window = opened(visit, service.create(values, actor=office.admin).ticket)
    field = window.page.locator("#reply").get_by_label("Severity")

    expect(field).to_be_hidden()
    window.page.get_by_text("Others, and why not").click()
    window.page.get_by_role("link", name="solve").click()
    expect(field).to_be_focused()
    expect(window.page.locator("#happen")).to_contain_text("Not like this")
    field.select_option("low")
    expect(window.page.locator("#happen")).to_contain_text("solved")
    assert window.faults() == []
    window.page.get_by_role("button", name="Send and solve").click()

    expect(window.page.locator("#head .pill")).to_have_text("solved")


@pytest.mark.parametrize("path", ["/tickets/{}", "/tickets/{}?at=1"])
def test_picture_that_can_not_be_drawn_is_a_plain_file(
    visit: Open, office: Office, path: str
) -> None:
    whole = picture("PNG")
    ids = [
        files.keep(SimpleUploadedFile(name, content, "image/png"), creator_id=office.admin.id).pk
        for name, content in (("whole.png", whole), ("half.png", whole[:60]))
    ]
    message = {"content": "See.", "attachment_ids": ids}
    values = {"queue": "Support", "subject": "Pictures", "message": message}
    made = service.create(values, actor=office.admin).ticket
    window = visit(1440, "light")
    window.log_in()

    window.open(path.format(made.key))

    expect(window.page.locator(".file")).to_have_count(2)
    expect(window.page.locator(".file.picture")).to_have_text(re.compile("whole.png"))
    expect(window.page.locator(".file:not(.picture)")).to_have_text(re.compile("half.png"))
    expect(window.page.locator(".file:not(.picture) svg")).to_be_visible()
    assert window.faults() == []


def test_everything_works_without_script(visit: Open, ticket: TicketState) -> None:
    window = visit(1280, "light")
    context = window.page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]  # it was launched
    page = context.new_page()
    cookies = _logged_in(window)
    context.add_cookies(cookies)

    page.goto(f"{window.site}/tickets/{ticket.key}")
    page.get_by_label("Your message").fill("By hand")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#happen")).to_contain_text("Mail to maya@example.com")
    expect(page.get_by_label("Your message")).to_have_value("By hand")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#head .notice")).to_have_text("Your reply is sent.")
    page.get_by_label("Change subject").click()
    page.get_by_label("Priority").fill("60")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#facts")).to_contain_text("60")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#head .pill")).to_have_text("resolved")
    context.close()
    assert log(ticket) == ["Create", "Correspond", "Set", "StatusChange"]


def test_form_is_no_wider_than_a_telephone_without_script(visit: Open, office: Office) -> None:
    window = visit(360, "light")
    context = window.page.context.browser.new_context(  # type: ignore[union-attr]  # it was launched
        java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    context.add_cookies(_logged_in(window))

    page.goto(f"{window.site}/tickets/new?queue={office.support.pk}")

    form = page.locator("form#new").bounding_box()
    parts = page.locator("form#new :is(textarea, select, input[type=file])")
    boxes = [each.bounding_box() for each in parts.all() if each.is_visible()]
    assert form is not None
    assert [b for b in boxes if b and b["x"] + b["width"] > form["x"] + form["width"]] == []
    assert len(boxes) >= 4
    expect(page.get_by_text("Or drop or paste them here.")).to_be_hidden()
    context.close()


def _logged_in(window: Visit) -> Any:
    window.log_in()
    return window.page.context.cookies()


def test_new_ticket_is_made_with_its_plan_in_sight(visit: Open, office: Office) -> None:
    window = visit(1280, "light")
    window.log_in()

    window.open("/")
    window.page.get_by_role("link", name="New ticket").first.click()
    window.page.get_by_role("link", name="Support").click()
    window.page.get_by_role("combobox", name="Requestor").fill("maya@example.com")
    window.page.get_by_label("Subject").fill("Blank labels")
    expect(window.page.locator("#happen")).to_contain_text("A new ticket in Support")
    assert window.faults() == []
    window.page.get_by_role("button", name="Create").click()

    expect(window.page.get_by_role("heading", level=1)).to_have_text("Blank labels")


def test_choice_that_no_longer_fits_its_parent_stays_until_the_parent_is_chosen_anew(
    visit: Open, ticket: TicketState, office: Office
) -> None:
    town = CustomField.objects.create(
        key="town", name="Town", field_type="SelectSingle", values=["Graz", "Linz"]
    )
    QueueField.objects.create(queue=office.support, field=town, position=9)
    service.apply(
        ticket.id, {"custom_fields": {"severity": "low", "town": "Graz"}}, actor=office.admin
    )
    town.depends_on = "severity"
    town.choice_details = {
        "Graz": {"when": ["high"]},
        "Linz": {"when": ["high"], "disabled": True},
    }
    town.save()
    window = visit(1440, "light")
    window.log_in()
    window.open(f"/tickets/{ticket.key}/edit/fields")
    page = window.page

    page.get_by_role("checkbox", name="b", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#talk")).to_contain_text("set Tags")

    assert service.visible(ticket.id, office.admin).custom_fields == {
        "severity": ("low",),
        "tags": ("b",),
        "town": ("Graz",),
    }
    window.open(f"/tickets/{ticket.key}/edit/fields")
    page.get_by_label("Severity").select_option("")
    expect(page.get_by_label("Town")).to_have_value("")
    page.get_by_label("Severity").select_option("high")
    assert page.get_by_label("Town").locator("option:enabled").all_inner_texts() == ["–", "Graz"]
