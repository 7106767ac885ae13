"""Who passes the door before there are roles: superusers and the system."""

import pytest

from tessera.accounts.models import User
from tessera.accounts.stock import SYSTEM_USERNAME
from tessera.lib.errors import Forbidden, NotFound
from tests.office import Office
from tests.tickets.test_door import create
from tickets import access
from tickets.access import Actor


def test_a_stranger_sees_no_ticket_and_an_administrator_all(office: Office) -> None:
    ticket = create(office).ticket
    assert list(access.visible_to(Actor.of(office.ann))) == []
    assert [row.pk for row in access.visible_to(office.admin)] == [ticket.id]


def test_a_disabled_superuser_has_no_right(office: Office) -> None:
    user = User.objects.get(pk=office.admin.id)
    user.disabled = True
    assert not access.may(Actor.of(user), "ShowTicket")


def test_the_system_user_passes(office: Office) -> None:
    system = Actor.of(User.objects.get(username=SYSTEM_USERNAME))
    assert access.may(system, "ModifyTicket")
    ticket = create(office).ticket
    assert not access.may_own(system.person, office.admin.config, ticket)


def test_what_may_not_be_seen_is_not_found_and_what_may_not_be_done_forbidden(
    office: Office,
) -> None:
    ticket = create(office).ticket
    stranger = Actor.of(office.ann)
    with pytest.raises(NotFound):
        access.require(stranger, "ModifyTicket", ticket=ticket)
    with pytest.raises(Forbidden) as caught:
        access.require(stranger, "CreateTicket", queue_id=office.support.pk)
    assert caught.value.extra == {"right": "CreateTicket"}
