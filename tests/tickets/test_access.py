"""Who may do what, and who passes the door."""

from typing import Any

import pytest
from django.db import connection

from tessera.accounts.models import Group, Role, User
from tessera.accounts.stock import SYSTEM_USERNAME
from tessera.lib.errors import Forbidden, NotFound
from tests.office import Office
from tests.people import grant, holder
from tests.tickets.test_door import create
from tickets import access, granting, holding, seen
from tickets.access import Actor
from tickets.models import Grant, Ticket
from tickets.state import TicketState


def ticket_of(office: Office, **values: Any) -> TicketState:
    return create(office, **values).ticket


def person(name: str = "bob", email: str = "Bob@Example.com") -> User:
    return User.objects.create_user(name, email=email)


def seen_by(user: User) -> list[int]:
    return sorted(access.visible_to(Actor.of(user)).values_list("pk", flat=True))


def test_a_stranger_sees_no_ticket_and_an_administrator_all(office: Office) -> None:
    ticket = ticket_of(office)
    assert list(access.visible_to(Actor.of(office.ann))) == []
    assert [row.pk for row in access.visible_to(office.admin)] == [ticket.id]


def test_a_disabled_administrator_has_no_right(office: Office) -> None:
    user = User.objects.get(pk=office.admin.id)
    ticket = ticket_of(office, requestors=[user.email], owner_id=user.pk)
    user.disabled = True
    disabled = Actor.of(user)

    assert not access.may(disabled, "ShowTicket")
    assert not access.may(disabled, "ShowTicket", ticket=ticket)
    assert not access.visible_to(disabled).exists()
    assert not access.visible_log(disabled).exists()
    assert holding.reasons(disabled, ticket=ticket) == {}


def test_the_system_user_passes_and_owns_nothing(office: Office) -> None:
    system = Actor.of(User.objects.get(username=SYSTEM_USERNAME))
    assert access.may(system, "ModifyTicket")
    assert not access.may_own(system.person, office.admin.config, ticket_of(office))


def test_the_system_user_may_be_granted_less(office: Office) -> None:
    Grant.objects.filter(user__username=SYSTEM_USERNAME).delete()
    assert not access.may(Actor.of(User.objects.get(username=SYSTEM_USERNAME)), "ModifyTicket")


def test_what_may_not_be_seen_is_not_found_and_what_may_not_be_done_forbidden(
    office: Office,
) -> None:
    ticket = ticket_of(office)
    stranger = Actor.of(office.ann)
    with pytest.raises(NotFound):
        access.require(stranger, "ModifyTicket", ticket=ticket)
    with pytest.raises(Forbidden) as caught:
        access.require(stranger, "CreateTicket", queue_id=office.support.pk)
    assert caught.value.extra == {"right": "CreateTicket"}


# Where a grant counts.
@pytest.mark.parametrize("through", ["user", "group", "everyone"])
def test_a_grant_on_a_queue_counts_there_alone(office: Office, through: str) -> None:
    bob, group = person(), Group.objects.create(name="helpdesk")
    group.members.add(bob)
    known: dict[str, dict[str, Any]] = {"user": {"user": bob}, "group": {"group": group}}
    to = known.get(through, {"ticket_role": through})
    grant("agent", queue=office.support, **to)
    here, there = ticket_of(office), ticket_of(office, queue_id=office.other.pk)

    actor = Actor.of(User.objects.get(pk=bob.pk))

    assert access.may(actor, "ModifyTicket", ticket=here)
    assert access.may(actor, "ModifyTicket", queue_id=office.support.pk)
    assert not access.may(actor, "ModifyTicket", ticket=there)
    assert not access.may(actor, "ModifyTicket")
    assert seen_by(bob) == [here.id]
    assert access.queues_with(actor, "SeeQueue") == {office.support.pk}
    assert access.anywhere(actor, "ModifyTicket")
    assert not access.anywhere(actor, "DeleteTicket")
    assert access.sees_queue(actor, office.support.pk)
    assert not access.sees_queue(actor, office.other.pk)


def test_super_user_on_one_queue_is_everything_there_alone(office: Office) -> None:
    king = Actor.of(holder("king", "SuperUser", queue=office.support))
    here, there = ticket_of(office), ticket_of(office, queue_id=office.other.pk)

    assert access.may(king, "WhateverALifecycleNames", ticket=here)
    assert access.held_on(king, here).has_role(["supervisor"])
    assert not access.may(king, "ShowTicket", ticket=there)
    assert not access.held_on(king, there).has_role(["supervisor"])
    assert not access.may(king, "AdminUsers")
    assert [row.pk for row in access.visible_to(king, "DeleteTicket")] == [here.id]


