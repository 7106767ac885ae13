"""What the soak would say of a system that loses, repeats, leaks or hangs."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.soak.client import Answer, Kind
from tests.soak.faults import Struck
from tests.soak.ledger import Ledger, uneven
from tests.soak.memory import CONNECTION, Growth
from tests.soak.report import Report, Sent, lines

MAIL = Sent("email", "sent", recorded=True, created=104.0, sent=105.0, error="")
HOOK = Sent("webhook", "sent", recorded=True, created=104.0, sent=106.0, error="")
SERVED = Answer(Kind.SERVED, "read", 101.0, 101.1, "200")
FAULT = Struck("database restarted", refuses=True, began=103.0, over=103.0)
GOOD = Report(
    machine={},
    rate=10.0,
    began=100.0,
    settled_s=1.0,
    answers=[SERVED],
    struck=[FAULT],
    acknowledged=1,
    comparison=Ledger().compare([]),
    uneven={},
    deliveries=[MAIL, HOOK],
    received=Counter(["a", "b"]),
    memory=[Growth("worker", 7, 60.0, 100_000, 105_000)],
    verified=(0, "1 ticket with 1 transaction: all digests and projections hold."),
)


def refused(at: float, kind: Kind = Kind.AWAY) -> Answer:
    return Answer(kind, "create", at - 0.1, at, "503")


def ledger() -> Ledger:
    made = Ledger()
    made.note(("Create", 1, "a"))
    made.note(("Set", 1, "b"))
    made.doubt("c")
    return made


def test_everything_is_well_where_all_was_kept_and_healed() -> None:
    assert GOOD.holds
    assert replace(GOOD, answers=[SERVED, refused(112.9)]).holds
    assert [line for line in lines(GOOD) if line.startswith("FAIL")] == []


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        ({"comparison": ledger().compare([("Create", 1, "a")])}, "1 lost"),
        ({"verified": (1, "TKT-0001: broken")}, "verify: TKT-0001: broken"),
        ({"deliveries": [MAIL, HOOK, replace(HOOK, status="failed")]}, "1 not settled"),
        ({"deliveries": [MAIL, HOOK, replace(HOOK, recorded=False)]}, "1 not settled"),
        ({"received": Counter(["a"])}, "1 of those sent never came"),
        ({"uneven": {"hook": (1, 2)}}, "hook made 1, due 2"),
        ({"answers": [refused(104.0, Kind.HUNG)]}, "1 hung past 10 s"),
        ({"answers": [refused(104.0, Kind.WRONG)]}, "1 wrong answers"),
        ({"answers": [refused(102.9)]}, "1 of them without a fault"),
        ({"answers": [refused(113.1)]}, "not after database restarted"),
        ({"deliveries": [MAIL, replace(HOOK, sent=113.1)]}, "not after database restarted"),
        ({"memory": [Growth("worker", 7, 60.0, 100_000, 120_000)]}, "worker 7 grew"),
        ({"memory": [Growth(CONNECTION, 7, 60.0, 6_000, 13_000, 14_000)]}, "connection 7 grew"),
        ({"memory": [Growth(CONNECTION, 7, 60.0, 6_000, 7_000, 29_000)]}, "connection 7 grew"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_fault_is_told(worse: dict[str, object], said: str) -> None:
    failing = [line for line in lines(replace(GOOD, **worse)) if line.startswith("FAIL")]  # type: ignore[arg-type]

    assert any(said in line for line in failing), failing


def test_a_change_without_an_answer_may_be_done_once() -> None:
    kept = [("Create", 1, "a"), ("Set", 1, "b")]

    assert ledger().compare(kept).came_true == 0
    done = ledger().compare([*kept, ("Comment", 1, "c")])
    assert (done.lost, done.twice, done.unasked, done.came_true) == ([], [], [], 1)
    again = ledger().compare([*kept, ("Comment", 1, "c"), ("Comment", 1, "c"), ("Set", 2, "d")])
    assert (again.twice, again.unasked) == (["c"], ["d"])


def test_a_change_on_another_ticket_is_a_loss() -> None:
    off = ledger().compare([("Create", 1, "a"), ("Set", 2, "b")])

    assert off.lost == [("Set", 1, "b")]


def test_rules_are_held_to_what_the_log_says() -> None:
    assert uneven({"hook": 3, "mail": 1}, {"hook": 3, "mail": 2}) == {"mail": (1, 2)}
