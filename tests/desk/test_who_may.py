"""The page that says who may what, and because of which grant."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lifecycles import service as lifecycles
from tessera.accounts.models import Group, User
from tessera.accounts.rights import RIGHTS
from tessera.desk import who_may
from tessera.desk.who_may import Where
from tests.office import Office
from tests.people import grant, holder
from tickets import access, config, service
from tickets.access import Actor
from tickets.models import Queue
from tickets.people import Person
from tickets.processes import check_guard

PAGE = "/admin/who-may"


@pytest.fixture
def uma(office: Office) -> Client:
    """Somebody who administers people and sees the tickets of Support."""
    user = holder("uma", "AdminUsers")
    grant("agent", user=user, queue=office.support)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def night(office: Office) -> Group:
    """A group that works Support, with Ann as its member."""
    group = Group.objects.create(name="Night shift")
    group.members.add(office.ann)
    grant("agent", group=group, queue=office.support)
    return group


def ticket_of(office: Office, queue: str = "Support", **values: Any) -> int:
    return service.create(
        {"queue": queue, "subject": "Printer", **values}, actor=office.admin
    ).ticket.id


def html(client: Client, **query: Any) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Of each line: whether it is held, and because of what."""
    lines = re.findall(
        r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>\s*<td>(.*?)</td>', page, re.DOTALL
    )
    plain = [[unescape(re.sub(r"<[^>]*>", " ", cell)).split() for cell in line] for line in lines]
    return {name[0]: (" ".join(held), " ".join(why)) for name, held, why in plain}


def errors(page: str) -> dict[str, str]:
    found = re.findall(r'id="id_(\w+)_error">.*?<span>(.*?)</span>', page, re.DOTALL)
    return {field: unescape(told) for field, told in found}


def person(user: User) -> Person:
    return Person.of(User.objects.get(pk=user.pk))


def test_page_says_what_to_pick(uma: Client) -> None:
    assert "Pick somebody" in html(uma)
    assert "Pick a group" in html(uma, by="group")
    assert "Pick a right" in html(uma, by="right")


def test_page_is_for_those_who_administer_people(office: Office) -> None:
    client = Client()
    client.force_login(holder("quentin", "AdminQueue"))

    assert client.get(PAGE).status_code == 403
    assert client.get(f"{PAGE}/suggest?q=a").status_code == 403
    assert Client().get(PAGE)["Location"] == "/admin/login/?next=/admin/who-may"


def test_page_is_only_read(uma: Client) -> None:
    assert uma.post(PAGE, {"user": "ann"}).status_code == 405
    assert uma.post(f"{PAGE}/suggest").status_code == 405


def test_each_right_is_told_with_the_grant_that_gives_it(
    uma: Client, office: Office, night: Group
) -> None:
    page = html(uma, user="ann", queue=office.support.pk)

    found = rows(page)
    assert set(found) == set(RIGHTS)
    assert found["ModifyTicket"] == (
        "Yes",
        "agent, through the group Night shift, in the queue Support",
    )
    assert found["OwnTicket"] == ("Yes", "owners, given to Ann, everywhere")
    assert found["AdminUsers"] == ("No", "no grant –")
    number = night.grant_set.get().pk
    assert f'href="/admin/tickets/grant/{number}/change/">agent, through' in page


def test_user_is_found_by_name_and_address_whatever_their_case(uma: Client) -> None:
    for wanted in ("ann", "ANN", " ann ", "Ann@Example.com"):
        assert "OwnTicket" in html(uma, user=wanted), wanted


def test_name_of_one_goes_before_the_address_of_another(uma: Client) -> None:
    User.objects.create_user("ann@example.com", first_name="Other")

    assert ">Other</a>" in html(uma, user="ann@example.com")


def test_everywhere_tells_what_is_held_in_part(uma: Client, office: Office, night: Group) -> None:
    found = rows(html(uma, user="ann"))

    assert found["ModifyTicket"] == (
        "In part",
        "agent, through the group Night shift, in the queue Support",
    )
    assert found["ReplyToTicket"] == (
        "In part",
        f"{found['ModifyTicket'][1]} customer, as requestor of the ticket, everywhere",
    )
    assert found["OwnTicket"][0] == "Yes"
    assert found["AdminUsers"][0] == "No"


