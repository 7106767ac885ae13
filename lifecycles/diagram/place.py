"""Where the points of each row stand, so that long lines are straight and nothing touches.

Points are joined to blocks of one axis and the blocks packed, once from each of four corners; a point
stands at the mean of its two middle places. (Brandes and Köpf, Fast and Simple Horizontal Coordinate
Assignment, 2001; here with sizes, and with lines that end beside a tile's axis.)
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from lifecycles.diagram.net import Net


def place(net: Net) -> None:
    """Give each point its x. The order of the rows and the ports stay as they are."""
    places = net.places()
    crossed = {segment for row in net.rows[:-1] for segment in _crossed(net, row, places)}
    found = [
        _pack(net, _align(net, places, crossed, up=up, left=left), left=left)
        for up in (True, False)
        for left in (True, False)
    ]
    _level(net, found)
    for point, xs in zip(net.points, zip(*found, strict=True), strict=True):
        point.x = sum(sorted(xs)[1:3]) / 2


def _crossed(net: Net, row: Sequence[int], places: Sequence[int]) -> list[int]:
    """The segments below a row that cross a long line, which is to be the straight one of both."""
    segments = [number for point in row for number in net.downs[point]]
    lines = sorted(_ends(net, s, places) for s in segments if _is_inner(net, s))
    uppers = [upper for upper, _ in lines]
    highest = list(accumulate((lower for _, lower in lines), max))
    lowest = list(accumulate((lower for _, lower in reversed(lines)), min))[::-1]
    found: list[int] = []
    for segment in segments:
        upper, lower = _ends(net, segment, places)
        before, after = bisect_left(uppers, upper), bisect_right(uppers, upper)
        from_left = before > 0 and highest[before - 1] > lower
        from_right = after < len(lines) and lowest[after] < lower
        if (from_left or from_right) and not _is_inner(net, segment):
            found.append(segment)
    return found


def _ends(net: Net, segment: int, places: Sequence[int]) -> tuple[int, int]:
    each = net.segments[segment]
    return places[each.upper], places[each.lower]


def _is_inner(net: Net, segment: int) -> bool:
    each = net.segments[segment]
    return net.is_line(each.upper) and net.is_line(each.lower)


@dataclass(slots=True)
class _Blocks:
    """Points that share an axis: `root` names the block, `shift` is a point's distance from its axis."""

    root: list[int]
    shift: list[float]
    next: list[int] = field(default_factory=list)


def _align(net: Net, places: Sequence[int], crossed: set[int], *, up: bool, left: bool) -> _Blocks:
    """Join each point with its middle neighbour in the row before, as far as no two joints cross."""
    count = len(net.points)
    blocks = _Blocks(list(range(count)), [0.0] * count, list(range(count)))
    for row in net.rows if up else reversed(net.rows):
        limit = -1 if left else count
        for point in row if left else reversed(row):
            for segment in _middle(net.ends(point, places, up=up), left=left):
                other = net.segments[segment].upper if up else net.segments[segment].lower
                beyond = places[other] > limit if left else places[other] < limit
                if blocks.next[point] == point and segment not in crossed and beyond:
                    each = net.segments[segment]
                    offset = each.out - each.into
                    blocks.next[other] = point
                    blocks.root[point] = blocks.root[other]
                    blocks.next[point] = blocks.root[point]
                    blocks.shift[point] = blocks.shift[other] + (offset if up else -offset)
                    limit = places[other]
    return blocks


def _middle(ends: Sequence[int], *, left: bool) -> Sequence[int]:
    """The one or two in the middle, the preferred one first."""
    if not ends:
        return ends
    found = ends[(len(ends) - 1) // 2 : len(ends) // 2 + 1]
    return found if left else found[::-1]


def _pack(net: Net, blocks: _Blocks, *, left: bool) -> list[float]:
    """The places of all points, blocks pushed together from one side and then back into the room that
    is left."""
    after: dict[int, dict[int, float]] = {}
    before: dict[int, dict[int, float]] = {}
    for row in net.rows:
        for first, second in pairwise(row):
            a, b = blocks.root[first], blocks.root[second]
            need = net.apart(first, second) + blocks.shift[first] - blocks.shift[second]
            known = after.setdefault(a, {})
            known[b] = max(known.get(b, need), need)
            before.setdefault(b, {})[a] = known[b]
    roots = [point for point, root in enumerate(blocks.root) if point == root]
    order = _from_left(roots, before, after)
    x: dict[int, float] = {}
    if left:
        for root in order:
            x[root] = max((x[a] + need for a, need in before.get(root, {}).items()), default=0.0)
        for root in reversed(order):
            room = min((x[b] - need for b, need in after.get(root, {}).items()), default=x[root])
            x[root] = max(x[root], room)
    else:
        for root in reversed(order):
            x[root] = min((x[b] - need for b, need in after.get(root, {}).items()), default=0.0)
        for root in order:
            room = max((x[a] + need for a, need in before.get(root, {}).items()), default=x[root])
            x[root] = min(x[root], room)
    return [x[root] + shift for root, shift in zip(blocks.root, blocks.shift, strict=True)]


def _from_left(
    roots: Sequence[int],
    before: dict[int, dict[int, float]],
    after: dict[int, dict[int, float]],
) -> list[int]:
    """The blocks such that each comes after those to its left."""
    waits = {root: len(before.get(root, ())) for root in roots}
    order = [root for root in roots if not waits[root]]
    for root in order:
        for other in after.get(root, ()):
            waits[other] -= 1
            if not waits[other]:
                order.append(other)
    return order


def _level(net: Net, found: list[list[float]]) -> None:
    """Move the four drawings over the narrowest of them: those from the left by their left ends, those
    from the right by their right ones."""

    def ends(xs: Sequence[float]) -> tuple[float, float]:
        low = min(x - p.size.left for x, p in zip(xs, net.points, strict=True))
        high = max(x + p.size.right for x, p in zip(xs, net.points, strict=True))
        return low, high

    spans = [ends(xs) for xs in found]
    narrow = min(spans, key=lambda span: span[1] - span[0])
    for index, (xs, span) in enumerate(zip(found, spans, strict=True)):
        by = narrow[0] - span[0] if index % 2 == 0 else narrow[1] - span[1]
        xs[:] = [x + by for x in xs]
