"""A customer's day without a script."""

from tests.desk.plain import Plain
from tests.desk.portal.conftest import Portal
from tickets.models import Message, Ticket


def test_customer_asks_answers_and_finds(portal: Portal) -> None:
    page = Plain(portal.client)

    page.open("/portal/")
    page.follow("Ask for help")
    page.fill("Subject", "It smokes")
    page.fill("What is it about?", "Since this morning.")
    page.press("Send")
    assert page.says("We have it.")
    page.fill("Your answer", "Now it burns.")
    page.press("Send")
    assert page.says("Your answer is sent.")
    page.follow("Your requests")
    page.fill("Search your requests", "smokes")
    page.press("Search")
    page.follow("It smokes")

    assert page.says("Now it burns.")
    said = Message.objects.filter(ticket=Ticket.objects.latest("pk"), internal=False)
    assert list(said.values_list("content", flat=True)) == ["Since this morning.", "Now it burns."]