def test_what_is_held_in_many_queues_is_named_in_part(uma: Client, office: Office) -> None:
    queues = [
        Queue.objects.create(name=f"Q{number}", lifecycle=office.support.lifecycle)
        for number in range(5)
    ]
    for queue in queues:
        grant("supervisor", user=office.ann, queue=queue)

    held, why = rows(html(uma, user="ann"))["DeleteTicket"]

    assert held == "In part"
    assert why.count("supervisor, given to Ann") == 3
    assert why.endswith("and 2 more")


def test_ticket_tells_what_one_is_on_it_and_what_that_gives(uma: Client, office: Office) -> None:
    number = ticket_of(office, requestors=["Ann@example.com"], owner_id=office.ann.pk)

    page = html(uma, user="ann", ticket=f"TKT-{number:04}")

    assert "<b>requestor, owner</b>" in page
    assert rows(page)["ReplyToTicket"] == (
        "Yes",
        "customer, as requestor of the ticket, everywhere",
    )


def test_ticket_that_somebody_may_not_see_is_told_so(uma: Client, office: Office) -> None:
    number = ticket_of(office)

    page = html(uma, user="ann", ticket=number)

    assert "May not see this ticket" in page
    assert "Nothing on this ticket" in page


def test_transitions_are_open_or_say_what_is_in_the_way(uma: Client, office: Office) -> None:
    definition = {
        "statuses": {"initial": ["new"], "active": ["open"], "inactive": ["done"]},
        "transitions": [
            {"name": "begin", "label": "Begin", "from": "new", "to": "open"},
            {"name": "judge", "from": "new", "to": "open", "roles": ["supervisor"]},
            {"name": "skip", "from": "new", "to": "done", "right": "DeleteTicket"},
            {"name": "hurry", "from": "new", "to": "open", "guard": "Priority > 50"},
            {"name": "end", "from": "new", "to": "done"},
        ],
    }
    process = lifecycles.create("Judged", definition, actor=None, check_guard=check_guard)
    Queue.objects.filter(pk=office.support.pk).update(lifecycle=process)
    grant("agent", user=office.ann, queue=office.support)
    first = ticket_of(office)
    number = ticket_of(office, links={"depends_on": [first]})

    found = rows(html(uma, user="ann", ticket=number))

    assert found["Begin"] == ("Yes", "nothing –")
    assert found["Judge"] == ("No", "The transition “judge” is for supervisor.")
    assert found["Skip"] == ("No", "The transition “skip” needs the right DeleteTicket.")
    assert found["Hurry"][0] == "No"
    assert "is guarded" in found["Hurry"][1]
    assert found["End"] == ("No", "This ticket depends on open ones.")


def test_disabled_user_may_nothing(uma: Client, office: Office, night: Group) -> None:
    User.objects.filter(pk=office.ann.pk).update(disabled=True)

    page = html(uma, user="ann")

    assert "Disabled: may do nothing at all" in page
    assert {held for held, _why in rows(page).values()} == {"No"}


def test_group_tells_what_all_its_members_may(uma: Client, office: Office, night: Group) -> None:
    found = rows(html(uma, group="night SHIFT", queue=office.support.pk))

    assert found["ModifyTicket"] == (
        "Yes",
        "agent, through the group Night shift, in the queue Support",
    )
    assert found["AdminUsers"][0] == "No"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"user": "nobody"}, {"user": "There is no user “nobody”."}),
        ({"user": ""}, {"user": "This field is required."}),
        ({"user": "a\x00"}, {"user": "Null characters are not allowed."}),
        ({"group": "nobody"}, {"group": "There is no group “nobody”."}),
        ({"user": "ann", "ticket": "TKT-9999"}, {"ticket": "There is no ticket “TKT-9999”."}),
        ({"user": "ann", "ticket": "x"}, {"ticket": "There is no ticket “x”."}),
        ({"user": "ann", "ticket": "9" * 30}, {"ticket": f"There is no ticket “{'9' * 30}”."}),
        (
            {"user": "ann", "queue": "x"},
            {"queue": "Select a valid choice. x is not one of the available choices."},
        ),
        (
            {"right": "FlyTicket"},
            {"right": "Select a valid choice. FlyTicket is not one of the available choices."},
        ),
        (
            {"user": "nobody", "ticket": "x"},
            {"user": "There is no user “nobody”.", "ticket": "There is no ticket “x”."},
        ),
    ],
)
def test_what_is_not_there_is_told_at_its_field(
    uma: Client, query: dict[str, str], found: dict[str, str]
) -> None:
    page = html(uma, **query)

    assert errors(page) == found
    assert rows(page) == {}


