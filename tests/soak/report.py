"""What came of it: counts, and the claims that hold or don't."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.soak.client import LIMIT_S, Answer, Kind
from tests.soak.faults import Struck
from tests.soak.ledger import Comparison
from tests.soak.memory import Growth

RECOVERED_S = 10.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery at the end, its times in seconds since 1970."""

    kind: str
    status: str
    recorded: bool
    created: float
    sent: float | None
    error: str

    @property
    def settled(self) -> bool:
        return (
            self.recorded if self.status == "sent" else bool(self.status == "dead" and self.error)
        )


@dataclass(frozen=True, slots=True)
class Recovery:
    """After a fault: requests that failed, and in seconds when the last of them did, when mails and hooks left again,
    and the longest that a delivery waited which was made before the next fault."""

    fault: Struck
    refused: int
    requests_s: float
    deliveries_s: float
    longest_s: float

    @property
    def in_time(self) -> bool:
        return max(self.requests_s, self.deliveries_s) < RECOVERED_S


@dataclass(frozen=True, slots=True)
class Claim:
    holds: bool
    text: str


@dataclass(frozen=True)
class Report:
    """All that was seen; times are in seconds since 1970, `received` are the ids that mail server and receiver took."""

    machine: dict[str, Any]
    rate: float
    began: float
    settled_s: float
    answers: Sequence[Answer]
    struck: Sequence[Struck]
    acknowledged: int
    comparison: Comparison
    uneven: dict[str, tuple[int, int]]
    deliveries: Sequence[Sent]
    received: Counter[str]
    memory: Sequence[Growth]
    verified: tuple[int, str]

    @property
    def holds(self) -> bool:
        return all(claim.holds for claim in self.claims())

    def count(self, kind: Kind) -> int:
        return sum(answer.kind is kind for answer in self.answers)

    def recoveries(self) -> list[Recovery]:
        """One for each fault; what happens before the next one is its own."""
        ends = [fault.began for fault in self.struck[1:]] + [float("inf")]
        return [self._recovery(*pair) for pair in zip(self.struck, ends, strict=True)]

    def unexcused(self) -> list[Answer]:
        """Refusals that no fault of the last seconds explains."""
        times = [(fault.began, fault.over + RECOVERED_S) for fault in self.struck if fault.refuses]
        return [
            answer
            for answer in self.answers
            if answer.kind is Kind.AWAY
            and not any(began <= answer.ended < over for began, over in times)
        ]

    def claims(self) -> Iterator[Claim]:
        """What `make soak` is for."""
        off = self.comparison
        yield Claim(not off.lost, f"{self.acknowledged} acknowledged changes, {len(off.lost)} lost")
        yield Claim(
            not (off.twice or off.unasked),
            f"{len(off.twice)} changes stand in the log twice, {len(off.unasked)} unasked;"
            f" {off.came_true} without an answer were done",
        )
        code, told = self.verified
        yield Claim(code == 0, f"verify: {told}")
        yield from self._of_deliveries()
        yield Claim(not self.count(Kind.HUNG), f"{self.count(Kind.HUNG)} hung past {LIMIT_S:g} s")
        yield Claim(not self.count(Kind.WRONG), f"{self.count(Kind.WRONG)} wrong answers")
        away, odd = self.count(Kind.AWAY), len(self.unexcused())
        yield Claim(not odd, f"{away} refusals, {odd} of them without a fault")
        slow = [each.fault.name for each in self.recoveries() if not each.in_time]
        told = f": not after {', '.join(slow)}" if slow else ""
        yield Claim(not slow, f"{len(self.struck)} faults healed in {RECOVERED_S:g} s each{told}")
        grown = [f"{each.role} {each.pid}" for each in self.memory if not each.flat]
        told = f": {', '.join(grown)} grew" if grown else ""
        yield Claim(not grown, f"memory of {len(self.memory)} processes is flat{told}")

    def _of_deliveries(self) -> Iterator[Claim]:
        states = Counter(each.status for each in self.deliveries)
        open_ = sum(not each.settled for each in self.deliveries)
        told = ", ".join(f"{number} {state}" for state, number in states.most_common())
        yield Claim(not open_, f"{len(self.deliveries)} deliveries: {told}; {open_} not settled")
        lacking = max(states["sent"] - len(self.received), 0)
        twice = sum(number > 1 for number in self.received.values())
        yield Claim(not lacking, f"{lacking} of those sent never came, {twice} came twice")
        told = "".join(f"; {name} made {m}, due {n}" for name, (m, n) in self.uneven.items())
        yield Claim(not self.uneven, f"each change made the deliveries that its rules say{told}")

    def _recovery(self, fault: Struck, ends: float) -> Recovery:
        failed = [
            answer.ended
            for answer in self.answers
            if answer.kind in {Kind.AWAY, Kind.HUNG} and fault.began <= answer.ended < ends
        ]
        first: defaultdict[str, float] = defaultdict(lambda: float("inf"))
        longest = 0.0
        for each in self.deliveries:
            if fault.over < each.created < ends and each.sent is not None:
                first[each.kind] = min(first[each.kind], each.sent)
                longest = max(longest, each.sent - each.created)
        leaves = max(first[kind] for kind in ("email", "webhook")) - fault.over
        requests = max(failed) - fault.began if failed else 0.0
        return Recovery(fault, len(failed), requests, leaves, longest)


