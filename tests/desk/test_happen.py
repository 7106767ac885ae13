"""What will happen: the panel is the preview of the API, in words and in order."""

import re
from typing import Any

from django.test import Client

from scrips import service as scrips
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets.models import Ticket, Transaction
from tickets.models.ticket import ticket_key


def foresee(client: Client, number: int, *, part: bool = True, **values: Any) -> str:
    form = {"version": Ticket.objects.get(pk=number).version, "as": "correspond", **values}
    headers = {"HX-Request": "true"} if part else {}
    answer = client.post(f"/tickets/{ticket_key(number)}/preview", form, headers=headers)
    return answer.content.decode()


def rule(office: Office, name: str, condition: str, **values: Any) -> None:
    action = {
        "action_type": "SetCustomField",
        "action_config": {"field": "severity", "value": "low"},
    }
    given = {"name": name, "condition_type": condition, **action, **values}
    scrips.save_scrip(None, given, actor=office.admin)


def test_mail_is_shown_as_it_will_be_sent_and_nothing_is_kept(
    reader: Client, make_tickets: MakeTickets, answers: int
) -> None:
    (number,) = make_tickets(1)

    panel = foresee(reader, number, content="Try <this> one.")

    assert "Mail to maya@example.com" in panel
    assert "Re: Printer 0" in panel
    assert "Try &lt;this&gt; one." in panel
    assert Transaction.objects.filter(ticket=number).count() == 1


def test_rules_stand_in_the_order_of_their_execution_and_name_what_starts_them(
    reader: Client, make_tickets: MakeTickets, answers: int, office: Office
) -> None:
    rule(office, "Reply is low", "OnCorrespond", sort_order=-1)
    changed = {"condition_config": {"field": "severity"}}
    up = {"action_type": "AddComment", "action_config": {"content": "Calm."}}
    rule(office, "Low is calm", "OnCustomFieldChange", **changed, **up)
    (number,) = make_tickets(1)

    panel = foresee(reader, number, content="Hello")

    names = re.findall(r'<p class="because"><b>([^<]+)</b>', panel)
    assert names == ["Reply is low", "Low is calm", "Send answers"]
    assert "started by 1" in panel


def test_silent_rule_says_why(reader: Client, make_tickets: MakeTickets, office: Office) -> None:
    rule(office, "Status is low", "OnStatusChange")
    (number,) = make_tickets(1)

    panel = foresee(reader, number, content="Hello")

    silent = panel.split('class="silent"')[1]
    assert "Status is low" in silent
    assert "1 rule stays silent" in panel


def test_transition_is_foreseen_with_the_text(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    panel = foresee(reader, number, content="Done", transition="resolve")

    assert re.search(r"Status.*new.*resolved", panel, re.DOTALL)
    assert "A reply" in panel


def test_what_would_be_refused_says_so(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    panel = foresee(reader, number, content="Hello", version=99)

    assert "Not like this" in panel
    assert "The ticket is at version 1, not 99" in panel


def test_without_script_the_page_shows_the_plan_beside_the_draft(
    reader: Client, make_tickets: MakeTickets, answers: int
) -> None:
    (number,) = make_tickets(1)

    page = foresee(reader, number, part=False, content="Still a draft.")

    assert "Mail to maya@example.com" in page
    assert re.search(r"<textarea[^>]*>\s*Still a draft.</textarea>", page)


def test_what_rules_would_do_is_for_those_who_may_know(
    make_tickets: MakeTickets, answers: int
) -> None:
    (number,) = make_tickets(1)
    client = Client()
    client.force_login(holder("lee", "ShowTicket", "ReplyToTicket"))

    panel = foresee(client, number, content="Hello")

    assert "A reply" in panel
    assert "maya@example.com" not in panel
    assert "Send answers" not in panel