def test_ticket_or_queue_but_not_both(uma: Client, office: Office) -> None:
    page = html(uma, user="ann", ticket=ticket_of(office), queue=office.support.pk)

    assert errors(page) == {"queue": "Give either a ticket or a queue."}


def test_ticket_that_the_reader_may_not_see_is_none(uma: Client, office: Office) -> None:
    number = ticket_of(office, "Other")

    page = html(uma, user="ann", ticket=number)

    assert errors(page) == {"ticket": f"There is no ticket “{number}”."}


def test_beginning_of_a_name_leads_to_whom_it_may_mean(uma: Client, office: Office) -> None:
    User.objects.create_user("x1", email="x1@example.com", first_name="Zoe", last_name="Berg")

    page = html(uma, user="zoe be", queue=office.support.pk)

    assert f'href="?user=x1&amp;queue={office.support.pk}">Zoe Berg (x1@example.com)</a>' in page


def test_names_are_suggested_as_one_types(uma: Client, night: Group) -> None:
    User.objects.create_user("x1", email="x1@example.com", first_name="Zoe", disabled=True)

    def suggested(**query: str) -> Any:
        return uma.get(f"{PAGE}/suggest", query).json()

    assert suggested(q="zo") == {
        "results": [{"value": "x1", "text": "Zoe (x1@example.com), disabled"}]
    }
    assert suggested(q="night", kind="group") == {
        "results": [{"value": "Night shift", "text": "Night shift"}]
    }
    assert suggested(q="") == suggested(q="a\x00nobody") == suggested(q="", kind="group")


def test_people_are_offered_to_those_who_work_with_tickets_and_groups_are_not(
    office: Office, night: Group
) -> None:
    User.objects.create_user("anna", email="gone@example.com", disabled=True)
    client = Client()
    client.force_login(holder("quentin", "AdminScrips", "ModifyTicket"))

    found = client.get(f"{PAGE}/suggest", {"q": "ann", "kind": "user"}).json()

    assert [each["value"] for each in found["results"]] == ["ann"]
    assert client.get(f"{PAGE}/suggest", {"q": "night", "kind": "group"}).status_code == 403
    assert client.get(PAGE).status_code == 403


def test_people_with_a_right_are_told_with_their_grants(
    uma: Client, office: Office, night: Group
) -> None:
    page = html(uma, right="ModifyTicket", queue=office.support.pk)

    found = re.findall(
        r'change/">([^<]*)</a>(?: <span class="told">[^<]*</span>)?</th>\s*<td>(.*?)</td>', page
    )
    assert [(name, re.sub(r"<[^>]*>", "", why)) for name, why in found] == [
        ("Ann", "agent, through the group Night shift, in the queue Support"),
        ("root", "admin, given to root, everywhere"),
        ("uma", "agent, given to uma, in the queue Support"),
    ]
    assert "3 people have it." in page


def test_right_that_being_on_a_ticket_gives_is_told_besides(uma: Client, office: Office) -> None:
    page = html(uma, right="ReplyToTicket", queue=office.support.pk)

    assert "on their own tickets" in page
    assert "customer, as requestor of the ticket, everywhere" in page


def test_right_that_everyone_has_says_so(uma: Client, office: Office) -> None:
    grant("customer", ticket_role="everyone", queue=office.support)

    page = html(uma, right="SeeQueue", queue=office.support.pk)

    assert "Everyone has it:" in page


def test_people_with_a_right_on_a_ticket_are_those_who_are_something_on_it(
    uma: Client, office: Office
) -> None:
    maya = User.objects.create_user("maya", email="maya@example.com")
    number = ticket_of(office, requestors=["MAYA@example.com"])

    page = html(uma, right="Watch", ticket=number)

    assert f'href="/admin/accounts/user/{maya.pk}/change/"' in page
    assert "customer, as requestor of the ticket, everywhere" in page
    assert "on their own tickets" not in page