# Being something on a ticket.
@pytest.mark.parametrize(
    ("role", "field"), [("requestor", "requestors"), ("cc", "cc"), ("admin_cc", "admin_cc")]
)
@pytest.mark.parametrize("written", ["bob@example.com", "BOB@EXAMPLE.COM", "bob@Example.com"])
def test_who_has_the_address_is_what_it_is_on_the_ticket_in_any_case(
    office: Office, role: str, field: str, written: str
) -> None:
    if role != "requestor":
        grant("customer", ticket_role=role)
    bob = person()
    mine = ticket_of(office, **{field: [written, "eve@example.com"]})
    ticket_of(office, **{field: ["eve@example.com"]})

    assert access.ticket_roles_of(Actor.of(bob).person, mine) == (role,)
    assert access.may(Actor.of(bob), "ReplyToTicket", ticket=mine)
    assert not access.may(Actor.of(bob), "ModifyTicket", ticket=mine)
    assert seen_by(bob) == [mine.id]


def test_who_has_no_address_is_no_watcher(office: Office) -> None:
    ghost = person("ghost", "")
    ticket = ticket_of(office, requestors=["bob@example.com"])
    assert access.ticket_roles_of(Actor.of(ghost).person, ticket) == ()
    assert seen_by(ghost) == []


def test_a_part_of_an_address_is_not_the_address(office: Office) -> None:
    ticket_of(office, requestors=["bob@example.com.au", "xbob@example.com"])
    assert seen_by(person()) == []


def test_an_owner_holds_what_owners_were_granted(office: Office) -> None:
    grant("agent", ticket_role="owner", queue=office.support)
    mine = ticket_of(office, owner_id=office.ann.pk)
    elsewhere = ticket_of(office, queue_id=office.other.pk, owner_id=office.ann.pk)
    ticket_of(office)

    assert access.may(Actor.of(office.ann), "ModifyTicket", ticket=mine)
    assert not access.may(Actor.of(office.ann), "ShowTicket", ticket=elsewhere)
    assert seen_by(office.ann) == [mine.id]


def test_what_one_is_in_several_ways_adds_up_and_no_ticket_comes_twice(office: Office) -> None:
    bob = person()
    grant("agent", user=bob, queue=office.support)
    grant("supervisor", ticket_role="cc", queue=office.other)
    grant("customer", ticket_role="owner")
    both = {"requestors": [bob.email], "cc": [bob.email], "owner_id": bob.pk}
    ids = [
        ticket_of(office, **both).id,
        ticket_of(office, queue_id=office.other.pk, requestors=[bob.email], cc=[bob.email]).id,
        ticket_of(office, queue_id=office.incidents.pk, requestors=[bob.email]).id,
    ]
    ticket_of(office, queue_id=office.incidents.pk, cc=[bob.email])

    assert seen_by(bob) == ids
    deletable = access.visible_to(Actor.of(bob), "DeleteTicket")
    assert [row.pk for row in deletable] == [ids[1]]


