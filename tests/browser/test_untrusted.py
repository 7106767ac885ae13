"""Hostile texts in a real browser: nothing runs, nothing is fetched unasked, nothing breaks out of its place."""

from playwright.sync_api import expect

from scrips.channels.base import kept, reason
from scrips.models import Attempt, Delivery, Scrip
from tessera.accounts import links
from tessera.accounts.models import User
from tessera.lib import clock
from tests.browser.conftest import Open
from tests.desk.test_untrusted import hostile
from tests.office import Office
from tickets import service
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


def test_junk_that_a_receiver_answers_stays_in_its_place(visit: Open, office: Office) -> None:
    said = "\x1b[31m\u202egnp.exe</pre><script>alert(1)</script>" + "W" * 1_000_000
    told = reason(said)
    Scrip.objects.create(
        name="Call",
        condition_type="OnCreate",
        action_type="Webhook",
        action_config={"url": "https://a.example.com/in"},
    )
    made = service.create({"queue": "Support", "subject": "Blank"}, actor=office.admin)
    hook = Delivery.objects.get(ticket=made.ticket.id)
    hook.status, hook.last_error = "failed", told
    hook.save()
    for number, error in enumerate((told, ""), 1):
        Attempt.objects.create(
            delivery=hook,
            number=number,
            started_at=clock.now(),
            duration_ms=12,
            ok=False,
            error=error,
            answer=kept(said),
        )
    window = visit(360, "light")
    window.log_in()
    wrong = {}
    for path in (
        f"/admin/scrips/delivery/{hook.pk}/change/",
        "/admin/scrips/delivery/",
        f"/tickets/{made.ticket.key}/why/1",
    ):
        window.open(path)
        wrong[path] = window.faults()
        expect(window.page.get_by_text("gnp.exe").first).to_be_visible()

    assert {path: found for path, found in wrong.items() if found} == {}
