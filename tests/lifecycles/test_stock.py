"""The lifecycles that are always there."""

from itertools import product
from typing import Any

import pytest

from lifecycles import machine
from lifecycles.definition import parse
from lifecycles.models import Lifecycle
from lifecycles.service import create, publish
from lifecycles.stock import DEFAULT, STOCK, SUPPORT_TICKET, make_stock_lifecycles
from tests.lifecycles.processes import PUBLISHED, parsed

CLASSIC_STATUSES = ("new", "open", "stalled", "resolved", "rejected", "deleted")


@pytest.mark.parametrize("raw", STOCK.values(), ids=list(STOCK))
def test_a_stock_lifecycle_has_no_fault_and_no_warning(raw: dict[str, Any]) -> None:
    result = parse(raw)
    assert (result.faults, result.warnings) == ((), ())


@pytest.mark.parametrize("name", ["default", "approvals"])
def test_the_classic_ones_lead_from_every_status_to_every_other(name: str) -> None:
    definition = parsed(STOCK[name])
    assert tuple(status.name for status in definition.statuses) == CLASSIC_STATUSES
    assert machine.start_statuses(definition) == ("new", "open", "resolved")
    assert definition.on_create == "new"
    for source, target in product(CLASSIC_STATUSES, repeat=2):
        assert len(machine.find(definition, source, target)) == (source != target)


def test_only_deleting_needs_more_than_modifying_by_default() -> None:
    definition = parsed(DEFAULT)
    for source in CLASSIC_STATUSES:
        for move in machine.moves(definition, source):
            right = "DeleteTicket" if move.target == "deleted" else "ModifyTicket"
            assert machine.needs(move) == machine.Needs(right)


SUPPORT = {
    ("new", "assigned"): ("assign", "agent"),
    ("assigned", "in_progress"): ("start_work", "agent"),
    ("in_progress", "escalated"): ("escalate", "agent"),
    ("in_progress", "pending_customer"): ("request_info", "agent"),
    ("in_progress", "resolved"): ("resolve", "agent"),
    ("resolved", "closed"): ("close", "agent"),
    ("pending_customer", "in_progress"): ("customer_reply", "customer"),
    ("closed", "new"): ("reopen", "customer"),
    ("escalated", "resolved"): ("resolve_escalated", "supervisor"),
}


def test_support_tickets_move_by_this_table_alone() -> None:
    definition = parsed(SUPPORT_TICKET)
    names = [status.name for status in definition.statuses]
    found = {
        (source, target): (move.transition.name, *machine.needs(move).roles)
        for source, target in product(names, repeat=2)
        for move in machine.find(definition, source, target)
    }
    assert found == SUPPORT
    assert all(not t.right for t in definition.transitions)


@pytest.mark.django_db
def test_migrating_makes_them_once_with_their_first_version() -> None:
    make_stock_lifecycles()
    rows = Lifecycle.objects.filter(name__in=STOCK).select_related("current")
    assert {row.name: row.current and row.current.definition for row in rows} == STOCK
    assert {row.versions.count() for row in rows} == {1}
    assert {row.current and row.current.creator for row in rows} == {None}


@pytest.mark.django_db
def test_what_an_administrator_published_over_one_stays() -> None:
    default = Lifecycle.objects.get(name="default")
    mine = publish(default, PUBLISHED, actor=None, note="ours")
    make_stock_lifecycles()
    default.refresh_from_db()
    assert default.current == mine


@pytest.mark.django_db
def test_an_administrators_lifecycle_of_that_name_is_left_alone() -> None:
    Lifecycle.objects.filter(name="incident").update(name="old incident")
    create("Incident", PUBLISHED, actor=None)
    make_stock_lifecycles()
    assert Lifecycle.objects.filter(name__iexact="incident").count() == 1
