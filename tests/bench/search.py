"""Searches as the API makes them: what each costs in the database, at the first page and at the thousandth."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.db import OperationalError, connection, transaction

from tessera.demo.bulk.words import WORDS
from tessera.demo.company import DOMAIN, LOCATIONS
from tessera.lib.api.pagination import COUNT_CAP, PAGE_SIZE, Cursor, Page, asked
from tessera.lib.errors import QueryTooSlow
from tests.bench.measure import Times, times_of
from tests.bench.searches import COUNT, QUERIES, Query
from tests.bench.visitors import Visitor
from tickets.api.listing import found
from tickets.models import Queue, Watcher
from tickets.orders import DEFAULT, orders_of
from tickets.search import search

PATH = "/api/tickets"
DEEP = 1_000
# Whoever waits longer for the row that the deep page begins after waits for nothing.
_PATIENCE_MS = 60_000


@dataclass(slots=True)
class Statement:
    sql: str
    params: Any
    ms: float

    @property
    def counts(self) -> bool:
        """Whether it is the count beside the page."""
        return f"LIMIT {COUNT_CAP + 1}" in self.sql and "COUNT(*)" in self.sql


@dataclass(slots=True)
class Heard:
    """What the database was asked within a block."""

    statements: list[Statement] = field(default_factory=list)

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            taken = (time.perf_counter() - begun) * 1000
            self.statements.append(Statement(str(sql), params, taken))

    @property
    def page(self) -> Statement | None:
        """The last that read the page's rows."""
        pages = [each for each in self.statements if f"LIMIT {PAGE_SIZE + 1}" in each.sql]
        return pages[-1] if pages else None


@dataclass(frozen=True, slots=True)
class Line:
    """One query of one visitor. `deep` is None where there is no thousandth page, all times where it was refused."""

    query: Query
    who: str
    first: Times | None
    deep: Times | None
    count: Times | None
    finds: int
    plan: str
    explained: str

    @property
    def over(self) -> bool:
        pages = [times.p95 for times in (self.first, self.deep) if times is not None]
        slow = any(ms > self.query.budget for ms in pages)
        return self.first is None or slow or (self.count is not None and self.count.p95 > COUNT)


def run(visitors: list[Visitor], *, turns: int) -> Iterator[Line]:
    """Measure each query for each visitor."""
    values = _Values(Random(7))
    for query in QUERIES:
        texts = [values.into(query.text) for _turn in range(turns)]
        for visitor in visitors:
            yield _line(query, visitor, texts)


def _line(query: Query, visitor: Visitor, texts: list[str]) -> Line:
    taken: dict[str, list[float]] = {"first": [], "deep": [], "count": []}
    finds, slowest, heard = 0, 0.0, Heard()
    _ask(visitor, texts[0], None)  # what is asked first reads from the disk
    for text in texts:
        for place, cursor in (("first", None), ("deep", _deep(visitor, text))):
            if place == "deep" and cursor is None:
                continue
            answer, asked_of = _ask(visitor, text, cursor)
            if answer is None:
                return Line(
                    query, visitor.what, None, None, None, 0, "refused", _explain(asked_of, text)
                )
            spent = sum(each.ms for each in asked_of.statements if not each.counts)
            taken[place].append(spent)
            taken["count"].append(sum(each.ms for each in asked_of.statements if each.counts))
            finds = max(finds, answer["count"])
            if spent > slowest or heard.page is None:
                slowest, heard, told = spent, asked_of, text
    first, deep, count = (times_of([ms]) if ms else None for ms in taken.values())
    line = Line(query, visitor.what, first, deep, count, finds, _kind(heard), "")
    if not line.over:
        return line
    return Line(query, visitor.what, first, deep, count, finds, line.plan, _explain(heard, told))


def _ask(visitor: Visitor, text: str, cursor: Cursor | None) -> tuple[dict[str, Any] | None, Heard]:
    """A page as the API answers it; None where it takes too long."""
    with _listening() as heard:
        try:
            return found(visitor.actor, search(text, visitor.actor), _page(visitor, cursor)), heard
        except QueryTooSlow:
            return None, heard


@contextmanager
def _listening() -> Iterator[Heard]:
    heard = Heard()
    with connection.execute_wrapper(heard):
        yield heard


def _page(visitor: Visitor, cursor: Cursor | None) -> Page:
    terms = orders_of(visitor.actor.config).parse(DEFAULT)
    return asked(
        terms, size=PAGE_SIZE, cursor=cursor, exact=False, path=PATH, link=lambda _cursor: PATH
    )


