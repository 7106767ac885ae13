"""Nothing of how the work is done is on any page of the portal."""

from typing import Any

import pytest
from django.test import Client

from tests.desk.portal.conftest import SECRETS, Portal
from tests.office import Office
from tests.people import administrator, grant
from tickets import service
from tickets.models import Watcher

PATHS = (
    "/portal/",
    "/portal/?show=open",
    "/portal/?show=closed",
    "/portal/?q=labels",
    "/portal/?q=hush",
    "{ticket}",
    "{ticket}?before=9",
    "/portal/new",
    "/portal/link",
    "/portal/link/sent",
    "/portal/link/none",
)


def _found(portal: Portal, client: Client) -> list[str]:
    """The secrets on the pages, each with its path."""
    found = []
    for path in PATHS:
        at = path.format(ticket=portal.path)
        text = client.get(at, follow=True).content.decode()
        # What one searches for stands in its own box.
        found += [f"{word} at {at}" for word in SECRETS if word in text.replace('value="hush"', "")]
    return found


def test_no_page_tells_a_customer_anything_internal(portal: Portal) -> None:
    assert _found(portal, portal.client) == []


def test_no_page_tells_it_to_staff_either_who_look_at_their_own_requests(portal: Portal) -> None:
    Watcher.objects.filter(ticket=portal.ticket.id, role="cc").update(
        address="lead@example.com", email="lead@example.com"
    )
    lead = administrator("lead", email="lead@example.com")
    client = Client()
    client.force_login(lead)

    assert client.get(portal.path).status_code == 200
    assert _found(portal, client) == []


@pytest.mark.parametrize(
    "form",
    [
        {"content": ""},
        {"content": "x", "transition": "resolve"},
        {"content": "x", "transition": "none"},
        {"content": "x", "attachment_ids": "1"},
        {"content": "x", "version": "1"},
    ],
)
def test_no_refusal_tells_it(portal: Portal, form: dict[str, Any]) -> None:
    page = portal.send(**form).content.decode()

    assert [word for word in SECRETS if word in page] == []
    assert "ModifyTicket" not in page


def test_words_of_comments_find_nothing(portal: Portal) -> None:
    page = portal.client.get("/portal/?q=comment").content.decode()

    assert "Nothing has these words" in page


def test_files_of_comments_stay_closed_and_those_of_answers_open(portal: Portal) -> None:
    page = portal.client.get(portal.path).content.decode()

    assert "manual.txt" in page
    assert "hush-file.txt" not in page


def test_deleted_ticket_is_not_there(portal: Portal, office: Office) -> None:
    grant("supervisor", user=portal.maya)
    service.apply(portal.ticket.id, {"status": "deleted"}, actor=office.admin)

    assert portal.client.get(portal.path).status_code == 404
    assert "Blank labels" not in portal.client.get("/portal/").content.decode()
