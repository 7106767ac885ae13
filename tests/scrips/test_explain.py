"""Afterwards: why each scrip acted on a transaction, why it did not, and what caused what."""

from typing import Any

import pytest

from scrips.explain import Explained, explain
from scrips.models import Run
from scrips.service import delete_scrip, save_scrip
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller, error
from tests.office import Office
from tests.people import grant
from tests.scrips.test_engine import comment, mail, scrip, update
from tests.tickets.test_door import create
from tickets import config
from tickets.access import Actor
from tickets.models import Transaction


def now(office: Office) -> Actor:
    return Actor(office.admin.person, config.current())


def explained(office: Office, ticket_id: int, seq: int) -> list[Explained]:
    return explain(Transaction.objects.get(ticket=ticket_id, seq=seq), now(office))


def told(found: list[Explained]) -> list[tuple[str, bool, str]]:
    return [(each.name, each.fired, each.because) for each in found]


def test_what_fired_and_what_did_not_say_because_of_what(office: Office) -> None:
    mail(office, "OnCreate", name="Thank")
    comment(office, "OnResolve", "Done", name="Note")
    rules = {"all": [{"field": "Priority", "op": ">", "value": 50}]}
    scrip(
        office,
        "UserDefined",
        "SetStatus",
        name="Hurry",
        condition_config={"rules": rules},
        action_config={"status": "open"},
    )
    ticket = create(office, requestors=["a@example.com"], priority=20).ticket

    assert told(explained(office, ticket.id, 1)) == [
        ("Thank", True, "the ticket was created"),
        ("Note", False, "the status did not change: the ticket was created"),
        ("Hurry", False, "priority was 20, needs > 50"),
    ]
    (thanks, *_rest) = explained(office, ticket.id, 1)
    assert thanks.effect is not None
    assert (thanks.effect["kind"], thanks.effect["to"], thanks.effect["status"]) == (
        "email",
        ["a@example.com"],
        "pending",
    )


def test_the_past_is_explained_with_the_rules_of_that_day(office: Office) -> None:
    rule = comment(office, "OnResolve", "Done", name="Note")
    ticket = create(office, priority=20).ticket
    update(office, ticket.id, priority=30)
    save_scrip(rule, {"name": "Renamed", "condition_type": "OnComment"}, actor=office.admin)
    update(office, ticket.id, priority=90)
    delete_scrip(rule, actor=office.admin)
    update(office, ticket.id, priority=10)

    assert told(explained(office, ticket.id, 2)) == [
        ("Note", False, "the status did not change: priority changed 20 → 30")
    ]
    assert told(explained(office, ticket.id, 3)) == [("Renamed", False, "priority changed 30 → 90")]
    assert told(explained(office, ticket.id, 4)) == []


def test_each_round_is_explained_over_the_ticket_that_it_saw(office: Office) -> None:
    # The first scrip sets what the second asks for: the create's own round did not see it yet.
    scrip(
        office,
        "OnCreate",
        "SetCustomField",
        name="Grade",
        action_config={"field": "severity", "value": "high"},
    )
    query = {"query": "CF.severity = high"}
    comment(office, "UserDefined", "Graded", name="Say", condition_config=query, sort_order=1)
    ticket = create(office).ticket

    assert told(explained(office, ticket.id, 1)) == [
        ("Grade", True, "the ticket was created"),
        ("Say", False, "CF.severity was empty, needs = 'high'"),
    ]
    assert [each.fired for each in explained(office, ticket.id, 2)] == [False, True]
    assert told(explained(office, ticket.id, 3))[1][:2] == ("Say", True)


