"""A customer asks by phone, reads our answer and closes, by keyboard."""

from playwright.sync_api import expect

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from lifecycles.service import publish
from tessera.accounts import links
from tessera.accounts.models import Role, User
from tests.browser.conftest import Open
from tests.office import Office
from tickets import service
from tickets.models import Grant, Ticket

_CARE = {
    "statuses": {"initial": ["new"], "active": [], "inactive": ["done"]},
    "transitions": [
        {"name": "works", "label": "It works", "from": "new", "to": "done", "roles": ["customer"]}
    ],
}


def test_customer_comes_in_by_mail_asks_reads_and_closes(visit: Open, office: Office) -> None:
    maya = User.objects.create_user("maya", email="maya@example.com", first_name="Maya")
    care = Lifecycle.objects.create(name="care")
    publish(care, _CARE, actor=None)
    care.refresh_from_db()
    office.support.lifecycle = care
    office.support.save()
    CustomField.objects.filter(key="severity").update(for_customers=True)
    asks = Role.objects.create(name="asks", rights=["SeeQueue", "CreateTicket"])
    Grant.objects.create(role=asks, ticket_role="everyone", queue=office.support)
    window = visit(360, "dark")
    page = window.page

    window.open("/portal/link")
    assert window.faults() == []
    window.open(f"/portal/link/{links.issue(maya)}")
    assert window.faults() == []
    page.get_by_role("button", name="Log in").press("Enter")
    expect(page.get_by_role("heading", name="You have asked for nothing yet")).to_be_visible()
    assert window.faults() == []

    page.get_by_role("main").get_by_role("link", name="Ask for help").press("Enter")
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_label("Subject")).to_be_focused()
    expect(page.locator("#f_subject_error")).to_be_visible()
    page.get_by_label("Subject").fill("The printer on line 3 prints blank labels again")
    page.get_by_label("What is it about?").fill("Since this morning.")
    page.get_by_label("Severity").select_option("high")
    assert window.faults() == []
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("We have it.")
    answer = {"message": {"type": "correspond", "content": "Hold Feed for five seconds."}}
    service.apply(Ticket.objects.latest("pk").pk, answer, actor=office.admin)

    page.reload()
    expect(page.get_by_text("Hold Feed for five seconds.")).to_be_visible()
    assert window.faults() == []
    page.get_by_label("Your answer").fill("Thank you!")
    page.get_by_role("button", name="It works").press("Enter")
    expect(page.get_by_role("main").get_by_text("Thank you!")).to_be_visible()
    assert window.faults() == []
    page.get_by_role("link", name="Your requests", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Closed 1")).to_be_visible()
    assert window.faults() == []
