"""A definition as SVG, laid out here: no script, no style attribute, nothing from elsewhere."""

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from lifecycles.diagram import words
from lifecycles.diagram.labels import Placed, Spot
from lifecycles.diagram.layout import Layout, layout
from lifecycles.diagram.picture import Mark, Marks, Tile, picture
from lifecycles.diagram.shapes import (
    ARROW,
    GLYPH,
    LOOP,
    LOOP_GAP,
    NAME_AT,
    PAD,
    PILL_PAD,
    PILL_SIDE,
    Shape,
)
from lifecycles.diagram.strokes import HEAD, glyph, head, n, path, rect, text, title
from lifecycles.diagram.style import STYLE
from lifecycles.diagram.woven import DOT, Line
from lifecycles.parts import Definition

_LOOP_HALF = 8.0
_WIDE = 480.0
_TILE_CORNER = 4.0
_PILL_CORNER = 14.0


def svg(
    definition: Definition,
    *,
    current: str | None = None,
    standalone: bool = False,
    marks: Marks | None = None,
    links: Mapping[str, str] | None = None,
) -> str:
    """The state diagram of a definition, with the status `current` (in any case) marked.

    To stand in a page it takes its colours from `css/diagram.css`; `standalone` makes it a document
    of its own, to be served under `POLICY`. Names are escaped. Its size is in pixels and grows with
    the definition: its surroundings must scroll. Past `MOST_WAYS` it shows the statuses alone. With
    `links` (by status) its tiles lead somewhere; `marks` tell it from another version (`compared`).
    """
    drawing = layout(picture(definition, current=current, marks=marks, links=links))
    return "".join(_document(drawing, standalone=standalone))


def _document(drawing: Layout, *, standalone: bool) -> Iterator[str]:
    width, height = n(drawing.width), n(drawing.height)
    heading = words.heading(drawing.picture)
    # What is one image has no parts to go to.
    role = "group" if drawing.picture.links else "img"
    if standalone:
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    # One that is wide may be shown smaller where it stands beside other things.
    wide = " lc-wide" if drawing.width > _WIDE else ""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lc{wide}" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="{role}" aria-label={quoteattr(heading)}>'
    )
    yield f"{title(heading)}<desc>{escape(words.description(drawing.picture))}</desc>"
    if standalone:
        yield f"<style>{STYLE}</style>"
    for line in drawing.lines:
        yield from _way(drawing, line)
    if drawing.dot:
        x, y = drawing.dot
        yield f'<circle class="lc-dot" cx="{n(x)}" cy="{n(y)}" r="{n(DOT)}"/>'
    for index in range(len(drawing.picture.tiles)):
        yield from _tile(drawing, index)
    if drawing.note:
        yield from text(drawing.note, anchor="start")
    for sign in drawing.legend:
        yield f'<g class="lc-{sign.kind}">{glyph(sign.kind, *sign.glyph)}</g>'
        yield from text(sign.name, anchor="start")
    yield "</svg>\n"


def _way(drawing: Layout, line: Line) -> Iterator[str]:
    parts = [list(part) for part in line.parts]
    end, at = (parts[0], 0) if line.upwards else (parts[-1], -1)
    tip, down = end[at], -1 if line.upwards else 1
    # The line ends where its head begins, or it would show at the tip.
    end[at] = (tip[0], tip[1] - down * HEAD)
    marked = _marked(drawing.picture.marks.of_all(line.way.transitions))
    yield f'<g class="lc-way{marked}">{title(words.way_title(drawing.picture, line.way))}'
    yield path(parts) + head(tip, (0, down))
    if line.label:
        yield from text(line.label, anchor="middle")
    yield "</g>"


def _tile(drawing: Layout, index: int) -> Iterator[str]:
    tile, shape, middle = drawing.picture.tiles[index], drawing.shapes[index], drawing.tiles[index]
    current = index == drawing.picture.current
    marks = drawing.picture.marks
    yield from _pill(tile, shape, middle, marks)
    yield from _loop(tile, shape, middle, marks)
    x, y = middle[0] - shape.width / 2, middle[1] - shape.height / 2
    marked = " lc-current" if current else _marked(drawing.picture.marks.statuses.get(tile.name))
    marked += f" lc-{tile.color}" if tile.color else ""
    link = drawing.picture.links.get(tile.name)
    yield f"<a href={quoteattr(link)}>" if link else ""
    yield f'<g class="lc-status lc-{tile.kind}{marked}">'
    yield title(words.status_title(tile, current=current))
    yield rect("lc-tile", x, y, shape.width, shape.height, _TILE_CORNER)
    yield glyph(tile.kind, x + PAD, middle[1] - GLYPH / 2)
    yield from text(
        Placed(shape.name, x + NAME_AT, middle[1] - shape.name.height / 2), anchor="start"
    )
    yield "</g></a>" if link else "</g>"


def _marked(mark: Mark | None) -> str:
    return f" lc-{mark}" if mark else ""


def _pill(tile: Tile, shape: Shape, middle: Spot, marks: Marks) -> Iterator[str]:
    if shape.pill is None:
        return
    tip = (middle[0] - shape.width / 2, middle[1])
    right = tip[0] - ARROW
    width, height = shape.pill.width + 2 * PILL_SIDE, shape.pill.height + 2 * PILL_PAD
    corner = min(height / 2, _PILL_CORNER)
    marked = _marked(marks.of_all((*tile.begins, *tile.anywhere)))
    yield f'<g class="lc-way{marked}">{title(words.pill_title(tile))}'
    yield rect("lc-pill", right - width, middle[1] - height / 2, width, height, corner)
    yield path([[(right, tip[1]), (tip[0] - HEAD, tip[1])]]) + head(tip, (1, 0))
    block = Placed(shape.pill, right - width / 2, middle[1] - shape.pill.height / 2)
    yield from text(block, anchor="middle")
    yield "</g>"


def _loop(tile: Tile, shape: Shape, middle: Spot, marks: Marks) -> Iterator[str]:
    if shape.loop is None:
        return
    x, out = middle[0] + shape.width / 2, middle[0] + shape.width / 2 + LOOP
    above, below = middle[1] - _LOOP_HALF, middle[1] + _LOOP_HALF
    marked = _marked(marks.of_all(tile.loops))
    yield f'<g class="lc-way{marked}">{title(words.loop_title(tile))}'
    yield path([[(x, above), (out, above), (out, below), (x + HEAD, below)]])
    yield head((x, below), (-1, 0))
    block = Placed(shape.loop, out + LOOP_GAP, middle[1] - shape.loop.height / 2)
    yield from text(block, anchor="start")
    yield "</g>"