def test_many_watched_tickets_are_found_as_few_are(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = person()
    ids = [ticket_of(office, requestors=[bob.email], cc=[bob.email]).id for _ in range(3)]
    ticket_of(office)
    named = seen_by(bob)
    monkeypatch.setattr(access, "_NAMED", 2)
    few = seen_by(bob)
    monkeypatch.setattr(access, "_FEW", 2)
    assert named == few == seen_by(bob) == ids
    among = access.visible_to(Actor.of(bob), among=[ids[0], 987654321])
    assert [row.pk for row in among] == ids[:1]


def test_the_question_asked_of_one_ticket_and_of_all_has_one_answer(office: Office) -> None:
    """`may` and `visible_to` agree, whatever somebody is and holds."""
    group = Group.objects.create(name="helpdesk")
    people = [person(), person("eve", "eve@example.com"), office.ann, holder("clerk", "AdminUsers")]
    group.members.add(people[1])
    grant("agent", group=group, queue=office.other)
    grant("customer", ticket_role="cc", queue=office.support)
    grant("supervisor", ticket_role="owner")
    grant("customer", ticket_role="everyone", queue=office.incidents)
    Grant.objects.create(role=Role.objects.get(name="owners"), user=people[0])
    tickets = [
        ticket_of(office, queue_id=queue.pk, owner_id=owner, **watchers)
        for queue in (office.support, office.other, office.incidents)
        for owner in (None, office.ann.pk, people[0].pk)
        for watchers in ({}, {"requestors": ["bob@example.com"]}, {"cc": ["Eve@example.com"]})
    ]
    for user in people:
        actor = Actor.of(User.objects.get(pk=user.pk))
        for right in ("ShowTicket", "ShowTicketComments", "DeleteTicket", "OwnTicket"):
            one_by_one = [each.id for each in tickets if access.may(actor, right, ticket=each)]
            found = access.visible_to(actor, right).order_by("pk")
            assert list(found.values_list("pk", flat=True)) == one_by_one
        unseen = {each.id for each in tickets if not access.may(actor, "ShowTicket", ticket=each)}
        assert seen.unseen(actor, [each.id for each in tickets]) == unseen


# Who holds it, and why.
def test_holders_are_those_who_may(office: Office) -> None:
    group = Group.objects.create(name="helpdesk")
    bob, eve = person(), person("eve", "Eve@example.com")
    gone = User.objects.create_user("gone", email="gone@example.com", disabled=True)
    group.members.add(eve, gone)
    grant("agent", group=group, queue=office.support)
    grant("agent", user=bob)
    ticket = ticket_of(office, requestors=["ANN@example.com"], owner_id=office.ann.pk)
    config = Actor.of(bob).config

    def names(right: str, **place: Any) -> set[str]:
        return {user.username for user in holding.holders(config, right, **place)}

    assert names("ModifyTicket") == {"root", "bob"}
    assert names("ModifyTicket", queue_id=office.support.pk) == {"root", "bob", "eve"}
    assert names("ReplyToTicket", queue_id=office.support.pk, ticket=ticket) == {
        *("root", "bob", "eve", "ann")
    }
    assert names("SuperUser") == {"root"}
    assert names("NoSuchRight") == {"root"}


@pytest.mark.parametrize("role", ["owner", "requestor", "cc", "admin_cc", "everyone"])
def test_holders_of_a_ticket_are_those_whom_may_names(office: Office, role: str) -> None:
    Grant.objects.exclude(role__name="admin").delete()
    grant("agent", ticket_role=role)
    grant("agent", ticket_role="owner", queue=office.other)
    person()
    root = User.objects.get(username="root")
    watching = {"requestors": ["BOB@example.com"], "cc": ["ann@example.com"], "admin_cc": []}
    ticket = create(office, **watching, owner_id=root.pk).ticket
    config = Actor.of(root).config

    found = holding.holders(config, "ModifyTicket", queue_id=ticket.queue_id, ticket=ticket)

    assert set(found) == {
        user
        for user in User.objects.filter(kind=User.Kind.PERSON)
        if access.may(Actor.of(user), "ModifyTicket", ticket=ticket)
    }
    nobody = create(office, requestors=[]).ticket
    unowned = holding.holders(config, "ModifyTicket", queue_id=nobody.queue_id, ticket=nobody)
    assert (unowned.count() > 1) is (role == "everyone")


def test_reasons_name_the_grant_that_gives_each_right(office: Office) -> None:
    bob = person()
    own = grant("agent", user=bob, queue=office.support)
    asks = Grant.objects.get(ticket_role="requestor")
    ticket = ticket_of(office, queue_id=office.other.pk, requestors=[bob.email])
    actor = Actor.of(bob)

    here = holding.reasons(actor, queue_id=office.support.pk)
    there = holding.reasons(actor, ticket=ticket)

    assert {right: each.id for right, each in here.items()} == dict.fromkeys(
        sorted(Role.objects.get(name="agent").rights), own.pk
    )
    assert {each.id for each in there.values()} == {asks.pk}
    assert holding.reasons(actor) == {}
    everything = holding.reasons(Actor.of(User.objects.get(username="root")))
    assert everything.keys() == holding.known_rights(actor.config)
    for place in ({"queue_id": office.support.pk}, {"ticket": ticket}, {}):
        for right in holding.known_rights(actor.config):
            told: Any = place
            assert (right in holding.reasons(actor, **told)) is access.may(actor, right, **told)


# What can't be.
def test_roles_that_inherit_each_other_hang_nothing(office: Office) -> None:
    """No door lets it in; a row written by hand might."""
    one = Role.objects.create(name="one", rights=["ShowTicket"])
    two = Role.objects.create(name="two", rights=["Watch"], inherits=one)
    Role.objects.filter(pk=one.pk).update(inherits=two)
    bob = person()
    grant("one", user=bob)
    root = Actor.of(User.objects.get(username="root"))

    assert {right for right in ("ShowTicket", "Watch") if access.may(Actor.of(bob), right)} == {
        *("ShowTicket", "Watch")
    }
    three = granting.save_role(None, {"name": "three", "inherits": "one"}, actor=root)
    granting.save_role(two, {"inherits": None}, actor=root)
    assert (three.inherits, Role.objects.get(name="two").inherits) == (one, None)


def test_a_member_is_what_his_group_is_from_the_moment_that_he_is_loaded(office: Office) -> None:
    bob, group = person(), Group.objects.create(name="helpdesk")
    grant("agent", group=group)
    assert not access.may(Actor.of(User.objects.get(pk=bob.pk)), "ModifyTicket")
    group.members.add(bob)
    assert access.may(Actor.of(User.objects.get(pk=bob.pk)), "ModifyTicket")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_group_members")
    assert not access.may(Actor.of(User.objects.get(pk=bob.pk)), "ModifyTicket")
    assert Ticket.objects.count() == 0
