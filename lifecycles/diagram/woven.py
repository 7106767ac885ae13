"""The ways of a picture as lines in rows: the steps of the layout, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor

from lifecycles.diagram.labels import Block, Placed, Spot, on_way
from lifecycles.diagram.net import Net, Size, count_points, weave
from lifecycles.diagram.order import untangle
from lifecycles.diagram.picture import Picture, Way
from lifecycles.diagram.place import place
from lifecycles.diagram.ports import spread_ports
from lifecycles.diagram.ranks import Arc, orient, ranks
from lifecycles.diagram.route import crossover
from lifecycles.diagram.shapes import Shape
from lifecycles.diagram.straighten import straighten
from lifecycles.parts import KINDS

DOT = 6.0
_CLEAR = 4.0


@dataclass(frozen=True, slots=True)
class Line:
    """A way: its line from the top down, in two parts where a label stands on it. `upwards` says that
    its head is at the upper end."""

    way: Way
    parts: tuple[tuple[Spot, ...], ...]
    upwards: bool
    label: Placed | None


@dataclass(frozen=True, slots=True)
class Woven:
    """The part of a drawing that hangs together, from the corner at 0, 0. `tiles` are the middles of
    those that have a way, by their indexes."""

    tiles: dict[int, Spot]
    dot: Spot | None
    lines: tuple[Line, ...]
    width: float
    height: float


def woven(picture: Picture, shapes: Sequence[Shape], *, most_points: int) -> Woven | None:
    """The tiles and ways of the picture in rows; None where that would take more points."""
    dot = len(shapes)
    ends = [(dot if way.source is None else way.source, way.target) for way in picture.ways]
    linked = sorted({tile for pair in ends for tile in pair})
    at = {tile: index for index, tile in enumerate(linked)}
    links = [(at[source], at[target]) for source, target in ends]
    arcs, rows = _arranged(picture, linked, links)
    if count_points(rows, arcs) > most_points:
        return None
    sizes = [Size.centred(2 * DOT, 2 * DOT) if t == dot else shapes[t].size for t in linked]
    labels = [on_way(way.transitions) if way.transitions else None for way in picture.ways]
    net = weave(sizes, rows, arcs, [_room(label) for label in labels])
    untangle(net)
    spread_ports(net)
    place(net)
    straighten(net)
    turned = [arc != link for arc, link in zip(arcs, links, strict=True)]
    heights = [2 * DOT if t == dot else shapes[t].height for t in linked]
    lines = _Lines(net, heights)
    return Woven(
        tiles={tile: lines.middle(at[tile]) for tile in linked if tile != dot},
        dot=lines.middle(at[dot]) if dot in at else None,
        lines=tuple(
            lines.of(link, way, label, upwards=upwards)
            for link, (way, label, upwards) in enumerate(
                zip(picture.ways, labels, turned, strict=True)
            )
        ),
        width=max(point.x + point.size.right for point in net.points),
        height=lines.bottom,
    )


def _arranged(
    picture: Picture, linked: Sequence[int], links: Sequence[Arc]
) -> tuple[list[Arc], list[int]]:
    """The links as arcs downwards, and the row of each tile: the dot first, the others by their kinds."""
    dot = len(picture.tiles)
    levels = [-1 if t == dot else KINDS.index(picture.tiles[t].kind) for t in linked]
    everywhere = [i for i, t in enumerate(linked) if t != dot and picture.tiles[t].anywhere]
    arcs = orient(len(linked), links, levels, everywhere)
    least = [int(dot in linked and tile != dot) for tile in linked]
    return arcs, ranks(len(linked), arcs, least)


def _room(label: Block | None) -> Size | None:
    return Size.centred(label.width, label.height + 2 * _CLEAR) if label else None


class _Lines:
    """Gives the rows of a net their heights, and its links their lines."""

    def __init__(self, net: Net, heights: Sequence[float]) -> None:
        self.net, self.heights = net, heights
        left = floor(min(point.x - point.size.left for point in net.points))
        for point in net.points:
            point.x -= left
        self._middle: list[float] = []
        self._end: list[float] = []
        self._tracks: dict[int, float] = {}
        self.bottom = 0.0
        for number, row in enumerate(net.rows):
            height = max((net.points[p].size.height for p in row), default=0.0)
            self._middle.append(self.bottom + height / 2)
            self.bottom += height
            self._end.append(self.bottom)
            if number + 1 < len(net.rows):
                between = crossover(net, number)
                self._tracks |= between.tracks
                self.bottom += between.height

    def middle(self, point: int) -> Spot:
        """Where a point is."""
        return self.net.points[point].x, self._middle[self.net.points[point].row]

    def of(self, link: int, way: Way, label: Block | None, *, upwards: bool) -> Line:
        """The line of a link, cut where its label stands."""
        parts: list[list[Spot]] = [[]]
        placed = None
        for number in self.net.chains[link]:
            parts[-1] += self._segment(number)
            lower = self.net.points[self.net.segments[number].lower]
            if lower.has_label and label is not None:
                y = self._middle[lower.row] - label.height / 2
                placed = Placed(label, lower.x, y)
                parts[-1].append((lower.x, y - _CLEAR))
                parts.append([(lower.x, y + label.height + _CLEAR)])
        return Line(way, tuple(tuple(_without_idle(part)) for part in parts), upwards, placed)

    def _segment(self, number: int) -> Iterator[Spot]:
        """Where it leaves a tile, where it bends, and where it meets a tile."""
        each = self.net.segments[number]
        upper, lower = self.net.points[each.upper], self.net.points[each.lower]
        start, end = upper.x + each.out, lower.x + each.into
        if upper.tile is not None:
            yield start, self._middle[upper.row] + self.heights[upper.tile] / 2
        if number in self._tracks:
            level = self._end[upper.row] + self._tracks[number]
            yield start, level
            yield end, level
        if lower.tile is not None:
            yield end, self._middle[lower.row] - self.heights[lower.tile] / 2


def _without_idle(spots: Sequence[Spot]) -> Iterator[Spot]:
    """Those at which the line begins, bends or ends."""
    for index, spot in enumerate(spots):
        if 0 < index < len(spots) - 1 and spots[index - 1][0] == spot[0] == spots[index + 1][0]:
            continue
        yield spot
