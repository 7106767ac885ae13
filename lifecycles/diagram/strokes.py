"""Small pieces of SVG: texts, lines with round corners, heads, glyphs."""

from collections.abc import Iterable, Iterator, Sequence
from math import hypot
from typing import Literal
from xml.sax.saxutils import escape

from lifecycles.diagram.labels import SIZES, Placed, Spot
from lifecycles.diagram.text import is_sure
from lifecycles.parts import Kind

Anchor = Literal["start", "middle"]

HEAD = 8.0
_HALF_HEAD = 4.0
_CORNER = 8.0
# Where the four small tiles of a glyph lie, and how many of them are laid.
_TILES = ((0, 5.8), (5.8, 5.8), (0, 0), (5.8, 0))
_LAID: dict[Kind, int] = {"initial": 1, "active": 3, "inactive": 4}


def text(placed: Placed, *, anchor: Anchor) -> Iterator[str]:
    """The lines of a block."""
    for line in placed.block.lines:
        x, y, size = placed.x, placed.y + line.base, SIZES[line.style]
        if is_sure(line.text):
            yield _line(line.text, line.style, x, y, anchor)
            continue
        # Letters whose width nobody knows, and stacked marks, end at the edge of their place.
        left = x - (line.width / 2 if anchor == "middle" else 0)
        yield (
            f'<svg x="{n(left)}" y="{n(y - size)}" width="{n(line.width)}"'
            f' height="{n(size * 1.3)}" overflow="hidden">'
        )
        yield f"{_line(line.text, line.style, x - left, size, anchor)}</svg>"


def _line(words: str, style: str, x: float, y: float, anchor: Anchor) -> str:
    return (
        f'<text class="lc-{style}" x="{n(x)}" y="{n(y)}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def title(words: str) -> str:
    """What an element is, for those who point at it."""
    return f"<title>{escape(words)}</title>"


def path(parts: Iterable[Sequence[Spot]]) -> str:
    """Lines through these spots, with round corners."""
    return f'<path class="lc-line" fill="none" d="{"".join(map(_rounded, parts))}"/>'


def head(tip: Spot, towards: tuple[int, int]) -> str:
    """A triangle that points to the tip."""
    (x, y), (dx, dy) = tip, towards
    base_x, base_y = x - dx * HEAD, y - dy * HEAD
    side_x, side_y = dy * _HALF_HEAD, dx * _HALF_HEAD
    spots = ((x, y), (base_x + side_x, base_y + side_y), (base_x - side_x, base_y - side_y))
    return f'<path class="lc-head" d="M{"L".join(map(_spot, spots))}Z"/>'


def glyph(kind: Kind, x: float, y: float) -> str:
    """Four small tiles: one is laid for initial, three for active, all when it is over."""
    tiles: list[str] = []
    for index, (dx, dy) in enumerate(_TILES):
        if index < _LAID[kind]:
            tiles.append(rect("", x + dx, y + dy, 4.2, 4.2, 0.6))
        else:
            tiles.append(rect("lc-open", x + dx + 0.5, y + dy + 0.5, 3.2, 3.2, 0.4))
    return f'<g class="lc-glyph">{"".join(tiles)}</g>'


def rect(name: str, x: float, y: float, width: float, height: float, radius: float) -> str:
    """A rectangle with round corners."""
    named = f' class="{name}"' if name else ""
    return (
        f'<rect{named} x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}"'
        f' rx="{n(radius)}"/>'
    )


def n(value: float) -> str:
    """A number, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def _rounded(spots: Sequence[Spot]) -> str:
    made = [f"M{_spot(spots[0])}"]
    for before, spot, after in zip(spots, spots[1:], spots[2:], strict=False):
        radius = min(_CORNER, _far(before, spot) / 2, _far(spot, after) / 2)
        made.append(f"L{_spot(_towards(spot, before, radius))}")
        made.append(f"Q{_spot(spot)} {_spot(_towards(spot, after, radius))}")
    return f"{''.join(made)}L{_spot(spots[-1])}"


def _far(a: Spot, b: Spot) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def _towards(a: Spot, b: Spot, far: float) -> Spot:
    part = far / (_far(a, b) or 1)
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def _spot(spot: Iterable[float]) -> str:
    return " ".join(map(n, spot))
