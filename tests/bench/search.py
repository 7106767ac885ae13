"""Searches as the API makes them: what each costs in the database, at the first page and at the thousandth."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from django.db import OperationalError, connection, transaction

from customfields.models import CustomField
from tessera.demo.bulk.words import WORDS
from tessera.demo.company import DOMAIN, LOCATIONS
from tessera.lib.api.pagination import COUNT_CAP, PAGE_SIZE, Cursor, Page, asked
from tessera.lib.errors import QueryTooSlow
from tests.bench.measure import Times, times_of
from tests.bench.searches import COUNT, QUERIES, Query
from tests.bench.visitors import Visitor
from tickets import config, indexing
from tickets.access import Actor
from tickets.api.listing import found
from tickets.models import Queue, Watcher
from tickets.orders import DEFAULT, orders_of
from tickets.search import search

PATH = "/api/tickets"
DEEP = 1_000
# Whoever waits longer for the row that the deep page begins after waits for nothing.
_PATIENCE_MS = 60_000
# What is over its budget is explained, for no longer than this.
_EXPLAINED_MS = 30_000
_INDEXED = "start_date"


@dataclass(slots=True)
class Statement:
    sql: str
    params: Any
    ms: float

    @property
    def counts(self) -> bool:
        """Whether it counts no further than a list does, or asks the planner how many there are."""
        capped = f"LIMIT {COUNT_CAP + 1}" in self.sql and "COUNT(*)" in self.sql
        return capped or self.sql.startswith("EXPLAIN")


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
        return self.statements[place] if (place := self._place) is not None else None

    @property
    def counts(self) -> list[Statement]:
        """Those for the count beside the page, which follow it."""
        place = self._place
        return [] if place is None else [one for one in self.statements[place:] if one.counts]

    @property
    def spent(self) -> tuple[float, float]:
        """The milliseconds that the page took, and those of its count."""
        counted = sum(each.ms for each in self.counts)
        return sum(each.ms for each in self.statements) - counted, counted

    @property
    def _place(self) -> int | None:
        wanted = f"LIMIT {PAGE_SIZE + 1}"
        found = [place for place, each in enumerate(self.statements) if _reads(each, wanted)]
        return found[-1] if found else None


def _reads(statement: Statement, wanted: str) -> bool:
    return wanted in statement.sql and not statement.sql.startswith("EXPLAIN")


@dataclass(frozen=True, slots=True)
class Line:
    """One query of one visitor. `deep` is None where there is no thousandth page, all times where it was refused.

    `cold` is the first page of a value that nobody asked for before, some of which comes from the disk; the other times
    are those of the same value asked for once more.
    """

    query: Query
    who: str
    cold: Times | None = None
    first: Times | None = None
    deep: Times | None = None
    count: Times | None = None
    finds: int = 0
    plan: str = "refused"
    explained: str = ""

    @property
    def over(self) -> bool:
        pages = [times.p95 for times in (self.first, self.deep) if times is not None]
        slow = any(ms > self.query.budget for ms in pages)
        return self.first is None or slow or (self.count is not None and self.count.p95 > COUNT)


def run(visitors: list[Visitor], *, turns: int) -> Iterator[Line]:
    """Measure each query for each visitor."""
    _index(_INDEXED)
    values = _Values(Random(7))
    for query in QUERIES:
        texts = [values.into(query.text) for _turn in range(turns)]
        for visitor in visitors:
            yield _line(query, visitor, texts)


def _index(key: str) -> None:
    """Mark the field as indexed, as an administrator does; where it is nothing happens."""
    CustomField.objects.filter(key=key, indexed=False).update(indexed=True)
    if indexing.sync():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE tickets_ticket")


def _line(query: Query, visitor: Visitor, texts: list[str]) -> Line:
    taken: dict[str, list[float]] = {"cold": [], "first": [], "deep": [], "count": []}
    finds, slowest, heard, told = 0, 0.0, Heard(), texts[0]
    _ask(visitor, texts[0], None)  # the catalogue and the planner's figures are read once
    for text in texts:
        _answer, new = _ask(visitor, text, None)
        taken["cold"].append(new.spent[0])
        for place in ("first", "deep"):
            cursor = _deep(visitor, text) if place == "deep" else None
            if place == "deep" and cursor is None:
                continue
            if cursor is not None:
                _ask(visitor, text, cursor)
            answer, asked_of = _ask(visitor, text, cursor)
            if answer is None:
                return Line(query, visitor.what, explained=_explain(asked_of, text))
            spent, counted = asked_of.spent
            taken[place].append(spent)
            taken["count"].append(counted)
            finds = max(finds, answer["count"])
            if spent + counted > slowest or heard.page is None:
                slowest, heard, told = spent + counted, asked_of, text
    cold, first, deep, count = (times_of([ms]) if ms else None for ms in taken.values())
    line = Line(query, visitor.what, cold, first, deep, count, finds, _kind(heard))
    return replace(line, explained=_explain(heard, told)) if line.over else line


def _ask(visitor: Visitor, text: str, cursor: Cursor | None) -> tuple[dict[str, Any] | None, Heard]:
    """A page as the API answers it, to somebody new; None where it takes too long."""
    actor = Actor(visitor.actor.person, config.current())
    with _listening() as heard:
        try:
            return found(actor, search(text, actor), _page(visitor, cursor)), heard
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
    counts = [each for each in heard.counts if _reads(each, "COUNT(*)")]
    for each in filter(None, (heard.page, counts[-1] if counts else None)):
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {_EXPLAINED_MS}")
            try:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {each.sql}", each.params)
                plan = "\n".join(row for (row,) in cursor.fetchall())
            except OperationalError:
                plan = f"Stopped after {_EXPLAINED_MS} ms: alone, without its limits, it has another plan."
            parts += [each.sql[:4_000], plan]
            cursor.execute("SET statement_timeout = 0")
    return "\n\n".join(parts)


def row(line: Line) -> str:
    """A line of the table."""
    figures = [
        f"{times.p50:.1f} / {times.p95:.1f}" if times else "–"
        for times in (line.cold, line.first, line.deep, line.count)
    ]
    return (
        f"{line.query.name:<22}{line.who:<24}{figures[0]:>16}{figures[1]:>16}{figures[2]:>17}{figures[3]:>17}"
        f"{line.finds:>8}  {line.query.budget:g}{'  OVER' if line.over else ''}  {line.plan}"
    )


def as_json(line: Line) -> dict[str, Any]:
    """The same for a program."""
    told = {
        name: times and {"p50_ms": round(times.p50, 2), "p95_ms": round(times.p95, 2)}
        for name, times in (
            ("cold", line.cold),
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
