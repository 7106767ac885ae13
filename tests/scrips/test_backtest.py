"""A rule tried on history gives what really happened, and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from scrips import backtest
from scrips.backtest import Found, Range
from scrips.models import Backtest, Delivery, Run, Scrip
from scrips.rules import rule_of
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller, error
from tests.office import Office
from tests.people import grant, holder
from tests.scrips.test_engine import comment, mail, scrip, update
from tests.tickets.test_door import create
from tickets import config, turns
from tickets.access import Actor
from tickets.models import Transaction


@pytest.fixture
def api(office: Office) -> Caller:
    return Caller(ApiToken.issue(User.objects.get(username="root")))


def history(office: Office) -> None:
    """Rules of every stage that set each other off, and tickets for them."""
    mail(office, "OnCreate", name="Thank")
    rule = {"field": "severity", "value": "{$ticket.subject}"}
    scrip(office, "OnCreate", "SetCustomField", name="Grade", action_config=rule)
    hurry = {"query": "CF.severity = high AND Priority > 10"}
    comment(office, "UserDefined", "Hurry", name="Hurry", condition_config=hurry)
    comment(office, "OnComment", "Seen", name="Echo", queue_id=office.other.pk)
    types = {"types": ["Set", "CustomField"]}
    stage = {"stage": "TransactionBatch", "condition_config": types}
    comment(office, "OnTransaction", "Sum", name="Sum", **stage)
    for number, subject in enumerate(("high", "low", "wrong", "high")):
        queue = office.other if number == 3 else office.support
        ticket = create(
            office, subject=subject, queue_id=queue.pk, requestors=["a@example.com"]
        ).ticket
        update(office, ticket.id, priority=20 + number, subject=f"{subject} {number}")
        update(office, ticket.id, message={"type": "comment", "content": "x"}, priority=5)


def busy_history(office: Office) -> None:
    """The same with rules that close, move, rank, give away and begin tickets, and wait for that."""
    support = {"queue_id": office.support.pk}
    follow = {"queue": "Other", "subject": "After {$ticket.key}", "link": "child"}
    scrip(office, "OnClose", "CreateTicket", name="Follow", action_config=follow, **support)
    comment(office, "OnReopen", "Again", name="Again")
    comment(office, "OnQueueChange", "Moved", name="Moved")
    up = {"condition_config": {"direction": "up"}, "action_config": {"owner": "ann"}}
    scrip(office, "OnPriorityChange", "SetOwner", name="Give", **up)
    calm = {"priority": "{{ [ticket.priority, 60]|min }}"}
    scrip(office, "OnOwnerChange", "SetPriority", name="Calm", action_config=calm)
    watch = {"role": "cc", "address": "actor"}
    scrip(office, "OnComment", "AddWatcher", name="Watch", action_config=watch)
    batch = {"stage": "TransactionBatch", "queue_id": office.support.pk}
    moved = {"queue": "Other"}
    scrip(office, "OnReopen", "SetQueue", name="Move", action_config=moved, **batch)
    for number in range(3):
        ticket = create(office, priority=number * 40).ticket
        update(office, ticket.id, priority=80, message={"type": "comment", "content": "x"})
        update(office, ticket.id, status="resolved")
        update(office, ticket.id, status="open")


def tried(office: Office, run: Run) -> set[tuple[int, bool]]:
    actor = Actor(office.admin.person, config.current())
    rule = rule_of(Scrip.objects.select_related("template").get(pk=run.scrip_id), actor.config)
    found = Found(1_000)
    for _last in backtest.run(rule, backtest.candidates(rule, Range(), actor), actor, found):
        pass
    return {(each["transaction_id"], each["error"] is not None) for each in found.results}


NAMES = {"Thank", "Grade", "Hurry", "Echo", "Sum"}
BUSY = {"Follow", "Again", "Moved", "Give", "Calm", "Watch", "Move"}


@pytest.mark.parametrize(("made", "names"), [(history, NAMES), (busy_history, BUSY)])
def test_a_backtest_of_a_rule_that_was_active_gives_what_really_happened(
    office: Office, made: Callable[[Office], None], names: set[str]
) -> None:
    made(office)
    runs = list(Run.objects.order_by("pk"))
    assert {run.name for run in runs} == names

    for run in {run.scrip_id: run for run in runs}.values():
        # What the door refuses only shows when it is asked: a value that no field takes is no failure yet.
        real = {each.transaction_id for each in runs if each.scrip_id == run.scrip_id}
        assert {number for number, _failed in tried(office, run)} == real, run.name


def test_it_shows_the_mail_and_changes_nothing(office: Office, api: Caller) -> None:
    history(office)
    thank = Run.objects.filter(name="Thank").first()
    assert thank is not None
    before = _rows()

    answer = api.post(f"/api/scrips/{thank.scrip_id}/backtest", {"query": "Queue = Support"}).json()

    assert answer["status"] == "done"
    counts = answer["counts"]
    assert (counts["transactions"], counts["fired"], counts["failed"]) == (3, 3, 0)
    assert sum(counts["by_day"].values()) == 3
    delivery = Delivery.objects.filter(transaction=answer["results"][0]["transaction_id"]).first()
    assert delivery is not None
    effect = answer["results"][0]["effect"]
    assert (effect["kind"], effect["delivery_id"]) == ("email", None)
    assert {name: effect[name] for name in ("to", "subject", "body")} == {
        name: delivery.payload[name] for name in ("to", "subject", "body")
    }
    assert _rows() == before


def _rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in tables:
            if name in {"accounts_apitoken", "accounts_auditentry"}:
                continue
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608  # our tables
            found[name] = cursor.fetchone()[0]
    return found


def test_a_draft_is_tried_without_being_saved(office: Office, api: Caller) -> None:
    history(office)
    draft: dict[str, Any] = {
        "name": "Draft",
        "condition_type": "OnCreate",
        "action_type": "AddComment",
        "action_config": {"content": "Hello {$ticket.subject}"},
    }
    answer = api.post("/api/scrips/backtest", {"scrip": draft, "limit": 2}).json()

    assert (answer["counts"]["fired"], len(answer["results"])) == (4, 2)
    assert answer["results"][0]["effect"]["changes"]["message"]["content"] == "Hello high"
    wrong = api.post("/api/scrips/backtest", {"scrip": {**draft, "action_config": {}}})
    assert error(wrong)[0] == 400
    assert list(wrong.json()["errors"]) == ["scrip.action_config.content"]
    assert list(error(api.post("/api/scrips/backtest", {}))[2]) == ["scrip"]


def test_long_ones_are_done_by_a_worker_in_turns(
    office: Office, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(office)
    thank = Run.objects.filter(name="Thank").first()
    assert thank is not None
    at_once = api.post(f"/api/scrips/{thank.scrip_id}/backtest", {}).json()
    monkeypatch.setattr(backtest, "AT_ONCE", 1)
    monkeypatch.setattr(backtest, "_TICKETS", 1)
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)

    answer = api.post(f"/api/scrips/{thank.scrip_id}/backtest", {})
    assert (answer.status_code, answer.json()["status"]) == (202, "running")
    row = Backtest.objects.get()
    taken = 0
    while row.status == "running":
        backtest.carry_out(row.pk)
        row.refresh_from_db()
        taken += 1

    done = api.get(answer.json()["url"].replace("http://testserver", "")).json()
    assert taken == 5
    assert (done["results"], done["counts"]) == (at_once["results"], at_once["counts"])
    other = Caller(ApiToken.issue(office.ann))
    assert other.get(f"/api/scrips/backtests/{row.pk}").status_code == 404


def test_nobody_learns_of_tickets_that_he_does_not_see(office: Office) -> None:
    history(office)
    rule = comment(office, "OnComment", "x", name="All")
    lead = holder("lead", "AdminScrips", "SeeQueue", queue=office.other)
    api = Caller(ApiToken.issue(lead))
    assert error(api.post(f"/api/scrips/{rule.pk}/backtest", {}))[:2] == (403, "forbidden")
    draft = {
        "name": "Mine",
        "queue_id": office.other.pk,
        "condition_type": "OnComment",
        "action_type": "AddComment",
        "action_config": {"content": "x"},
    }
    assert api.post("/api/scrips/backtest", {"scrip": draft}).json()["counts"]["transactions"] == 0
    grant("agent", user=lead, queue=office.other)
    api = Caller(ApiToken.issue(lead))
    counts = api.post("/api/scrips/backtest", {"scrip": draft}).json()["counts"]
    comments = Transaction.objects.filter(type="Comment", ticket__queue=office.other).count()
    assert counts["transactions"] == comments > 0
