"""Whole days without a script: an agent's, and a customer's."""

from django.test import Client

from tessera.accounts.models import User
from tests.desk.conftest import MakeTickets
from tests.desk.plain import Plain
from tests.office import Office
from tickets import bulk
from tickets.models import BulkChange, SavedView, Ticket, Transaction


def log(number: int) -> list[str]:
    rows = Transaction.objects.filter(ticket=number).order_by("seq")
    return list(rows.values_list("type", flat=True))


def test_agent_logs_in_finds_answers_and_solves(
    office: Office, make_tickets: MakeTickets, answers: int
) -> None:
    (number,) = make_tickets(1)
    root = User.objects.get(username="root")
    root.set_password("correct horse")
    root.save()
    page = Plain(Client())

    page.open("/")
    page.fill("Username", "root")
    page.fill("Password", "correct horse")
    page.press("Log in")
    page.fill("TicketSQL", "Subject = 'Printer 0'")
    page.press("Search")
    page.follow("Printer 0")
    page.fill("Your message", "Hold Feed for five seconds.")
    page.press("Preview")
    assert page.says("Mail to maya@example.com")
    page.press("Send")
    page.fill("Comment inside", True)
    page.fill("Your message", "It was the firmware.")
    page.press("Send")
    page.follow("Change fields")
    page.fill("Severity", "low")
    page.press("Save")
    page.follow("Change subject")
    page.fill("Priority", 60)
    page.press("Save")
    page.press("Resolve")
    assert page.says("It was the firmware.")
    page.follow("Why, and why not")
    assert page.says("Send answers")

    assert log(number) == [
        *("Create", "Correspond", "Comment", "CustomField", "Set", "StatusChange"),
    ]
    assert list(
        Transaction.objects.filter(type="Comment").values_list("creator_id", flat=True)
    ) == [root.pk]


def test_agent_makes_a_ticket_and_keeps_a_view(reader: Client, office: Office) -> None:
    page = Plain(reader)

    page.open("/")
    page.follow("New ticket")
    page.follow("Support")
    page.fill("Requestor", "maya@example.com")
    page.fill("Subject", "Blank labels")
    page.fill("Severity", "high")
    page.press("Preview")
    assert page.says("A new ticket in Support")
    page.press("Create")
    assert page.says("Blank labels")
    page.open("/search?q=Status = new")
    page.follow("Save as view")
    page.fill("Name", "What is new")
    page.press("Save")
    page.follow("What is new")
    assert page.says("Blank labels")

    assert Ticket.objects.get().custom_fields == {"severity": ["high"]}
    assert SavedView.objects.get().name == "What is new"


def test_agent_changes_several_at_once(reader: Client, make_tickets: MakeTickets) -> None:
    first, second, third = make_tickets(3)
    page = Plain(reader)

    page.open("/?view=all")
    for number in (first, third):
        page.fill(f"Select {Ticket.objects.get(pk=number).key}", True)
    page.press("Change…")
    page.fill("Priority", 70)
    page.press("Preview all effects")
    assert page.says("2 tickets: 2 changes.")
    page.press("Change 2 tickets")
    bulk.carry_out(BulkChange.objects.get().pk)

    priorities = Ticket.objects.in_bulk([first, second, third])
    assert [priorities[each].priority for each in (first, second, third)] == [70, 0, 70]
