"""Hostile texts in a real browser: nothing runs, nothing is fetched unasked, nothing breaks out of its place."""

from playwright.sync_api import expect

from tessera.accounts import links
from tessera.accounts.models import User
from tests.browser.conftest import Open
from tests.desk.test_untrusted import hostile
from tests.office import Office
from tickets.models import Ticket

__all__ = ["hostile"]


def test_hostile_texts_stay_in_their_places(visit: Open, office: Office, hostile: int) -> None:
    key = Ticket.objects.get(pk=hostile).key
    window = visit(360, "dark")
    page = window.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    window.log_in()
    wrong = {}
    for path in (f"/tickets/{key}", "/", "/search?q=Status = new", "/tickets/new"):
        window.open(path)
        wrong[path] = window.faults()
    window.open(f"/tickets/{key}?order=oldest")
    page.get_by_text("As it was sent").last.click()
    expect(page.frame_locator("iframe").last.locator("p")).to_be_visible()
    wrong["the frame"] = window.complaints.copy()
    window.complaints.clear()

    page.context.clear_cookies()
    window.open(f"/portal/link/{links.issue(User.objects.get(username='maya'))}")
    window.submit("Log in")
    for path in ("/portal/", f"/portal/tickets/{key}"):
        window.open(path)
        wrong[path] = window.faults()

    assert {path: found for path, found in wrong.items() if found} == {}
    assert [each for each in asked if not each.startswith(window.site)] == []