def test_right_that_nobody_has_says_so(uma: Client, office: Office) -> None:
    user = User.objects.get(username="root")
    user.disabled = True
    user.save()

    assert "Nobody has it there." in html(uma, right="SuperUser")


def test_people_come_fifty_at_a_time(uma: Client, office: Office, night: Group) -> None:
    people = [
        User.objects.create_user(f"p{number:02}", email=f"p{number}@example.com")
        for number in range(60)
    ]
    night.members.add(*people)
    query = {"right": "TakeTicket", "queue": office.support.pk}

    first, second = html(uma, **query), html(uma, **query, page=2)

    assert first.count('<th scope="row">') == 50
    assert second.count('<th scope="row">') == 13
    assert f'href="?right=TakeTicket&amp;queue={office.support.pk}&amp;page=2"' in first
    assert "Page 1 of 2" in html(uma, **query, page="nonsense")
    assert html(uma, **query, page=99).count('<th scope="row">') == 13


def test_tabs_keep_the_place(uma: Client, office: Office) -> None:
    page = html(uma, queue=office.support.pk)

    assert f'href="?by=right&amp;queue={office.support.pk}"' in page
    assert f'<option value="{office.support.pk}" selected>' in page


@pytest.mark.parametrize("ticket", [False, True])
def test_page_agrees_with_what_is_judged(office: Office, night: Group, *, ticket: bool) -> None:
    grant("supervisor", ticket_role="owner", queue=office.support)
    number = ticket_of(office, requestors=["ann@example.com"], owner_id=office.ann.pk)
    where = (
        Where(ticket=service.visible(number, office.admin))
        if ticket
        else Where(queue_id=office.support.pk)
    )
    current = config.current()
    actor = Actor(person(office.ann), current)

    answer = who_may.of_person(actor.person, current, where)

    for _label, lines in answer.groups:
        for line in lines:
            place: dict[str, Any] = (
                {"ticket": where.ticket} if ticket else {"queue_id": where.queue_id}
            )
            assert (line.giving is not None) == access.may(actor, line.right, **place)
            people = who_may.with_right(line.right, current, where, page="1")
            assert (line.giving is not None) == any(
                holder.user.pk == office.ann.pk for holder in people.holders
            )


def test_disabled_person_holds_nothing_whatever_is_granted(office: Office, night: Group) -> None:
    disabled = replace(person(office.ann), disabled=True)

    answer = who_may.of_person(disabled, config.current(), Where())

    assert answer.held == 0
    assert all(not line.partly for _label, lines in answer.groups for line in lines)


@pytest.mark.parametrize("kind", ["user", "group", "right"])
def test_statements_are_as_many_for_three_as_for_one(
    uma: Client, office: Office, night: Group, kind: str
) -> None:
    number = ticket_of(office, requestors=["ann@example.com"])
    asked = {"user": "ann", "group": "Night shift", "right": "ModifyTicket"}[kind]
    query = {kind: asked, "ticket": number}

    def statements() -> int:
        html(uma, **query)  # the configuration is loaded once for each change
        with CaptureQueriesContext(connection) as seen:
            html(uma, **query)
        return len(seen)

    few = statements()
    for each in range(3):
        group = Group.objects.create(name=f"Group {each}")
        group.members.add(office.ann, User.objects.create_user(f"p{each}"))
        grant("supervisor", group=group, queue=office.support)
        grant("agent", user=User.objects.create_user(f"q{each}"))
    many = statements()

    assert many == few


def test_administration_leads_there(uma: Client, office: Office) -> None:
    root = Client()
    root.force_login(User.objects.get(username="root"))
    number = ticket_of(office)

    def page(path: str) -> str:
        return str(root.get(path).content.decode())

    assert 'href="/admin/who-may"' in page("/admin/")
    assert f'href="/admin/who-may?ticket=TKT-{number:04}"' in page(
        f"/admin/tickets/ticket/{number}/change/"
    )
    assert f'href="/admin/who-may?queue={office.support.pk}"' in page(
        f"/admin/tickets/queue/{office.support.pk}/change/"
    )
