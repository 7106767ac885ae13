"""Messages with markup before customers."""

from tests.desk.portal.conftest import Portal
from tests.office import Office
from tickets import service
from tickets.models import Transaction


def say(office: Office, number: int, kind: str) -> int:
    """The seq of the message."""
    message = {"type": kind, "content": "<p>Hello", "content_type": "text/html"}
    service.apply(number, {"message": message}, actor=office.admin)
    return Transaction.objects.filter(ticket=number, type=kind.title()).latest("seq").seq


def test_customer_opens_letters_and_no_comments(portal: Portal, office: Office) -> None:
    letter, comment = (say(office, portal.ticket.id, kind) for kind in ("correspond", "comment"))
    way = f"/tickets/{portal.ticket.key}/letters"

    page = portal.client.get(portal.path).content.decode()

    assert f"{way}/{letter}" in page
    assert portal.client.get(f"{way}/{letter}").status_code == 200
    assert portal.client.get(f"{way}/{comment}").status_code == 404
