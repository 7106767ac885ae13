"""What a query means for one ticket in memory."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tessera.lib.query.facts import Event, Person
from tests.lib.query.samples import ANN, BOB, CUSTOMER, FACTS, LOG, SYSTEM, holds, verdict

TRUE = [
    ("Subject", "=", "drucker BRENNT in straße 5"),
    ("Subject", "LIKE", "Straße"),
    ("Subject", "NOT LIKE", "%"),
    ("Subject", "STARTSWITH", "druck"),
    ("Subject", "ENDSWITH", "e 5"),
    ("Subject", "NOT ENDSWITH", "6"),
    ("subject", "IN", ["x", "Drucker brennt in Strasse 5"]),
    ("Queue", "=", "support"),
    ("Queue", "=", 3),
    ("Queue", "!=", "30"),
    ("Queue", "LIKE", "supp"),
    ("Status", "=", "OPEN"),
    ("Status", "=", "__Active__"),
    ("Status", "!=", "__inactive__"),
    ("Status", "NOT IN", ["__Inactive__", "new"]),
    ("Status", "!=", "__Initial__"),
    ("Lifecycle", "=", "Default"),
    ("Priority", ">", 50),
    ("Priority", ">=", "80"),
    ("Priority", "=", "80.0"),
    ("Priority", "IN", ["5", 80]),
    ("Priority", "<", "100"),
    ("id", "=", 12),
    ("Due", "IS NULL", None),
    ("Due", "!=", "today"),
    ("Owner", "IS NULL", None),
    ("Owner", "=", "nobody"),
    ("Owner", "!=", "ann"),
    ("Owner", "NOT LIKE", "a"),
    ("Owner", "IN", ["Nobody", "ann"]),
    ("Creator", "=", "ANN"),
    ("Creator.EmailAddress", "=", "ann@EXAMPLE.com"),
    ("Creator", "!=", "Nobody"),
    ("LastUpdatedBy", "=", "__CurrentUser__"),
    ("LastUpdatedBy.Name", "LIKE", "o"),
    ("UpdatedBy", "=", "ann"),
    ("UpdatedBy", "!=", "carl"),
    ("Requestor", "=", "CARL@customer.example"),
    ("Requestors.Name", "=", "ann"),
    ("Requestor", "!=", "bob@example.com"),
    ("Cc", "=", "__CurrentUser__"),
    ("AdminCc", "IS NULL", None),
    ("AdminCc", "=", "Nobody"),
    ("Watcher", "LIKE", "customer"),
    ("CF.severity", "=", "HIGH"),
    ("CF.{Severity}", "=", "high"),
    ("CF.Support.{severity}", "=", "high"),
    ("CF.tags", "=", "blue"),
    ("CF.tags", "!=", "green"),
    ("CF.tags", "LIKE", "re"),
    ("CF.tags", "NOT IN", ["green", "black"]),
    ("CF.cost", ">", "9"),
    ("CF.cost", "=", 12.5),
    ("CF.seats", "<", "10"),
    ("CF.start_day", "=", "2025-03-04"),
    ("CF.start_day", "<", "today"),
    ("CF.start_day", "<=", "2025-03-04"),
    ("CF.seen_at", "=", "yesterday"),
    ("CF.seen_at", ">", "2025-03-04"),
    ("CF.seen_at", "=", "2025-03-04T09:00"),
    ("CF.vip", "=", True),
    ("CF.vip", "=", "yes"),
    ("CF.vip", "!=", "no"),
    ("CF.approver", "=", "__CurrentUser__"),
    ("CF.approver", "LIKE", "BO"),
    ("CF.Note", "=", "from sales"),
    ("CF.Note", "!=", "from support"),
    ("CF.Support.{Note}", "IS NULL", None),
    ("CF.Support.{Note}", "!=", "from sales"),
    ("Created", "=", "2025-03-04"),
    ("Created", ">", "2025-03-04"),
    ("Created", "<", "2025-03-04T01:00"),
    ("Created", "=", "2025-03-04T00:30"),
    ("Created", "=", "2025-03-03T23:30Z"),
    ("Created", ">", "2 days ago"),
    ("Created", "IN", ["today", "2025-03-04"]),
    ("LastUpdated", "=", "today"),
    ("LastUpdated", "<", "now"),
    ("LastUpdated", ">", {"field": "Created"}),
    ("Started", "!=", {"field": "Created"}),
    ("Creator", "=", {"field": "Actor"}),
    ("CF.approver", "=", {"field": "LastUpdatedBy"}),
    ("Priority", "=", {"field": "Transaction.NewValue"}),
    ("DependsOn", "=", 7),
    ("LinkedTo", "!=", 8),
    ("LinkedTo", "=", 7),
    ("LinkedFrom", "=", "21"),
    ("Child", "=", 20),
    ("Parent", "IS NULL", None),
    ("MemberOf", "!=", 20),
    ("TransactionType", "=", "comment"),
    ("TransactionType", "!=", "Comment"),
    ("TransactionCreator", "=", "bob"),
    ("Content", "LIKE", "BURNS"),
    ("Updated", "<", "2025-03-04T01:00"),
    ("TransactionDate", "=", "yesterday"),
    ("Transaction.Type", "=", "set"),
    ("Transaction.Field", "=", "priority"),
    ("Transaction.OldValue", "<", 50),
    ("Transaction.NewValue", ">", "9"),
    ("Transaction.NewValue", "=", "80"),
    ("Transaction.NewValue", "LIKE", "8"),
    ("Transaction.Creator", "=", "ann"),
    ("Transaction.Content", "IS NULL", None),
    ("Actor", "=", "ann"),
    ("Actor", "!=", "__CurrentUser__"),
]
FALSE = [
    ("Subject", "LIKE", "d_ucker"),
    ("Subject", "IS NULL", None),
    ("Queue", "=", "12"),
    ("Status", "=", "__Inactive__"),
    ("Priority", ">", 80),
    ("Due", "<", "now"),
    ("Due", ">", "now"),
    ("Due", "=", "today"),
    ("Owner", "=", "ann"),
    ("Owner", "LIKE", ""),
    ("Owner", "!=", "Nobody"),
    ("Owner", "NOT IN", ["Nobody", "ann"]),
    ("Owner", "=", "__CurrentUser__"),
    ("Requestor", "!=", "ann@example.com"),
    ("Requestor", "=", "ann"),
    ("Watcher", "=", "nobody"),
    ("CF.tags", "!=", "red"),
    ("CF.tags", "NOT LIKE", "lu"),
    ("CF.tags", "IS NULL", None),
    ("CF.cost", "<", "9"),
    ("CF.start_day", ">", "2025-03-04"),
    ("CF.Note", "!=", "from sales"),
    ("Created", "=", "2025-03-03"),
    ("Created", "<", "2025-03-04"),
    ("Started", "=", {"field": "Created"}),
    ("DependsOn", "=", 8),
    ("LinkedTo", "!=", 7),
    ("Content", "=", "burns"),
    ("Transaction.Creator", "=", "bob"),
]


@pytest.mark.parametrize(("field", "op", "value"), TRUE)
def test_rule_holds(field: str, op: str, value: object) -> None:
    assert holds(field, op, value)


@pytest.mark.parametrize(("field", "op", "value"), FALSE)
def test_rule_does_not_hold(field: str, op: str, value: object) -> None:
    assert not holds(field, op, value)


def test_log_fields_in_one_group_speak_of_one_transaction() -> None:
    by_bob = {"field": "TransactionCreator", "op": "=", "value": "bob"}
    created = {"field": "TransactionType", "op": "=", "value": "Create"}
    assert not verdict({"all": [by_bob, created]}).holds
    looking = {"field": "Content", "op": "LIKE", "value": "look"}
    assert verdict({"all": [{"all": [by_bob, looking]}, created]}).holds
    assert verdict({"any": [by_bob, created]}).holds


def test_log_is_read_only_where_the_rest_leaves_it_to_decide() -> None:
    def unread() -> Any:
        raise AssertionError("the log was read")

    rules = {
        "all": [
            {"field": "Content", "op": "LIKE", "value": "x"},
            {"field": "Priority", "op": "<", "value": 5},
        ]
    }
    assert not verdict(rules, {"log": unread}).holds


def test_deleted_ticket_is_found_only_by_a_query_that_names_deleted() -> None:
    gone = {"status": "deleted", "status_kind": "inactive"}
    assert not holds("Priority", ">", 50, **gone)
    assert not holds("Status", "=", "__Inactive__", **gone)
    assert holds("Status", "=", "Deleted", **gone)
    assert holds("Status", "IN", ["resolved", "deleted"], **gone)
    assert not holds("Status", "!=", "deleted", **gone)


def test_person_known_by_address_alone_is_the_current_user_of_that_address() -> None:
    caller = type(ANN)(5, "carl", "Carl@Customer.example")
    assert holds("Requestor", "=", "__CurrentUser__", caller=caller)
    assert not holds("Requestor", "=", "__CurrentUser__", caller=None)
    assert not holds(
        "Requestor", "=", "__CurrentUser__", caller=type(ANN)(6, "dora", ""), watchers={}
    )


def test_days_are_those_of_the_callers_time_zone() -> None:
    assert holds("Created", "=", "2025-03-03", zone=UTC)
    assert holds("Created", "=", "2025-03-04", zone=FACTS.zone)


def test_owner_is_a_watcher() -> None:
    assert holds("Watcher", "=", "bob@example.com", watchers={}, owner=BOB)
    assert holds("Watcher", "IS NULL", watchers={}, owner=None)


def test_the_first_reply_of_a_person_who_is_no_requestor_answers() -> None:
    def said(hour: int, by: Person | None, **more: Any) -> Event:
        at = datetime(2025, 3, 4, hour, tzinfo=UTC)
        return Event("Correspond", creator=by, created_at=at, **more)

    log = (said(1, ANN), said(2, SYSTEM, by_rule=True), *LOG, said(5, BOB), said(4, BOB))
    assert holds("Answered", "=", "2025-03-04T04:00Z", log=lambda: log)
    assert holds("Answered", "IS NULL", log=lambda: log[:4])


@pytest.mark.parametrize(
    ("rules", "because"),
    [
        ({"all": [("Priority", ">", 50), ("CF.severity", "=", "High")]},
         "Priority is 80 (> 50) and CF.severity is 'high'"),
        ({"all": [("Status", "=", "open"), ("Priority", ">", 90), ("id", "=", 1)]},
         "priority was 80, needs > 90"),
        ({"any": [("Priority", ">", 90), ("Owner", "=", "ann")]},
         "priority was 80, needs > 90; owner was empty, needs = 'ann'"),
        ({"any": [("Priority", ">", 90), ("Owner", "IS NULL", None)]}, "Owner is empty"),
        ({"not": ("Priority", ">", 50)}, "priority was 80, needs not > 50"),
        ({"not": {"any": [("Priority", ">", 90), ("id", "=", 1)]}},
         "Priority is 80 (not > 90) and id is 12 (not = 1)"),
        ({"all": [("CF.tags", "IN", ["blue", "green"])]},
         "CF.tags is 'Red', 'blue' (IN ('blue', 'green'))"),
        ({"all": [("LastUpdated", "<", {"field": "Created"})]},
         "last updated was 2025-03-05 12:00, needs < Created"),
        ({"all": [("Requestor", "!=", "ann@example.com")]},
         "requestor was 'Ann@example.com', 'carl@customer.example', needs != 'ann@example.com'"),
        ({"all": [("Requestor.Name", "=", "x")]},
         "requestor.Name was 'ann', 'carl@customer.example', needs = 'x'"),
        ({"all": [("Status", "!=", "__Inactive__")]}, "Status is 'open' (!= '__Inactive__')"),
        ({"all": [("TransactionType", "=", "Comment"), ("TransactionCreator", "=", "bob")]},
         "A transaction has TransactionType = 'Comment' and TransactionCreator = 'bob'"),
        ({"all": [("TransactionType", "=", "Correspond")]},
         "no transaction has TransactionType = 'Correspond'"),
        ({"all": [("Subject", "=", "x" * 70)]},
         f"subject was 'Drucker brennt in STRASSE 5', needs = '{'x' * 60}…'"),
    ],
)  # fmt: skip
def test_because_names_the_terms_that_decided(rules: dict[str, Any], because: str) -> None:
    def spelled(node: Any) -> Any:
        if isinstance(node, tuple):
            return dict(zip(("field", "op", "value"), node, strict=True))
        if isinstance(node, list):
            return [spelled(one) for one in node]
        return {name: spelled(one) for name, one in node.items()}

    assert verdict(spelled(rules)).because == because


def test_because_of_a_deleted_ticket_names_its_status() -> None:
    rules = {"all": [{"field": "Priority", "op": ">", "value": 50}]}
    found = verdict(rules, {"status": "deleted", "status_kind": "inactive"})
    assert found.because == "status was 'deleted', needs != 'deleted'"


def test_watcher_without_an_account_has_no_name_to_fit() -> None:
    assert not holds("Requestor.Name", "LIKE", "carl", watchers={"requestor": (CUSTOMER,)})


def test_moment_is_compared_in_absolute_time_when_clocks_go_back() -> None:
    twice = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, and again an hour later
    later = datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
    assert holds("Due", ">", {"field": "Created"}, created_at=twice, due_at=later)
