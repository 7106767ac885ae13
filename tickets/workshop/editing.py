"""The definition that a form holds: as JSON, and as rows where rows can show it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from lifecycles import merging
from lifecycles import table as rows
from lifecycles.definition import check_storable, parse
from lifecycles.table import Table
from lifecycles.table.rows import shown_anew
from lifecycles.table.sent import acted, sent
from lifecycles.writing import own
from tessera.lib.admin import PrettyEncoder

# Names in the form: what the buttons do, the definition as the page showed it, and what an undo goes back to.
ACT, LOOK, SHOWN, ROWS = "_act", "_look", "shown", "rows"
UNDO, UNDO_FROM = "undo", "undo_from"
JSON = "definition"


@dataclass(frozen=True)
class Edited:
    """A definition in a form. `table` is None where rows can't show it; `lost` is what rows would not keep of it.

    `fresh` is the key of a row that was just added; `undo` the definition before a row went.
    """

    raw: Any
    table: Table | None
    lost: tuple[str, ...] = ()
    fresh: str = ""
    undo: Any = None
    by_json: bool = False

    @cached_property
    def text(self) -> str:
        """The definition as the page shows it."""
        return dumped(self.raw)

    @property
    def undo_text(self) -> str:
        """For the form, which brings it back."""
        return "" if self.undo is None else json.dumps(self.undo)

    @property
    def undo_from(self) -> str:
        """The same of the definition without the row."""
        return "" if self.undo is None else json.dumps(self.raw)


def dumped(raw: Any) -> str:
    """JSON as people read it."""
    return json.dumps(raw, cls=PrettyEncoder)


def opened(raw: Any, published: Iterable[str]) -> Edited:
    """A definition that is kept, for a page that is opened. One in RT's shape is shown as ours would say it."""
    table = rows.read(raw)
    lost: tuple[str, ...] = ()
    if table is None:
        definition = parse(raw).definition
        if definition is not None:
            written = own(definition)
            table, lost = rows.read(written.raw), written.lost
    if table is not None:
        table = rows.followed(table, published)
    return Edited(raw, table, lost)


def received(data: Any, published: Iterable[str]) -> Edited | None:
    """What a browser sent: the rows, or the JSON where somebody changed that. None where that can't be kept."""
    published = tuple(published)
    if changed_as_json(data):
        try:
            raw = json.loads(data.get(JSON, ""))
        except (ValueError, RecursionError):
            return None
        if check_storable(raw):
            return None
        return replace(opened(raw, published), by_json=True)
    act = data.get(ACT, "")
    base = loaded(data.get(SHOWN, ""))
    before = rows.followed(sent(data), published)
    if act == UNDO:
        return _undone(data, _kept(base, before, published), published)
    table = rows.followed(acted(before, act), published)
    raw = _kept(base, table, published)
    undo = rows.write(before) if act.startswith("drop:") else None
    fresh = "" if not act.startswith("add:") else _last(before, table)
    return Edited(raw, shown_anew(table) if act else table, fresh=fresh, undo=undo)


def changed_as_json(data: Any) -> bool:
    """Whether the text of the definition is not the one that the page showed: then it counts, and not the rows."""
    if ROWS not in data:
        return True
    return _plain(data.get(JSON, "")) != _plain(data.get(SHOWN, ""))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def loaded(text: str) -> Any:
    """The JSON of a hidden field; None where somebody wrote something else into it."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if check_storable(raw) else raw


def _kept(base: Any, table: Table, published: tuple[str, ...]) -> Any:
    """What the rows say. Rows that say what the page showed are no change, however that was written."""
    shown = opened(base, published).table if base is not None else None
    said = rows.write(table)
    return base if shown is not None and rows.write(shown) == said else said


def _last(before: Table, after: Table) -> str:
    every: tuple[Any, ...] = (*before.statuses, *before.transitions, *before.maps)
    held = {row.key for row in every}
    every = (*after.statuses, *after.transitions, *after.maps)
    return next((row.key for row in every if row.key not in held), "")


def _undone(data: Mapping[str, Any], raw: Any, published: tuple[str, ...]) -> Edited:
    """With the row again that went, and with all that was changed since."""
    was, since = loaded(data.get(UNDO, "")), loaded(data.get(UNDO_FROM, ""))
    if was is None:
        return opened(raw, published)
    merged = merging.merge(since, raw, was)
    return opened(merged.raw if merged else was, published)
