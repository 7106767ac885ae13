"""The lines of a drawing: upright through the rows, level between them, each on a track of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from lifecycles.diagram.net import Net

_TRACK = 9.0
# Below and above the tracks: room for the corners, and on a tile for an arrow's head.
_MARGIN = 11.0
_HEAD = 8.0
_ALIKE = 0.5
# Two upright lines that are nearer than this look like one.
_CLOSE = 4.0
# Past so many lines between two rows their tracks are no longer compared pair by pair.
_COMPARED = 160


@dataclass(frozen=True, slots=True)
class Crossover:
    """What lies between two rows: its height, and by segment how far down the level part is, from the
    row above. A segment that is upright has none."""

    height: float
    tracks: dict[int, float]


@dataclass(frozen=True, slots=True)
class _Run:
    """A segment that goes sideways, from x `start` at the top to `end` at the bottom."""

    segment: int
    start: float
    end: float

    @property
    def low(self) -> float:
        return min(self.start, self.end)

    @property
    def high(self) -> float:
        return max(self.start, self.end)


def crossover(net: Net, row: int) -> Crossover:
    """The tracks of the segments below a row."""
    runs: list[_Run] = []
    for point in net.rows[row]:
        for number in net.downs[point]:
            each = net.segments[number]
            start = net.points[each.upper].x + each.out
            end = net.points[each.lower].x + each.into
            if abs(start - end) > _ALIKE:
                runs.append(_Run(number, start, end))
    levels = _levels(runs)
    count = max(levels, default=-1) + 1
    top = _MARGIN + (_HEAD if row % 2 == 0 else 0)
    height = 2 * _MARGIN + _HEAD + max(0, count - 1) * _TRACK
    return Crossover(
        height, {run.segment: top + level * _TRACK for run, level in zip(runs, levels, strict=True)}
    )


def _levels(runs: Sequence[_Run]) -> list[int]:
    """By run, the number of its track from the top: apart where they would overlap, and in the order
    in which fewer cross."""
    if len(runs) > _COMPARED:
        return _levels_of_many(runs)
    above: list[set[int]] = [set() for _ in runs]
    for a in range(len(runs)):
        for b in range(a):
            if _overlap(runs[a], runs[b]):
                first = _cost(runs[a], runs[b]) <= _cost(runs[b], runs[a])
                upper, lower = (a, b) if first else (b, a)
                above[lower].add(upper)
    levels = [-1] * len(runs)
    waiting = list(range(len(runs)))
    while waiting:
        # Where they wait for each other in a circle, the one that waits for fewest goes first.
        free = [run for run in waiting if all(levels[u] >= 0 for u in above[run])]
        if not free:
            free = [min(waiting, key=lambda run: sum(levels[u] < 0 for u in above[run]))]
        for run in free:
            levels[run] = _free_level(run, runs, levels, above[run])
        waiting = [run for run in waiting if levels[run] < 0]
    return levels


def _free_level(run: int, runs: Sequence[_Run], levels: Sequence[int], above: set[int]) -> int:
    """The first track below all that are to be above it which nothing else there uses."""
    level = max((levels[u] + 1 for u in above if levels[u] >= 0), default=0)
    taken = {
        levels[other]
        for other in range(len(runs))
        if levels[other] >= level and _overlap(runs[run], runs[other])
    }
    while level in taken:
        level += 1
    return level


def _levels_of_many(runs: Sequence[_Run]) -> list[int]:
    levels = [0] * len(runs)
    ends: list[float] = []
    for index in sorted(range(len(runs)), key=lambda index: runs[index].low):
        run = runs[index]
        level = next((n for n, end in enumerate(ends) if end + _CLOSE < run.low), len(ends))
        ends[level : level + 1] = [run.high]
        levels[index] = level
    return levels


def _overlap(a: _Run, b: _Run) -> bool:
    return a.low <= b.high + _CLOSE and b.low <= a.high + _CLOSE


def _cost(upper: _Run, lower: _Run) -> int:
    """How bad it is that the one has the higher track: crossings, and upright parts upon each other."""
    cost = 0
    if abs(upper.end - lower.start) < _CLOSE:
        cost += 10
    cost += upper.low < lower.start < upper.high
    cost += lower.low < upper.end < lower.high
    return cost
