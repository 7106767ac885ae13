"""What one process changes of the rights, another sees with its next request; and two who take turns."""

from typing import Any

from django.db import connection

from tessera.accounts.models import Role, User
from tessera.lib.errors import Forbidden, Invalid
from tests.office import Office
from tests.people import administrator, grant
from tests.races.test_writers import at_once, open_office
from tickets import access, config, granting, holding
from tickets.access import Actor
from tickets.models import Grant

__all__ = ["open_office"]


def other_process(sql: str, *values: Any) -> None:
    """Run and commit a statement over another connection, which this process's caches know nothing of."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)

    at_once(run)


def test_what_another_process_changes_counts_with_the_next_request(open_office: Office) -> None:
    bob = User.objects.create_user("bob")
    support = open_office.support
    given = grant("agent", user=bob, queue=support)

    def may(right: str) -> bool:
        return access.may(Actor.of(User.objects.get(pk=bob.pk)), right, queue_id=support.pk)

    assert may("ModifyTicket")
    rights = ["ShowTicket"]
    other_process("UPDATE accounts_role SET rights = %s WHERE name = 'agent'", rights)
    assert (may("ModifyTicket"), may("ShowTicket")) == (False, True)
    other_process("DELETE FROM tickets_grant WHERE id = %s", given.pk)
    assert not may("ShowTicket")
    other_process(
        "INSERT INTO tickets_grant (role_id, user_id, ticket_role) "
        "SELECT id, %s, '' FROM accounts_role WHERE name = 'admin'",
        bob.pk,
    )
    assert may("DeleteTicket")


def test_two_administrators_cannot_end_each_others_grants_at_once(open_office: Office) -> None:
    root, ada = User.objects.get(username="root"), administrator("ada")
    grants = {user: Grant.objects.get(user=user) for user in (root, ada)}

    def end(grant: Grant, by: User) -> str:
        try:
            granting.end_grant(grant, actor=Actor.of(by))
        except Forbidden as refusal:
            return str(refusal.extra["right"])
        return "done"

    told = at_once(lambda: end(grants[ada], root), lambda: end(grants[root], ada))

    assert sorted(told) == ["SuperUser", "done"]
    assert holding.holders(config.fresh(), "SuperUser").count() == 1


def test_two_roles_cannot_come_to_inherit_each_other_at_once(open_office: Office) -> None:
    root = Actor.of(User.objects.get(username="root"))
    one, two = (granting.save_role(None, {"name": name}, actor=root) for name in ("one", "two"))

    def inherit(role: Role, name: str) -> str:
        try:
            granting.save_role(role, {"inherits": name}, actor=root)
        except Invalid:
            return "refused"
        return "done"

    told = at_once(lambda: inherit(one, "two"), lambda: inherit(two, "one"))

    assert sorted(told) == ["done", "refused"]
