"""Bends taken out of a drawing where there is room, and tiles lined up below each other."""

from collections.abc import Callable, Iterable, Sequence

from lifecycles.diagram.net import Net
from lifecycles.diagram.ports import SAME, fit_ports, spread_ports, straight_ends

_TURNS = 12
_FITTINGS = 3
# Within a long line a bend is worse than where it begins or ends.
_STRAIGHT = 4
_NEARLY = 40.0


def straighten(net: Net) -> None:
    """Move points and ports; the order of each row stays. Every x ends as a whole number."""
    places = net.places()
    for _ in range(_FITTINGS):
        _relax(net, places, tiles=True)
        fit_ports(net)
    _line_up(net, places)
    # Once more from ports that are evenly spread, or lines would stay where their tiles have been.
    spread_ports(net)
    _relax(net, places, tiles=False)
    for point in net.points:
        point.x = float(round(point.x))
    fit_ports(net)


def _relax(net: Net, places: Sequence[int], *, tiles: bool) -> None:
    """Move points, and straight parts of lines as a whole, to where their lines are shortest, as far
    as their neighbours leave room. The sum of all bends never grows. Without `tiles` only lines move."""
    fixed = set() if tiles else {p for p in range(len(net.points)) if not net.is_line(p)}
    for turn in range(_TURNS):
        rows = net.rows if turn % 2 == 0 else net.rows[::-1]
        moved = _turn(net, rows, places, fixed, _straight)
        if tiles:
            moved += _turn(net, rows, places, fixed, _stream)
        if moved < 1:
            break


def _turn(
    net: Net,
    rows: Iterable[Sequence[int]],
    places: Sequence[int],
    fixed: set[int],
    grown: Callable[[Net, int], list[int]],
) -> float:
    done, moved = set(fixed), 0.0
    for row in rows:
        for point in row:
            if point not in done:
                group = grown(net, point)
                done.update(group)
                moved += abs(_settle(net, group, places))
    return moved


def _straight(net: Net, point: int) -> list[int]:
    """The point, with all that a line goes on to from there without a bend and without a tile."""
    group = [point]
    for up in (True, False) if net.is_line(point) else ():
        here = point
        while near := net.neighbours(here, up=up):
            other = near[0]
            if not net.is_line(other) or abs(net.points[other].x - net.points[here].x) > SAME:
                break
            group.append(other)
            here = other
    return group


def _stream(net: Net, point: int) -> list[int]:
    """The point, with all to which the stream runs on without a bend, tiles too."""
    group = {point: None}
    waiting = [point]
    while waiting:
        here = waiting.pop()
        for number in (*net.ups[here], *net.downs[here]):
            each = net.segments[number]
            other = each.upper if each.lower == here else each.lower
            in_stream = net.weights[each.link] > 1 and abs(net.bend(number)) < SAME
            if in_stream and other not in group:
                group[other] = None
                waiting.append(other)
    return list(group)


def _settle(net: Net, group: Sequence[int], places: Sequence[int]) -> float:
    """Move the group to the median of where its lines want it; how far it went."""
    inside = set(group)
    wants: list[float] = []
    low, high = float("-inf"), float("inf")
    for point in group:
        left, right = net.room(point, places)
        low, high = max(low, left - net.points[point].x), min(high, right - net.points[point].x)
        for number in (*net.ups[point], *net.downs[point]):
            each = net.segments[number]
            other = each.upper if each.lower == point else each.lower
            if other not in inside:
                by = net.bend(number) if each.lower == point else -net.bend(number)
                inner = net.is_line(point) and net.is_line(other)
                wants += [by] * (_STRAIGHT if inner else net.weights[each.link])
    if not wants or low > high:
        return 0.0
    wants.sort()
    best = min(max(0.0, wants[(len(wants) - 1) // 2]), wants[len(wants) // 2])
    by = min(max(best, low), high)
    for point in group:
        net.points[point].x += by
    return by


def _line_up(net: Net, places: Sequence[int]) -> None:
    """Put tiles that stand nearly below each other exactly so, where that bends no more lines."""
    tiles = [p for row in net.rows[::2] for p in row if not net.is_line(p)]
    dots = [point for point in tiles if not net.points[point].size.body]
    for point in tiles:
        here = net.points[point]
        low, high = net.room(point, places)
        straight, before = straight_ends(net, point, places), here.x
        for x in _axes_near(net, point) if here.size.body else ():
            here.x = x
            if low <= x <= high and straight_ends(net, point, places) >= straight:
                break
            here.x = before
    for dot in dots:
        # All of its lines leave from one spot, so none can be fitted to where it stands.
        low, high = net.room(dot, places)
        near = [x for x in _axes_near(net, dot) if low <= x <= high]
        net.points[dot].x = near[0] if near else net.points[dot].x


def _axes_near(net: Net, point: int) -> list[float]:
    """The axes of tiles to which the stream leads from there: those above, or else below it."""
    here = net.points[point].x
    for up in (True, False):
        found: list[float] = []
        for number in net.ups[point] if up else net.downs[point]:
            each = net.segments[number]
            if net.weights[each.link] > 1:
                chain = net.segments[net.chains[each.link][0 if up else -1]]
                found.append(net.points[chain.upper if up else chain.lower].x)
        near = [x for x in found if abs(x - here) <= _NEARLY]
        if near:
            return [] if here in near else near
    return []
