"""Tiles before they have a place: how large they are, with what hangs on their sides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lifecycles.diagram.labels import Block, on_pill, on_tile, on_way
from lifecycles.diagram.net import Size
from lifecycles.diagram.picture import Picture, Tile
from lifecycles.diagram.ports import port_room

GLYPH = 10.0
PAD = 12.0
NAME_AT = PAD + GLYPH + 8
ARROW = 22.0
PILL_SIDE = 12.0
PILL_PAD = 5.0
LOOP = 20.0
LOOP_GAP = 8.0
_LEAST = 112.0
_ABOVE = 9.0
_GRID = 4.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A tile of that width and height. The pill hangs on its left side, the loop on its right one."""

    width: float
    height: float
    name: Block
    pill: Block | None = None
    loop: Block | None = None

    @property
    def left(self) -> float:
        """From its axis to the end of all that hangs there."""
        hangs = ARROW + self.pill.width + 2 * PILL_SIDE if self.pill else 0
        return self.width / 2 + hangs

    @property
    def right(self) -> float:
        """The same on the other side."""
        hangs = LOOP + LOOP_GAP + self.loop.width if self.loop else 0
        return self.width / 2 + hangs

    @property
    def room(self) -> float:
        """The height of all of it."""
        pill = self.pill.height + 2 * PILL_PAD if self.pill else 0
        return max(self.height, pill, self.loop.height if self.loop else 0)

    @property
    def size(self) -> Size:
        """For the layout."""
        return Size(self.left, self.right, self.room, body=self.width)


def shapes(picture: Picture) -> tuple[Shape, ...]:
    """The shapes of all tiles: of one width, but for those on which many lines end."""
    found = [_shape(tile) for tile in picture.tiles]
    common = max((shape.width for shape in found), default=_LEAST)
    ends = _ends(picture)
    return tuple(
        replace(shape, width=max(common, port_room(count)))
        for shape, count in zip(found, ends, strict=True)
    )


def _shape(tile: Tile) -> Shape:
    name = on_tile(tile.name)
    width = max(_LEAST, NAME_AT + name.width + PAD)
    return Shape(
        width=_GRID * 2 * -(-width // (_GRID * 2)),
        height=name.height + 2 * _ABOVE,
        name=name,
        pill=on_pill(tile),
        loop=on_way(tile.loops) if tile.loops else None,
    )


def _ends(picture: Picture) -> Sequence[int]:
    """By tile, an upper bound of the lines on one of its sides."""
    counts = [0] * len(picture.tiles)
    for way in picture.ways:
        counts[way.target] += 1
        if way.source is not None:
            counts[way.source] += 1
    return counts
