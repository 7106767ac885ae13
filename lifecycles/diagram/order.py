"""The order of the points in each row, such that few lines cross: medians, and swaps of neighbours."""

from collections.abc import Sequence

from lifecycles.diagram.net import Net

# What is worth how much work: the sweeps end earlier in a large net.
_SWEEPS = 24
_WORK = 120_000
_SWAPPED = 600
_ROUNDS = 4
_TRIED = 250
# Whether the first order comes from a walk downwards, and whether that takes the last way first.
_BEGINNINGS = ((True, False), (True, True), (False, False), (False, True))


def untangle(net: Net) -> None:
    """Order the rows of the net: the best that is found from one beginning, or in a small net from
    several."""
    small = len(net.points) <= _TRIED
    tries = []
    for downwards, mirrored in _BEGINNINGS if small else _BEGINNINGS[:1]:
        _first(net, downwards=downwards, mirrored=mirrored)
        tries.append((_improve(net), [list(row) for row in net.rows]))
    net.rows[:] = min(tries, key=lambda each: each[0])[1]


def _improve(net: Net) -> int:
    """Sweep up and down as long as that helps; how many crossings remain."""
    best, fewest = [list(row) for row in net.rows], crossings(net)
    sweeps = max(2, min(_SWEEPS, _WORK // max(1, len(net.segments))))
    idle = 0
    for sweep in range(sweeps):
        _sweep(net, downwards=sweep % 2 == 0)
        if len(net.points) <= _SWAPPED:
            _swap(net)
        count = crossings(net)
        idle += 1
        if count < fewest:
            best, fewest, idle = [list(row) for row in net.rows], count, 0
        if not fewest or idle > 5:
            break
    net.rows[:] = best
    return fewest


def crossings(net: Net) -> int:
    """How many pairs of segments cross."""
    place = net.places()
    return sum(_between(net, row, place) for row in net.rows[:-1])


def _first(net: Net, *, downwards: bool, mirrored: bool) -> None:
    """Each row in the order in which a walk from the top, or from below, comes to its points."""
    seen: dict[int, None] = {}
    for start in sorted(
        range(len(net.points)), key=lambda p: (net.points[p].row * (1 if downwards else -1), p)
    ):
        stack = [start]
        while stack:
            point = stack.pop()
            if point not in seen:
                seen[point] = None
                near = [p for p in net.neighbours(point, up=not downwards) if p not in seen]
                stack += near if mirrored else reversed(near)
    for row in net.rows:
        row.clear()
    for point in seen:
        net.rows[net.points[point].row].append(point)


def _sweep(net: Net, *, downwards: bool) -> None:
    """Sort each row by the medians of its points' neighbours in the row before."""
    place = net.places()
    rows = net.rows[1:] if downwards else net.rows[-2::-1]
    for row in rows:
        keys: dict[int, float] = {}
        for point in row:
            near = sorted(place[other] for other in net.neighbours(point, up=downwards))
            keys[point] = _median(near) if near else -1.0
        _resort(row, keys)
        for index, point in enumerate(row):
            place[point] = index


def _median(places: Sequence[int]) -> float:
    middle = len(places) // 2
    if len(places) % 2:
        return places[middle]
    if len(places) == 2:
        return (places[0] + places[1]) / 2
    # Between two medians, nearer to the side on which the others lie closer together.
    low, high = places[middle - 1] - places[0], places[-1] - places[middle]
    if low + high == 0:
        return (places[middle - 1] + places[middle]) / 2
    return (places[middle - 1] * high + places[middle] * low) / (low + high)


def _resort(row: list[int], keys: dict[int, float]) -> None:
    """Those without a key stay where they are, the others are sorted among themselves."""
    free = iter(sorted((p for p in row if keys[p] >= 0), key=lambda p: keys[p]))
    row[:] = [next(free) if keys[p] >= 0 else p for p in row]


def _swap(net: Net) -> None:
    """Exchange neighbours as long as that undoes crossings."""
    place = net.places()
    for _ in range(_ROUNDS):
        gained = 0
        for row in net.rows:
            # Where their lines lead does not change while this row is sorted.
            ends = {
                point: [
                    [place[other] for other in net.neighbours(point, up=up)] for up in (True, False)
                ]
                for point in row
            }
            for index in range(len(row) - 1):
                left, right = row[index], row[index + 1]
                gain = _gain(ends[left][0], ends[right][0]) + _gain(ends[left][1], ends[right][1])
                if gain > 0:
                    row[index], row[index + 1] = right, left
                    place[left], place[right] = index + 1, index
                    gained += gain
        if not gained:
            return


def _gain(left: Sequence[int], right: Sequence[int]) -> int:
    """How many fewer of their lines would cross if the two changed places."""
    if len(left) == 1 == len(right):
        return (left[0] > right[0]) - (left[0] < right[0])
    return sum((mine > other) - (mine < other) for mine in left for other in right)


def _between(net: Net, row: Sequence[int], place: Sequence[int]) -> int:
    """Crossings below a row: inversions among the lower ends, counted with a binary indexed tree."""
    ends = [sorted(place[p] for p in net.neighbours(point, up=False)) for point in row]
    flat = [end for each in ends for end in each]
    tree = [0] * (max(flat, default=0) + 2)
    count = 0
    for seen, end in enumerate(flat):
        index, before = end + 1, 0
        while index:
            before += tree[index]
            index -= index & -index
        count += seen - before
        index = end + 1
        while index < len(tree):
            tree[index] += 1
            index += index & -index
    return count
