"""The choices of a custom field as rows, by the keyboard alone, and as text without a script."""

from playwright.sync_api import expect

from customfields.models import CustomField
from tests.browser.conftest import Demo, Open

ADD = "/admin/customfields/customfield/add/"


def test_choices_are_added_moved_and_removed_by_the_keyboard(visit: Open, demo: Demo) -> None:
    window = visit(360, "light")
    window.log_in()
    window.open(ADD)
    page = window.page
    page.get_by_label("Name", exact=False).first.fill("Town")
    page.get_by_label("Type").select_option("SelectSingle")
    page.get_by_label("Depends on").select_option("severity")

    page.get_by_role("button", name="Add a choice").press("Enter")
    for word in ("Graz", "Linz", "Wien"):
        page.keyboard.type(word)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Move up: Wien").press("Enter")
    expect(page.get_by_role("button", name="Move up: Wien")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move down: Wien")).to_be_focused()
    page.get_by_role("button", name="Remove: Linz").press("Enter")
    first = page.locator(".choices tbody tr").first
    first.get_by_label("Colour").select_option("green")
    first.get_by_label("Offered when").select_option(["High"])
    first.get_by_label("Offered", exact=True).press("Space")
    room = page.locator(".choices-scroll")
    assert room.evaluate("each => each.scrollWidth - each.clientWidth") == 0
    assert window.faults() == []
    window.submit("Save")

    made = CustomField.objects.get(key="town")
    assert made.values == ["Wien", "Graz"]
    assert made.choice_details == {"Wien": {"colour": "green", "disabled": True, "when": ["High"]}}


def test_choice_that_is_typed_over_is_renamed(visit: Open, demo: Demo) -> None:
    row = CustomField.objects.get(key="severity")
    window = visit(1280, "dark")
    window.log_in()
    window.open(f"/admin/customfields/customfield/{row.pk}/change/")
    page = window.page

    page.get_by_label("Choice", exact=True).nth(1).fill("urgent | now")
    expect(page.get_by_text("was Medium")).to_be_visible()
    page.get_by_role("button", name="Edit as text").press("Enter")
    expect(page.locator("#id_values")).to_have_value(
        "Low\nurgent \\| now | was: Medium\nHigh\nProduction down"
    )
    assert window.faults() == []
    window.submit("Save")
    expect(page.get_by_text("Tickets keep choices that are no longer offered")).to_be_visible()
    page.get_by_label("Go on").press("Space")
    assert window.faults() == []
    window.submit("Save")

    row.refresh_from_db()
    assert row.values == ["Low", "urgent | now", "High", "Production down", "Medium"]
    assert row.default == "urgent | now"


def test_choices_are_lines_without_a_script(visit: Open, demo: Demo) -> None:
    window = visit(1280, "light")
    window.log_in()
    context = window.page.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, storage_state=window.page.context.storage_state()
    )
    page = context.new_page()
    page.goto(window.site + ADD)
    page.locator("#id_name").fill("Town")
    page.get_by_label("Type").select_option("SelectSingle")
    page.locator("#id_values").fill("Graz | red\nLinz")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).press("Enter")

    assert CustomField.objects.get(key="town").values == ["Graz", "Linz"]
    context.close()