def test_a_batch_scrip_is_explained_for_each_transaction_of_the_change(office: Office) -> None:
    config_ = {"types": ["Set"]}
    comment(
        office,
        "OnTransaction",
        "Once",
        name="Sum",
        condition_config=config_,
        stage="TransactionBatch",
    )
    ticket = create(office).ticket
    update(office, ticket.id, subject="New", priority=7)
    first = Transaction.objects.get(ticket=ticket.id, seq=2).pk

    assert told(explained(office, ticket.id, 2)) == [("Sum", True, "subject changed Printer → New")]
    assert told(explained(office, ticket.id, 3)) == [
        ("Sum", False, f"it acts once for a change, and did for transaction {first}")
    ]
    assert told(explained(office, ticket.id, 1)) == [("Sum", False, "the ticket was created")]
    assert told(explained(office, ticket.id, 4)) == []


def test_a_shadow_keeps_what_it_would_have_done(office: Office) -> None:
    mail(office, "OnCreate", name="Thank", shadow=True)
    outcome = create(office, requestors=["a@example.com"], subject="Help")

    assert outcome.fired == ()
    (run,) = Run.objects.all()
    assert run.verdict == "shadow"
    assert run.effect["to"] == ["a@example.com"]
    assert run.effect["subject"].endswith("Re: Help")
    (only,) = explained(office, outcome.ticket.id, 1)
    assert (only.fired, only.because) == (
        False,
        "in shadow, else it would act: the ticket was created",
    )
    assert only.effect == run.effect


def test_a_failure_is_explained(office: Office) -> None:
    wrong = {"field": "severity", "value": "{$ticket.subject}"}
    scrip(office, "OnCreate", "SetCustomField", name="Close", action_config=wrong)
    ticket = create(office).ticket

    (only,) = explained(office, ticket.id, 1)
    assert (only.name, only.fired, only.effect) == ("Close", True, None)
    assert only.error is not None
    assert Run.objects.get().verdict == "failed"


def test_what_starts_no_scrips_has_nothing_to_explain(office: Office) -> None:
    comment(office, "OnTransaction", "x", name="All", condition_config={"types": ["AddLink"]})
    one, other = create(office).ticket, create(office).ticket
    update(office, one.id, links={"refers_to": [other.id]})

    assert len(explained(office, one.id, 2)) == 1
    assert explained(office, other.id, 2) == []


def test_the_chain_tells_what_caused_what(office: Office) -> None:
    mail(office, "OnComment", name="Tell", action_config={"to": ["boss@example.com"]})
    comment(office, "OnCreate", "Welcome", name="Greet")
    ticket = create(office).ticket
    api = Caller(ApiToken.issue(User.objects.get(username="root")))

    (root,) = api.get(f"/api/tickets/{ticket.key}/chain").json()["results"]

    def shape(node: dict[str, Any]) -> Any:
        return (
            node["kind"],
            node["name"],
            node["status"],
            [shape(one) for one in node["children"]],
        )

    assert shape(root) == (
        *("transaction", "Create", None),
        [
            (
                *("scrip", "Greet", "fired"),
                [
                    (
                        *("transaction", "Comment", None),
                        [
                            (
                                "scrip",
                                "Tell",
                                "fired",
                                [("delivery", "boss@example.com", "pending", [])],
                            )
                        ],
                    )
                ],
            )
        ],
    )
    assert (root["by"], root["children"][0]["because"]) == ("root", "the ticket was created")


@pytest.mark.parametrize("path", ["tickets/{ticket}/chain", "transactions/{entry}/explain"])
def test_why_is_for_those_who_may_see_what_rules_did(office: Office, path: str) -> None:
    comment(office, "OnCreate", "Welcome")
    ticket = create(office, requestors=["ann@example.com"]).ticket
    entry = Transaction.objects.get(ticket=ticket.id, seq=1).pk
    where = "/api/" + path.format(ticket=ticket.id, entry=entry)
    ann, other = (
        Caller(ApiToken.issue(user)) for user in (office.ann, User.objects.create_user("stranger"))
    )

    assert error(other.get(where))[:2] == (404, "not_found")
    assert error(ann.get(where))[:2] == (403, "forbidden")
    grant("agent", user=office.ann, queue=office.support)
    assert ann.get(where).status_code == 200
