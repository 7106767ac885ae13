"""What this process counts for `/metrics`. Labels have few values each: a route's name, never a path or an id."""

from collections import Counter as Bag
from collections.abc import Iterable
from functools import lru_cache

from prometheus_client import Counter, Histogram, disable_created_metrics

from tessera.lib.tally import ALONE

disable_created_metrics()  # type: ignore[no-untyped-call]

_REQUESTS = Counter(
    "tessera_http_requests",
    "Requests answered, by the name of their route.",
    ["route", "method", "status"],
    registry=ALONE,
)
_SECONDS = Histogram(
    "tessera_http_request_seconds",
    "From the first of our code to the last before the answer is sent.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=ALONE,
)
_STATEMENTS = Histogram(
    "tessera_http_request_statements",
    "Statements that a request gave to the database.",
    ["route"],
    buckets=(2, 5, 10, 15, 20, 40, 100),
    registry=ALONE,
)
_RECORDED = Counter(
    "tessera_transactions", "Transactions recorded in the log.", ["type"], registry=ALONE
)
_RUNS = Counter(
    "tessera_rule_runs",
    "Rules whose condition held, by what came of it.",
    ["result"],
    registry=ALONE,
)
_TRIES = Counter(
    "tessera_delivery_tries",
    "Tries of deliveries, by the delivery's status after it.",
    ["kind", "result"],
    registry=ALONE,
)
_UNTIL_SENT = Histogram(
    "tessera_delivery_seconds",
    "From the change that made a delivery to its being sent.",
    ["kind"],
    buckets=(0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400, 259200),
    registry=ALONE,
)
_WAITED = Histogram(
    "tessera_task_wait_seconds",
    "From telling the workers of a task to its beginning.",
    ["queue"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 180),
    registry=ALONE,
)
_TASKS = Counter(
    "tessera_tasks", "Tasks that ended in a worker.", ["task", "state"], registry=ALONE
)


@lru_cache(maxsize=4096)
def _of_request(route: str, method: str, status: str) -> tuple[Counter, Histogram, Histogram]:
    """Looked up once: finding a label's counter takes as long as counting."""
    return (
        _REQUESTS.labels(route, method, status),
        _SECONDS.labels(route),
        _STATEMENTS.labels(route),
    )


def request(route: str, method: str, status: str, *, seconds: float, statements: int) -> None:
    """One was answered; `status` is a class of them, such as `2xx`."""
    count, took, asked = _of_request(route, method, status)
    count.inc()
    took.observe(seconds)
    asked.observe(statements)


def recorded(types: Iterable[str]) -> None:
    """Transactions of units of work that are committed."""
    for type_, number in Bag(types).items():
        _RECORDED.labels(type_).inc(number)


def rule_runs(results: Iterable[str]) -> None:
    """Of a unit of work that is committed."""
    for result, number in Bag(results).items():
        _RUNS.labels(result).inc(number)


def delivery(kind: str, result: str, *, seconds: float | None) -> None:
    """One try; `seconds` since the change where it was sent."""
    _TRIES.labels(kind, result).inc()
    if seconds is not None:
        _UNTIL_SENT.labels(kind).observe(max(seconds, 0.0))


def task_began(queue: str, *, waited: float) -> None:
    """A worker took one up. Two machines' clocks may differ: less than nothing counts as nothing."""
    _WAITED.labels(queue).observe(max(waited, 0.0))


def task_ended(task: str, state: str) -> None:
    """A worker is done with one."""
    _TASKS.labels(task, state).inc()
