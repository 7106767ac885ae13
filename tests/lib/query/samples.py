"""A ticket's facts and a vocabulary for the tests of queries."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tessera.lib.query.evaluate import evaluate
from tessera.lib.query.facts import Event, Person, QueryFacts
from tessera.lib.query.rules import parse_rules
from tessera.lib.query.verdict import Verdict
from tessera.lib.query.vocabulary import CustomField, Vocabulary

ANN = Person(1, "ann", "Ann@example.com", "Ann Lee")
BOB = Person(2, "bob", "bob@example.com", "Bob Ray")
SYSTEM = Person(9, "system", "")
CUSTOMER = Person(None, "", "carl@customer.example")

VOCABULARY = Vocabulary(
    (
        CustomField("severity", "SelectSingle", "Severity", frozenset(("Support",))),
        CustomField("tags", "SelectMulti", "Tags", frozenset(("Support", "Sales"))),
        CustomField("cost", "Decimal", "Cost", frozenset(("Sales",))),
        CustomField("seats", "Integer", "Seats", frozenset(("Sales",))),
        CustomField("start_day", "Date", "Start day", frozenset(("Sales",))),
        CustomField("seen_at", "DateTime", "Seen at", frozenset(("Sales",))),
        CustomField("vip", "Boolean", "VIP", frozenset(("Sales",))),
        CustomField("approver", "User", "Approver", frozenset(("Sales",))),
        CustomField("sales_note", "Freeform", "Note", frozenset(("Sales",))),
        CustomField("support_note", "Freeform", "Note", frozenset(("Support",))),
    ),
    condition=True,
)

LOG = (
    Event("Create", None, (), (), "It burns", ANN, datetime(2025, 3, 3, 23, 30, tzinfo=UTC)),
    Event("Comment", None, (), (), "Looking", BOB, datetime(2025, 3, 4, 9, 0, tzinfo=UTC)),
)

FACTS = QueryFacts(
    id=12,
    subject="Drucker brennt in STRASSE 5",
    queue_id=3,
    queue_name="Support",
    status="open",
    status_kind="active",
    lifecycle="default",
    priority=80,
    now=datetime(2025, 3, 5, 12, 0, tzinfo=UTC),  # a Wednesday
    zone=ZoneInfo("Europe/Berlin"),
    created_at=datetime(2025, 3, 3, 23, 30, tzinfo=UTC),  # 00:30 on the 4th in Berlin
    updated_at=datetime(2025, 3, 5, 11, 0, tzinfo=UTC),
    owner=None,
    creator=ANN,
    last_updated_by=BOB,
    watchers={"requestor": (ANN, CUSTOMER), "cc": (BOB,)},
    custom_fields={
        "severity": ("high",),
        "tags": ("Red", "blue"),
        "cost": ("12.50",),
        "seats": (9,),
        "start_day": ("2025-03-04",),
        "seen_at": ("2025-03-04T08:00:00Z",),
        "vip": (True,),
        "approver": ("bob",),
        "sales_note": ("from sales",),
    },
    links={"depends_on": frozenset((7,)), "children": frozenset((20, 21))},
    log=lambda: LOG,
    transaction=Event("Set", "priority", (20,), (80,), None, ANN),
    actor=ANN,
    caller=BOB,
)


def verdict(rules: object, changed: Mapping[str, Any] | None = None) -> Verdict:
    """Of the rules over the sample ticket, with some facts changed."""
    return evaluate(parse_rules(rules, VOCABULARY), replace(FACTS, **(changed or {})))


def holds(field: str, op: str, value: object = None, **changed: Any) -> bool:
    """Whether one rule holds for the sample ticket."""
    return verdict({"all": [{"field": field, "op": op, "value": value}]}, changed).holds
