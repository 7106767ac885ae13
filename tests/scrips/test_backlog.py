"""What a claim, a sweep and a cap cost does not depend on how much waits."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from scrips import caps, claims, figures, sweeper
from scrips.models import Delivery, Host
from tessera.lib import clock
from tests.scrips.deliveries import make_hook, make_mail, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

BACKLOG = 100_000
# Pages of 8 KiB: what trees three levels deep take, whatever hangs on them.
CLAIM, SWEEP_A_HOST, LOOK = 90, 15, 12


def fill(ticket: Ticket, many: int, *, status: str = "pending") -> None:
    """So many deliveries that wait, or were sent: half for one host, the others for forty; a tenth are mails."""
    now = clock.now()
    with connection.cursor() as cursor:
        # What other tests took back lies about in the table still, and is read too.
        cursor.execute("TRUNCATE scrips_delivery CASCADE")
        # What is known to be right need not be looked up a hundred thousand times.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """
            INSERT INTO scrips_delivery (kind, status, ticket_id, transaction_id, scrip_id, scrip_version, payload,
                host, attempts, next_attempt_at, last_error, created_at, recorded)
            SELECT CASE WHEN n %% 10 = 0 THEN 'email' ELSE 'webhook' END, %(status)s, %(ticket)s, %(create)s,
                1, 1, '{}',
                CASE WHEN n %% 10 = 0 THEN '' WHEN n %% 2 = 0 THEN 'dead.example.com'
                    ELSE 'hook' || n %% 80 || '.example.com' END,
                0, %(now)s::timestamptz - n * interval '1 millisecond', '', %(now)s, false
            FROM generate_series(1, %(many)s) AS n
            """,
            {
                "ticket": ticket.pk,
                "create": ticket.transactions.get(seq=1).pk,
                "now": now,
                "many": many,
                "status": status,
            },
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE scrips_delivery")


def explained(sql: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The plan, carried out; what it changed is undone.

    At the second time: the first clears the indexes of what earlier tests undid.
    """
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        for _turn in range(2):
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", asked)
            (answer,) = cursor.fetchone()
            cursor.execute("ROLLBACK TO SAVEPOINT before")
    (plan,) = json.loads(answer) if isinstance(answer, str) else answer
    found: dict[str, Any] = plan["Plan"]
    return found


def buffers(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def read_whole(plan: dict[str, Any]) -> set[str]:
    """The tables that are read from end to end."""
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


def asked(**which: Any) -> dict[str, Any]:
    now = clock.now()
    lease = now + timedelta(minutes=1)
    fixed = {
        "lease": lease,
        "places": [1, 2, 3, 4],
        "probe": False,
        "mail": None,
        "now": now,
        "worker": None,
    }
    return fixed | {"mails": 200, "hooks": 4, "most": 1000} | which


@pytest.mark.parametrize("many", [100, BACKLOG])
def test_a_claim_costs_the_same_whatever_waits(many: int) -> None:
    ticket = make_ticket()
    fill(ticket, many)
    mine = make_hook("https://dead.example.com/", ticket=ticket)
    by_id = explained(claims._THIS, asked(id=mine.pk))
    following = explained(claims.NEXT, asked(kind="webhook", host="dead.example.com", slot=1))
    for plan in (by_id, following):
        assert plan["Actual Rows"] == 1
        assert buffers(plan) <= CLAIM
        if many == BACKLOG:
            assert "scrips_delivery" not in read_whole(plan)


def test_a_round_of_the_sweep_costs_what_there_are_hosts() -> None:
    ticket = make_ticket()
    fill(ticket, BACKLOG)
    plan = explained(sweeper._DUE, asked())
    places, mails = 1 + 1 + 40, 200  # the mail server, the dead one and the others
    assert plan["Actual Rows"] == mails + 4 * (places - 1)
    assert buffers(plan) <= SWEEP_A_HOST * places + 2 * mails
    assert "scrips_delivery" not in read_whole(plan)


def test_figures_of_what_was_not_sent_read_none_of_what_was() -> None:
    ticket = make_ticket()
    fill(ticket, BACKLOG, status="sent")
    for statement in (figures._STANDINGS, figures._PLACES):
        plan = explained(statement, {"most": figures.MOST})
        assert "scrips_delivery" not in read_whole(plan)
        # By the status: whoever walks by the number comes past everything that was ever sent.
        assert "scrips_delivery_pkey" not in {node.get("Index Name") for node in nodes(plan)}


def test_a_host_that_is_left_alone_hides_nothing_however_much_waits_for_it() -> None:
    ticket = make_ticket()
    fill(ticket, BACKLOG)
    later = clock.now() + timedelta(minutes=5)
    Host.objects.create(
        name="dead.example.com",
        opened_at=clock.now(),
        probe_at=later,
        last_failure_at=clock.now(),
    )
    Delivery.objects.filter(kind="email").update(next_attempt_at=later)
    mine = make_hook("https://fine.example.com/", ticket=ticket)
    with connection.cursor() as cursor:
        cursor.execute(sweeper._DUE, asked())
        due = [number for number, *_place in cursor.fetchall()]
    told = Delivery.objects.filter(pk__in=due)
    assert mine.pk in due
    assert not told.filter(host="dead.example.com").exists()
    assert len(due) == 4 * 40 + 1


@pytest.mark.parametrize("many", [100, BACKLOG])
def test_counting_towards_a_cap_costs_what_one_address_was_sent(many: int) -> None:
    ticket = make_ticket()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """
            INSERT INTO scrips_mailing (delivery_id, ticket_id, address, at)
            SELECT n, n %% 1000, 'a' || n || '@example.com', %s FROM generate_series(1, %s) AS n
            """,
            [clock.now(), many],
        )
        cursor.execute(
            """
            INSERT INTO scrips_mailing (delivery_id, ticket_id, address, at)
            SELECT -n, %s, 'ann@example.com', %s::timestamptz - n * interval '1 minute' FROM generate_series(1, 9) AS n
            """,
            [ticket.pk, clock.now()],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE scrips_mailing")
    mail = make_mail(ticket=ticket)
    counted, let = caps._lately(mail, ["ann@example.com"], clock.now(), together=False)
    assert (len(counted["ann@example.com"]), let) == (9, frozenset())
    now = clock.now()
    plan = explained(
        caps._LATELY,
        {
            "ticket": ticket.pk,
            "addresses": ["ann@example.com"],
            "since": now - timedelta(hours=10),
            "at": now,
            "delivery": mail.pk,
        },
    )
    assert plan["Actual Rows"] == 9
    assert buffers(plan) <= LOOK
