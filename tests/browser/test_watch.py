"""An administrator watches: from the start to the deliveries that died, and one of them tried again."""

from playwright.sync_api import expect

from scrips.models import Delivery
from tessera.lib import clock
from tests.browser.conftest import Open
from tests.scrips.deliveries import make_hook, make_ticket


def test_dead_delivery_is_found_from_the_start_and_tried_again(visit: Open) -> None:
    ticket = make_ticket()
    one, two = (make_hook("https://hooks.example.com/in", ticket=ticket) for _ in range(2))
    Delivery.objects.update(
        status="dead", next_attempt_at=None, died_at=clock.now(), last_error="gone"
    )
    window = visit(1280, "light")
    window.log_in()
    window.open("/admin/")
    page = window.page
    assert window.faults() == []
    page.get_by_role("group").filter(has_text="The same as a table").first.locator("summary").press(
        "Enter"
    )
    assert window.faults() == []

    page.get_by_role("link", name="2 were given up").click()
    table = page.get_by_role("table", name="Deliveries, newest first")
    expect(table.get_by_role("link", name=str(two.pk), exact=True)).to_be_visible()
    assert window.faults() == []
    page.get_by_role("checkbox", name=f"Delivery {two.pk}").check()
    Delivery.objects.filter(pk=one.pk).update(status="sent", last_error="")
    make_hook("https://hooks.example.com/in", ticket=ticket)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    row = table.get_by_role("row").filter(
        has=page.get_by_role("link", name=str(one.pk), exact=True)
    )
    expect(row.get_by_text("sent", exact=True)).to_be_visible()
    expect(page.get_by_role("checkbox", name=f"Delivery {two.pk}")).to_be_checked()
    assert window.faults() == []

    table.get_by_role("link", name=str(two.pk), exact=True).click()
    expect(page.get_by_role("heading", name=f"Delivery {two.pk}")).to_be_visible()
    assert window.faults() == []
    page.get_by_role("button", name="Try again now").press("Enter")
    expect(page.get_by_text("1 delivery is due now.")).to_be_visible()
    assert Delivery.objects.get(pk=two.pk).status == "pending"

    Delivery.objects.filter(pk=two.pk).update(status="dead", next_attempt_at=None)
    window.open("/admin/scrips/delivery/?status=dead")
    page.get_by_role("link", name="Give all of these up").click()
    page.get_by_role("button", name="Give them up").press("Enter")
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert window.faults() == []
    assert Delivery.objects.get(pk=two.pk).status == "cancelled"
