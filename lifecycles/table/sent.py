"""Rows as a form sends them, and what its buttons do to them."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from lifecycles.parts import ANY, BEGIN, KINDS, Kind
from lifecycles.table.rows import (
    UNKNOWN,
    FormerRow,
    MapRow,
    StatusRow,
    Table,
    TransitionRow,
)

Row = TypeVar("Row", StatusRow, TransitionRow, MapRow)

# How the rows are listed in a form: their keys, in the order in which they stand.
STATUSES, TRANSITIONS, MAPS, FORMERS = "status", "transition", "map", "former"
_KEY = re.compile(r"[stm]\d{1,5}")
_MOST = 1000


class Sent(Protocol):
    """What a browser sent."""

    def get(self, key: str, /) -> str | None:
        """The last value of that name."""
        ...

    def getlist(self, key: str, /) -> list[str]:
        """All of that name."""
        ...


def sent(data: Sent) -> Table:
    """The rows, as they were typed. What no form of ours sends is left out."""

    def text(name: str) -> str:
        return (data.get(name) or "").strip()

    keys = {name: _keys(data.getlist(name)) for name in (STATUSES, TRANSITIONS, MAPS)}
    known = frozenset(keys[STATUSES])
    return Table(
        statuses=tuple(_status(key, text) for key in keys[STATUSES]),
        transitions=tuple(_transition(key, text, data, known) for key in keys[TRANSITIONS]),
        maps=tuple(
            MapRow(
                key,
                text(f"{key}.other"),
                _known(text(f"{key}.status"), known),
                text(f"{key}.theirs"),
            )
            for key in keys[MAPS]
        ),
        formers=tuple(
            FormerRow(was, _known((data.get(f"former.{index}") or ""), known))
            for index, was in enumerate(data.getlist(FORMERS)[:_MOST])
        ),
        on_create=_known(text("on_create"), known),
    )


def _keys(given: Iterable[str]) -> list[str]:
    return [key for key in dict.fromkeys(given) if _KEY.fullmatch(key)][:_MOST]


def _known(ref: str, statuses: frozenset[str]) -> str:
    """A reference that may stand where a status is meant; else none."""
    return ref if ref in statuses or ref.startswith(UNKNOWN) else ""


def _status(key: str, text: Callable[[str], str]) -> StatusRow:
    kind: Kind = "active"
    for each in KINDS:
        if text(f"{key}.kind") == each:
            kind = each
    name, color, role, was = (text(f"{key}.{cell}") for cell in ("name", "color", "role", "was"))
    return StatusRow(key, name, kind, color, role, was)


def _transition(
    key: str, text: Callable[[str], str], data: Sent, statuses: frozenset[str]
) -> TransitionRow:
    sources = dict.fromkeys(data.getlist(f"{key}.from"))
    return TransitionRow(
        key=key,
        name=text(f"{key}.name"),
        label=text(f"{key}.label"),
        sources=tuple(each for each in map(_source, sources) if _leads(each, statuses)),
        target=_known(text(f"{key}.to"), statuses),
        right=text(f"{key}.right"),
        roles=tuple(
            filter(None, dict.fromkeys(each.strip() for each in data.getlist(f"{key}.roles")))
        ),
        guard=text(f"{key}.guard"),
        message=text(f"{key}.message"),
    )


def _source(value: str) -> str:
    # A box without a value would send "on": the beginning has a word of its own in forms.
    return BEGIN if value == "create" else value


def _leads(ref: str, statuses: frozenset[str]) -> bool:
    return ref in (ANY, BEGIN) or ref in statuses or ref.startswith(UNKNOWN)


def acted(table: Table, act: str) -> Table:
    """The rows after a button was pressed: `add:KIND`, `add:transition`, `add:map`, `drop:KEY`, `up:KEY`, `down:KEY`.

    Another act changes nothing. A status that goes is taken out of the transitions that named it; those that led to it
    stay, and lead nowhere until somebody says where.
    """
    verb, _colon, what = act.partition(":")
    if verb == "add":
        return _added(table, what)
    if verb == "drop":
        return _dropped(table, what)
    if verb in ("up", "down"):
        step = -1 if verb == "up" else 1
        return replace(
            table,
            statuses=_stepped(table.statuses, what, step, lambda row: row.kind),
            transitions=_stepped(table.transitions, what, step, lambda _row: ""),
        )
    return table


def _added(table: Table, what: str) -> Table:
    if what == "transition":
        row = TransitionRow(table.free("t"))
        return replace(table, transitions=(*table.transitions, row))
    if what == "map":
        return replace(table, maps=(*table.maps, MapRow(table.free("m"))))
    for kind in KINDS:
        if what == kind:
            return replace(table, statuses=(*table.statuses, StatusRow(table.free("s"), kind=kind)))
    return table


def _dropped(table: Table, key: str) -> Table:
    return replace(
        table,
        statuses=tuple(row for row in table.statuses if row.key != key),
        transitions=tuple(_without(row, key) for row in table.transitions if row.key != key),
        maps=tuple(row for row in table.maps if key not in (row.key, row.status)),
        formers=tuple(replace(row, now="") if row.now == key else row for row in table.formers),
        on_create="" if table.on_create == key else table.on_create,
    )


def _without(row: TransitionRow, key: str) -> TransitionRow:
    sources = tuple(ref for ref in row.sources if ref != key)
    return replace(row, sources=sources, target="" if row.target == key else row.target)


def _stepped(
    rows: Sequence[Row], key: str, step: int, among: Callable[[Row], str]
) -> tuple[Row, ...]:
    """The rows with that one a place up or down among its like."""
    made = list(rows)
    here = next((index for index, row in enumerate(made) if row.key == key), None)
    if here is None:
        return tuple(made)
    there = here + step
    if 0 <= there < len(made) and among(made[there]) == among(made[here]):
        made[here], made[there] = made[there], made[here]
    return tuple(made)
