"""Where lines end on the sides of tiles."""

from collections.abc import Sequence

from lifecycles.diagram.net import Net

_APART = 22.0
_LEAST_APART = 10.0
_FITTED_APART = 14.0
SAME = 0.01


def port_room(count: int) -> float:
    """The width that a tile needs for so many lines on one of its sides."""
    return (count + 1) * _LEAST_APART


def spread_ports(net: Net) -> None:
    """Spread the lines that end on each tile evenly over its side, in the order of their other ends."""
    places = net.places()
    for point, here in enumerate(net.points):
        if not net.is_line(point):
            for up in (True, False):
                ends = net.ends(point, places, up=up)
                _set(net, ends, _spread(len(ends), here.size.body), up=up)


def fit_ports(net: Net) -> None:
    """Move the ends of lines along their tile's side to where the lines come straight, as many of each
    side as can be at once."""
    places = net.places()
    for point, here in enumerate(net.points):
        if not net.is_line(point):
            for up in (True, False):
                ends = net.ends(point, places, up=up)
                _set(net, ends, fitted(_wanted(net, point, ends, up=up), here.size.body), up=up)


def straight_ends(net: Net, point: int, places: Sequence[int]) -> int:
    """How many lines would come straight to the tile where it stands now."""
    count = 0
    for up in (True, False):
        wanted = _wanted(net, point, net.ends(point, places, up=up), up=up)
        both = zip(wanted, fitted(wanted, net.points[point].size.body), strict=True)
        count += sum(abs(want - got) < SAME for want, got in both)
    return count


def _set(net: Net, ends: Sequence[int], offsets: Sequence[float], *, up: bool) -> None:
    for number, offset in zip(ends, offsets, strict=True):
        if up:
            net.segments[number].into = offset
        else:
            net.segments[number].out = offset


def _wanted(net: Net, point: int, ends: Sequence[int], *, up: bool) -> list[float]:
    """Where on the side each of them would be straight. Their other ends are never on tiles."""
    segments, here = net.segments, net.points[point].x
    return [net.points[segments[s].upper if up else segments[s].lower].x - here for s in ends]


def _spread(count: int, room: float) -> list[float]:
    step = min(_APART, room / (count + 1))
    return [(index - (count - 1) / 2) * step for index in range(count)]


def fitted(wanted: Sequence[float], room: float) -> list[float]:
    """Offsets on a side of that width, in order and apart: most of those wanted, the others spread."""
    count = len(wanted)
    spread = _spread(count, room)
    step = min(_FITTED_APART, room / (count + 1))
    half = (room - step) / 2
    low = [-half + step * index for index in range(count)]
    high = [half - step * (count - 1 - index) for index in range(count)]
    for index in _compatible(wanted, low, high, step):
        for at in range(count):
            if at <= index:
                high[at] = min(high[at], wanted[index] - step * (index - at))
            if at >= index:
                low[at] = max(low[at], wanted[index] + step * (at - index))
    return [min(max(s, lo), hi) for s, lo, hi in zip(spread, low, high, strict=True)]


def _compatible(
    wanted: Sequence[float], low: Sequence[float], high: Sequence[float], step: float
) -> list[int]:
    """The longest choice of those that are within bounds and leave room for all between them."""
    best: list[tuple[int, int]] = []
    for index, want in enumerate(wanted):
        length, before = 0, -1
        if low[index] <= want <= high[index]:
            length = 1
            for other in range(index):
                apart = want - wanted[other] >= step * (index - other)
                if best[other][0] and apart and best[other][0] + 1 > length:
                    length, before = best[other][0] + 1, other
        best.append((length, before))
    chosen: list[int] = []
    at = max(range(len(best)), key=lambda index: best[index][0], default=-1)
    while at >= 0 and best[at][0]:
        chosen.append(at)
        at = best[at][1]
    return chosen[::-1]
