"""A drawing as rows of points: tiles, labels, and where long lines pass a row.

Tiles stand in the even rows and labels in the odd ones between them. A line has a point in every row
that it crosses, so nothing else can stand where it passes, nor on its label.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lifecycles.diagram.ranks import Arc

_LINE = 7.0
_STREAM = 3
_BETWEEN_TILES = 32.0
_BETWEEN_LABELS = 14.0
_BETWEEN_LINES = 4.0
_BESIDE_TILE = 16.0


@dataclass(frozen=True, slots=True)
class Size:
    """What a tile or label takes up, in pixels, from its axis to either side. `body` of it is the part
    that lines may end on, half to each side."""

    left: float
    right: float
    height: float
    body: float = 0.0

    @classmethod
    def centred(cls, width: float, height: float) -> "Size":
        """The same to both sides."""
        return cls(width / 2, width / 2, height)


@dataclass(slots=True)
class Point:
    """One of a row. `tile` and `link` are indexes, of which one is given."""

    row: int
    size: Size
    tile: int | None = None
    link: int | None = None
    has_label: bool = False
    x: float = 0.0


@dataclass(slots=True)
class Segment:
    """Part of a link, from a point to one in the next row; `out` and `into` are where it leaves the
    one and meets the other, measured from their axes."""

    upper: int
    lower: int
    link: int
    out: float = 0.0
    into: float = 0.0


@dataclass(slots=True)
class Net:
    """Points by row, and the segments between them. `ups` and `downs` are a point's segments."""

    points: list[Point] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    ups: list[list[int]] = field(default_factory=list)
    downs: list[list[int]] = field(default_factory=list)
    # By link, its segments from the top downwards.
    chains: list[list[int]] = field(default_factory=list)
    # By link, how much it matters that it is straight.
    weights: list[int] = field(default_factory=list)

    def add(self, point: Point) -> int:
        """Put a point at the end of its row."""
        self.points.append(point)
        self.ups.append([])
        self.downs.append([])
        self.rows[point.row].append(len(self.points) - 1)
        return len(self.points) - 1

    def join(self, upper: int, lower: int, link: int) -> None:
        """Draw a segment."""
        self.segments.append(Segment(upper, lower, link))
        number = len(self.segments) - 1
        self.downs[upper].append(number)
        self.ups[lower].append(number)
        self.chains[link].append(number)

    def is_line(self, point: int) -> bool:
        """Whether it is a part of a link, not a tile."""
        return self.points[point].tile is None

    def neighbours(self, point: int, *, up: bool) -> list[int]:
        """The points at the other ends of its segments on that side."""
        if up:
            return [self.segments[number].upper for number in self.ups[point]]
        return [self.segments[number].lower for number in self.downs[point]]

    def ends(self, point: int, places: Sequence[int], *, up: bool) -> list[int]:
        """Its segments on that side, in the order of their other ends."""
        if up:
            return sorted(self.ups[point], key=lambda s: (places[self.segments[s].upper], s))
        return sorted(self.downs[point], key=lambda s: (places[self.segments[s].lower], s))

    def bend(self, segment: int) -> float:
        """How far to the left the segment runs on its way down."""
        each = self.segments[segment]
        start = self.points[each.upper].x + each.out
        return start - self.points[each.lower].x - each.into

    def apart(self, left: int, right: int) -> float:
        """The least distance between the axes of two neighbours in a row."""
        tiles = (not self.is_line(left)) + (not self.is_line(right))
        labels = self.points[left].has_label + self.points[right].has_label
        if tiles:
            gap = _BETWEEN_TILES if tiles == 2 else _BESIDE_TILE
        else:
            gap = _BETWEEN_LABELS if labels == 2 else _BETWEEN_LINES
        return self.points[left].size.right + gap + self.points[right].size.left

    def room(self, point: int, places: Sequence[int]) -> tuple[float, float]:
        """How far its axis may be to the left and to the right as its neighbours stand now."""
        row, at = self.rows[self.points[point].row], places[point]
        low, high = float("-inf"), float("inf")
        if at:
            low = self.points[row[at - 1]].x + self.apart(row[at - 1], point)
        if at + 1 < len(row):
            high = self.points[row[at + 1]].x - self.apart(point, row[at + 1])
        return low, high

    def places(self) -> list[int]:
        """By point, where it stands in its row."""
        found = [0] * len(self.points)
        for row in self.rows:
            for place, point in enumerate(row):
                found[point] = place
        return found


def weave(
    tiles: Sequence[Size], ranks: Sequence[int], arcs: Sequence[Arc], labels: Sequence[Size | None]
) -> Net:
    """The net of these tiles in these ranks; an arc has at most one label. Tiles are the first points,
    in their order."""
    net = Net(rows=[[] for _ in range(2 * max(ranks, default=0) + 1)], chains=[[] for _ in arcs])
    # What leads one row down is the stream that a reader follows.
    net.weights = [_STREAM if ranks[lower] - ranks[upper] == 1 else 1 for upper, lower in arcs]
    for tile, size in enumerate(tiles):
        net.add(Point(2 * ranks[tile], size, tile=tile))
    crowded = [0.0] * len(net.rows)
    spans = [ranks[lower] - ranks[upper] for upper, lower in arcs]
    for link in sorted(range(len(arcs)), key=lambda link: (spans[link], link)):
        upper, lower = arcs[link]
        _thread(net, upper, lower, link, labels[link], crowded)
    return net


def count_points(ranks: Sequence[int], arcs: Sequence[Arc]) -> int:
    """How many points the net would have."""
    return len(ranks) + sum(2 * (ranks[lower] - ranks[upper]) - 1 for upper, lower in arcs)


def _thread(
    net: Net, upper: int, lower: int, link: int, label: Size | None, crowded: list[float]
) -> None:
    """A point in every row between; the label in the odd one that has most room."""
    rows = range(net.points[upper].row + 1, net.points[lower].row)
    at = min(rows[::2], key=lambda row: crowded[row]) if label else None
    before = upper
    for row in rows:
        size = label if label and row == at else Size.centred(2 * _LINE, 0)
        crowded[row] += size.left + size.right
        point = net.add(Point(row, size, link=link, has_label=row == at))
        net.join(before, point, link)
        before = point
    net.join(before, lower, link)
