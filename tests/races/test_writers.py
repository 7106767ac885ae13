"""Two at once, and the process that dies half way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from scrips.service import save_scrip
from tessera.lib.errors import Busy, VersionConflict
from tests.office import Office, make_office
from tests.tickets.test_door import create, faults
from tests.tickets.test_preview import tables
from tickets import service
from tickets.models import Transaction


@pytest.fixture
def open_office(transactional_db: None) -> Office:
    """The office, committed: other connections see it."""
    return make_office()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with a connection of its own, all let go together."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=60)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result(timeout=120) for done in [pool.submit(run, act) for act in acts]]


def test_two_writers_on_one_ticket_leave_a_gapless_chain_and_lose_nothing(
    open_office: Office,
) -> None:
    office = open_office
    ticket = create(office).ticket

    def write(name: str) -> Callable[[], None]:
        def act() -> None:
            for number in range(15):
                message = {"type": "comment", "content": f"{name}{number}"}
                service.apply(ticket.id, {"message": message}, actor=office.admin)

        return act

    at_once(write("a"), write("b"))
    rows = Transaction.objects.filter(ticket=ticket.id).order_by("seq")
    assert list(rows.values_list("seq", flat=True)) == list(range(1, 32))
    assert faults() == []


def test_verify_calls_no_change_a_fault_that_is_made_while_it_looks(open_office: Office) -> None:
    office = open_office
    ticket = create(office).ticket
    made: list[Any] = []

    def change_before_the_log_is_read(execute: Any, sql: str, *rest: Any) -> Any:
        if 'FROM "tickets_transaction"' in sql and not made:
            act = partial(service.apply, ticket.id, {"priority": 50}, actor=office.admin)
            made.extend(at_once(act))
        return execute(sql, *rest)

    with connection.execute_wrapper(change_before_the_log_is_read):
        assert faults() == []
    assert made


def test_crossing_links_neither_deadlock_nor_get_lost(open_office: Office) -> None:
    office = open_office
    one, two = create(office).ticket.id, create(office).ticket.id

    def link(here: int, there: int, directions: list[str]) -> Callable[[], None]:
        def act() -> None:
            for direction in directions:
                links: dict[str, list[int]] = {direction: [there]}
                service.apply(here, {"links": links}, actor=office.admin)
                service.apply(here, {"links": {direction: []}}, actor=office.admin)

        return act

    at_once(
        link(one, two, ["refers_to", "parents"] * 4), link(two, one, ["depends_on", "parents"] * 4)
    )
    assert faults() == []


def test_one_of_two_with_the_same_version_wins(open_office: Office) -> None:
    office = open_office
    ticket = create(office).ticket

    def set_priority(value: int) -> Callable[[], str]:
        def act() -> str:
            try:
                service.apply(ticket.id, {"priority": value}, actor=office.admin, version=1)
            except VersionConflict:
                return "conflict"
            return "done"

        return act

    assert sorted(at_once(set_priority(1), set_priority(2))) == ["conflict", "done"]


def test_a_preview_does_not_wait_long_for_a_held_ticket_and_says_busy(open_office: Office) -> None:
    office = open_office
    ticket = create(office).ticket

    def attempt() -> str:
        try:
            service.preview(ticket.id, {"priority": 1}, actor=office.admin)
        except Busy:
            return "busy"
        return "done"

    with transaction.atomic():
        service.apply(ticket.id, {"priority": 5}, actor=office.admin)
        assert at_once(attempt) == ["busy"]
    assert at_once(attempt) == ["done"]


class Crash(BaseException):
    """What a killed process looks like from inside."""


def test_a_crash_before_any_statement_leaves_nothing_half_done(open_office: Office) -> None:
    office = open_office
    save_scrip(
        None,
        {
            "name": "hook",
            "condition_type": "OnStatusChange",
            "action_type": "Webhook",
            "action_config": {"url": "https://hooks.example.com/"},
        },
        actor=office.admin,
    )
    friend, ticket = create(office).ticket, create(office).ticket
    change = {
        "status": "open",
        "requestors": ["a@x.org"],
        "links": {"refers_to": [friend.id]},
        "message": {"type": "comment", "content": "x"},
    }
    before = tables()
    for crash_at in count():
        seen = iter(range(10_000))

        def killed(execute: Any, *args: Any, at: int = crash_at, seen: Any = seen) -> Any:
            if next(seen) == at:
                raise Crash
            return execute(*args)

        try:
            with connection.execute_wrapper(killed):
                service.apply(ticket.id, change, actor=office.admin)
        except Crash:
            assert tables() == before
        else:
            break
    assert crash_at > 5
    assert faults() == []


def test_changed_rules_are_seen_by_the_next_unit_of_work_of_another_connection(
    open_office: Office,
) -> None:
    office = open_office
    given: dict[str, Any] = {
        "name": "note",
        "condition_type": "OnCreate",
        "action_type": "AddComment",
        "action_config": {"content": "one"},
    }
    rule = save_scrip(None, given, actor=office.admin)
    (first,) = at_once(lambda: create(office))
    assert [text.content for text in first.texts.values()] == ["one"]
    save_scrip(rule, {"action_config": {"content": "two"}}, actor=office.admin)
    (second,) = at_once(lambda: create(office))
    assert [text.content for text in second.texts.values()] == ["two"]
