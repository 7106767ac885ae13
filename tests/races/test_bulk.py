"""Two bulk changes at once, and one that two workers have in hand."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tessera.accounts.models import ApiToken, User
from tessera.lib.errors import Throttled
from tests.api.caller import Caller
from tests.office import Office, make_office
from tests.races.test_writers import at_once
from tests.tickets.test_door import create, faults
from tickets import bulk, turns
from tickets.bulk import Order
from tickets.models import BulkChange, Transaction

COMMENT = {"message": {"type": "comment", "content": "x"}}


@pytest.fixture
def open_office(transactional_db: None) -> Office:
    """The office, committed: other connections see it."""
    return make_office()


def test_two_workers_on_one_bulk_change_make_each_change_once(
    open_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_office
    monkeypatch.setattr(turns, "LEASE", timedelta(0))  # each takes the other's for dead
    ids = [create(office).ticket.id for _ in range(30)]
    made = bulk.start(ids, Order(COMMENT), actor=office.admin)

    at_once(*[lambda: bulk.carry_out(made.pk)] * 2)
    bulk.carry_out(made.pk)

    comments = Transaction.objects.filter(type="Comment").values_list("ticket_id", flat=True)
    assert Counter(comments) == dict.fromkeys(ids, 1)
    done = BulkChange.objects.get()
    assert (done.status, done.done, done.failed) == ("done", 30, 0)
    assert faults() == []


def test_two_requests_over_the_same_tickets_wait_for_each_other_and_not_in_a_circle(
    open_office: Office,
) -> None:
    office = open_office
    api = Caller(ApiToken.issue(User.objects.get(pk=office.admin.id)))
    ids = [create(office).ticket.id for _ in range(20)]

    def change(order: list[int], key: str) -> Callable[[], Any]:
        # Under a key all of a request is one transaction, which holds its locks to the end.
        body = {"ids": order, "changes": COMMENT}
        return lambda: api.post("/api/tickets/bulk", body, Idempotency_Key=key).json()["results"]

    answers = at_once(change(ids, "a"), change(ids[::-1], "b"))

    assert [["error" in each for each in results] for results in answers] == [[False] * 20] * 2
    assert [[each["ticket_id"] for each in results] for results in answers] == [ids, ids[::-1]]


def test_of_many_begun_at_once_no_more_than_a_few_of_a_person_run(open_office: Office) -> None:
    office = open_office
    ids = [create(office).ticket.id]

    def begin() -> bool:
        try:
            bulk.start(ids, Order(COMMENT), actor=office.admin)
        except Throttled:
            return False
        return True

    begun = at_once(*[begin] * (bulk.MOST_RUNNING + 4))

    assert (sum(begun), BulkChange.objects.count()) == (bulk.MOST_RUNNING, bulk.MOST_RUNNING)