def lines(report: Report) -> Iterator[str]:
    """The report as people read it."""
    yield f"{report.machine}, {report.rate:.0f} requests a second"
    yield ""
    yield f"{'request':<10}{'served':>8}{'refused':>9}{'wrong':>7}{'p50 ms':>9}{'p95 ms':>9}{'longest s':>11}"
    for what, number, away, wrong, p50, p95, longest in _by_request(report.answers):
        yield f"{what:<10}{number:>8}{away:>9}{wrong:>7}{p50:>9.0f}{p95:>9.0f}{longest:>11.1f}"
    yield ""
    yield f"{'at s':>6}  {'fault':<22}{'refused':>9}{'requests s':>12}{'deliveries s':>14}{'longest wait s':>16}"
    for each in report.recoveries():
        at = each.fault.began - report.began
        yield (
            f"{at:>6.0f}  {each.fault.name:<22}{each.refused:>9}{each.requests_s:>12.1f}"
            f"{each.deliveries_s:>14.1f}{each.longest_s:>16.1f}"
        )
    yield ""
    yield f"{'process':<18}{'pid':>9}{'for s':>7}{'first MB':>10}{'last MB':>9}{'most MB':>9}"
    for held in report.memory:
        first, last, most = (each / 1024 for each in (held.first, held.last, held.most))
        yield f"{held.role:<18}{held.pid:>9}{held.seconds:>7.0f}{first:>10.1f}{last:>9.1f}{most:>9.1f}"
    yield ""
    for said, number in _unserved(report.answers).most_common():
        yield f"{number:>6} {said}"
    for claim in report.claims():
        yield f"{'ok  ' if claim.holds else 'FAIL'}  {claim.text}"


def as_json(report: Report) -> dict[str, Any]:
    """What is kept of it."""
    return {
        "machine": report.machine,
        "per_second": round(report.rate, 1),
        "served": report.count(Kind.SERVED),
        "refused": report.count(Kind.AWAY),
        "settled_s": round(report.settled_s, 1),
        "faults": [
            {
                "fault": each.fault.name,
                "refused": each.refused,
                "requests_s": round(each.requests_s, 1),
                "deliveries_s": round(each.deliveries_s, 1),
            }
            for each in report.recoveries()
        ],
        "claims": [{"holds": claim.holds, "text": claim.text} for claim in report.claims()],
    }


def _by_request(
    answers: Sequence[Answer],
) -> Iterator[tuple[str, int, int, int, float, float, float]]:
    kinds: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        kinds[answer.what].append(answer)
    for what, mine in sorted(kinds.items()):
        took = sorted(each.ended - each.began for each in mine if each.kind is Kind.SERVED) or [0.0]
        away, wrong = (sum(each.kind is kind for each in mine) for kind in (Kind.AWAY, Kind.WRONG))
        served = sum(each.kind is Kind.SERVED for each in mine)
        p50, p95 = statistics.median(took), took[int(len(took) * 0.95)]
        yield (
            what,
            served,
            away,
            wrong,
            p50 * 1000,
            p95 * 1000,
            max(x.ended - x.began for x in mine),
        )


def _unserved(answers: Sequence[Answer]) -> Counter[str]:
    """Why, and how often."""
    return Counter(
        f"{answer.kind.value}: {answer.said} to {answer.what}{_words(answer)}"
        for answer in answers
        if answer.kind is not Kind.SERVED
    )


def _words(answer: Answer) -> str:
    text = answer.body.decode(errors="replace")
    return f" {text}" if text and answer.kind is Kind.WRONG else ""