def _deep(visitor: Visitor, text: str) -> Cursor | None:
    """Where the thousandth page begins; None where there is none, or it takes too long to find."""
    rows = search(text, visitor.actor).rows.order_by("-updated_at", "pk")
    place = (DEEP - 1) * PAGE_SIZE - 1
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {_PATIENCE_MS}")
            row = next(iter(rows.values_list("updated_at", "pk")[place : place + 1]), None)
    except OperationalError:
        return None
    if row is None:
        return None
    order = _page(visitor, None).order
    return Cursor(PATH, order, (row[0].isoformat(), row[1]), backwards=False)


def _kind(heard: Heard) -> str:
    """How the page's rows are found, in a few words."""
    if heard.page is None:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {heard.page.sql}", heard.page.params)
        (told,) = cursor.fetchone()
    ((plan,),) = [json.loads(told) if isinstance(told, str) else told]
    names = [_word(node) for node in _nodes(plan["Plan"])]
    return ", ".join(dict.fromkeys(filter(None, names)))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)


def _word(node: dict[str, Any]) -> str:
    kind, index = node["Node Type"], node.get("Index Name", "")
    if kind == "Bitmap Index Scan":
        return f"bitmap of {index}"
    if kind.startswith("Index"):
        return f"walk of {index}"
    if kind == "Seq Scan":
        return f"all of {node['Relation Name']}"
    return kind.lower() if "Sort" in kind else ""


def _explain(heard: Heard, text: str) -> str:
    """The slowest page's plan with what it really took, and that of the count."""
    parts = [text]
    counts = [each for each in heard.statements if each.counts]
    for each in filter(None, (heard.page, counts[-1] if counts else None)):
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 120000")
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {each.sql}", each.params)
            parts += [each.sql[:4_000], "\n".join(row for (row,) in cursor.fetchall())]
            cursor.execute("SET statement_timeout = 0")
    return "\n\n".join(parts)


def row(line: Line) -> str:
    """A line of the table."""
    figures = [
        f"{times.p50:.1f} / {times.p95:.1f}" if times else "–"
        for times in (line.first, line.deep, line.count)
    ]
    return (
        f"{line.query.name:<22}{line.who:<24}{figures[0]:>15}{figures[1]:>17}{figures[2]:>17}"
        f"{line.finds:>8}  {line.query.budget:g}{'  OVER' if line.over else ''}  {line.plan}"
    )


def as_json(line: Line) -> dict[str, Any]:
    """The same for a program."""
    told = {
        name: times and {"p50_ms": round(times.p50, 2), "p95_ms": round(times.p95, 2)}
        for name, times in (
            ("first", line.first),
            ("page_1000", line.deep),
            ("count", line.count),
        )
    }
    return {
        "query": line.query.text,
        "who": line.who,
        "budget_ms": line.query.budget,
        "over": line.over,
        "finds": line.finds,
        "plan": line.plan,
        **told,
    }


def plan_of(line: Line) -> str:
    """What is over its budget, with its plan, for whoever mends it."""
    return f"## {line.query.name}, {line.who}\n\n{row(line)}\n\n```\n{line.explained}\n```"


class _Values:
    """What queries ask for, taken from the system that is asked."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._queues = list(
            Queue.objects.exclude(name="General").order_by("pk").values_list("name", flat=True)
        )
        self._customers = list(
            Watcher.objects.filter(role="requestor", pk__lt=20_000).values_list(
                "address", flat=True
            )
        )
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT u.username FROM accounts_user u
                WHERE EXISTS (SELECT FROM tickets_ticket t WHERE t.owner_id = u.id) ORDER BY u.id
                """
            )
            self._agents = [name for (name,) in cursor.fetchall()]
            cursor.execute("SELECT min(created_at), max(created_at) FROM tickets_ticket")
            self._began, self._ends = cursor.fetchone()

    def into(self, text: str) -> str:
        """The query with values, others each time."""
        rng = self._rng
        start = self._began + (self._ends - self._began) * rng.random()
        days = (self._ends - self._began) / 50
        return text.format(
            **{
                "queue": rng.choice(self._queues),
                "agent": rng.choice(self._agents),
                "customer": rng.choice(self._customers or [f"nobody@{DOMAIN}"]),
                "location": rng.choice(LOCATIONS[:-1]),
                "asset": f"BW-{rng.randrange(10_000):04d}",
                "from": start.date().isoformat(),
                "to": (start + days).date().isoformat(),
                "subject": rng.choice(WORDS[100:2_000])[:-1].lower(),
                "rare": rng.choice(WORDS[2_500:]),
                "common": rng.choice(WORDS[:6]),
            }
        )
