"""A lifecycle small enough for a ticket's side: every status by its kind, the ticket's own, and where it leads."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lifecycles import machine
from lifecycles.parts import Definition
from tessera.lib.query.fold import fold

_KINDS = ("initial", "active", "inactive")
_WIDTH, _HEIGHT, _GAP, _ROW = 76, 24, 18, 33
_LONGEST = 11
_CURVE = 10


@dataclass(frozen=True, slots=True)
class _Tile:
    name: str
    kind: str
    x: int
    y: int


def lifecycle(definition: Definition, status: str) -> SafeString:
    """As SVG, in three columns; the title says in words what it shows."""
    tiles = {tile.name: tile for tile in _tiles(definition)}
    here = definition.canonical(status) or ""
    ways = [name for name in machine.allowed_targets(definition, here) if name in tiles]
    height = max(tile.y for tile in tiles.values()) + _HEIGHT + 1
    return format_html(
        '<svg class="life" viewBox="0 0 264 {}" role="img" aria-label="{}">{}{}</svg>',
        height,
        _words(definition, here, ways),
        format_html_join("", "{}", ((_way(tiles[here], tiles[to]),) for to in ways if to != here)),
        format_html_join("", "{}", ((_drawn(t, here, ways),) for t in tiles.values())),
    )


def _tiles(definition: Definition) -> Iterator[_Tile]:
    for column, kind in enumerate(_KINDS):
        shown = definition.statuses_of(kind)  # type: ignore[arg-type]  # each is a kind
        for row, name in enumerate(shown):
            yield _Tile(name, kind, 1 + column * (_WIDTH + _GAP - 1), 1 + row * _ROW)


def _words(definition: Definition, here: str, ways: list[str]) -> str:
    leads = ", ".join(ways) or _("nothing")
    told = _("Status %(here)s of %(count)d; from here lead ways to: %(ways)s")
    return told % {"here": here, "count": len(definition.statuses), "ways": leads}


def _drawn(tile: _Tile, here: str, ways: list[str]) -> SafeString:
    marks = [tile.kind]
    if fold(tile.name) == fold(here):
        marks.append("now")
    if tile.name in ways:
        marks.append("next")
    short = tile.name if len(tile.name) <= _LONGEST else tile.name[: _LONGEST - 1] + "…"
    return format_html(
        '<g class="{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text x="{}" y="{}">{}</text></g>',
        " ".join(marks),
        tile.name,
        tile.x,
        tile.y,
        _WIDTH,
        _HEIGHT,
        tile.x + _WIDTH // 2,
        tile.y + 16,
        short,
    )


def _way(start: _Tile, end: _Tile) -> SafeString:
    """A line from one to the other; within a column it goes round at the side where there is room."""
    y1, y2 = start.y + _HEIGHT // 2, end.y + _HEIGHT // 2
    if start.x == end.x:
        out = -1 if start.kind == _KINDS[-1] else 1
        x = start.x + (_WIDTH if out == 1 else 0)
        bend, edge = x + out * _CURVE, x + out * 4
        return _path(f"M{x} {y1}H{edge}C{bend} {y1} {bend} {y2} {edge} {y2}H{x}")
    ahead = end.x > start.x
    x1, x2 = (start.x + _WIDTH, end.x) if ahead else (start.x, end.x + _WIDTH)
    bend = x2 - _CURVE if ahead else x2 + _CURVE
    edge = bend - 6 if ahead else bend + 6
    return _path(f"M{x1} {y1}H{edge}C{bend} {y1} {edge} {y2} {bend} {y2}H{x2}")


def _path(line: str) -> SafeString:
    return format_html('<path d="{}"/>', line)
