"""Two people at one ticket: they see each other, hear what is new, and lose nothing."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Open
from tests.office import Office
from tests.people import administrator
from tickets import service


def _asks_again(page: Page) -> None:
    """What happens every fifteen seconds, and when one comes back to the window."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_two_people_at_one_ticket_lose_nothing(visit: Open, office: Office) -> None:
    administrator("lee", PASSWORD, email="lee@example.com", first_name="Lee")
    values = {"queue": "Support", "subject": "Blank labels", "priority": 10}
    ticket = service.create(values, actor=office.admin).ticket
    mine, hers = visit(1280, "light"), visit(1280, "dark")
    mine.log_in()
    hers.log_in("lee")
    for window in (mine, hers):
        window.open(f"/tickets/{ticket.key}")
    text = mine.page.get_by_label("Your message")
    text.fill("Half a sen")
    _asks_again(mine.page)
    expect(mine.page.get_by_text("Lee is reading")).to_be_visible()
    _asks_again(hers.page)
    expect(hers.page.get_by_text("root is writing")).to_be_visible()

    hers.page.get_by_label("Your message").fill("It is the firmware.")
    hers.page.get_by_role("button", name="Send", exact=False).first.click()
    expect(hers.page.locator("#talk")).to_contain_text("It is the firmware.")
    _asks_again(mine.page)
    expect(mine.page.locator("#news")).to_contain_text("Lee replied")
    assert mine.faults() == []
    mine.page.locator("#news").get_by_role("link", name="Show it").press("Enter")
    expect(mine.page.locator("#talk")).to_contain_text("It is the firmware.")
    expect(mine.page.locator("#news")).to_be_empty()
    expect(text).to_have_value("Half a sen")

    for window, priority in ((mine, "20"), (hers, "30")):
        window.page.get_by_label("Change subject").click()
        window.page.get_by_label("Priority", exact=True).fill(priority)
    mine.page.get_by_role("button", name="Save").click()
    expect(mine.page.locator("#facts")).to_contain_text("20")
    hers.page.get_by_role("button", name="Save").click()
    expect(hers.page.get_by_role("alert")).to_contain_text("Both are shown")
    expect(hers.page.get_by_label("Priority", exact=True)).to_have_value("30")
    expect(hers.page.locator("#facts p.now")).to_have_text("Now: 20")
    expect(text).to_have_value("Half a sen")
    text.press("Control+Enter")
    expect(mine.page.locator("#head .notice")).to_have_text("Your reply is sent.")
