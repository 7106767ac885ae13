"""Which way each link runs, and in which row each tile stands: the first step of a layered layout.

The method is that of Sugiyama, Tagawa and Toda (1981), as Gansner and others describe it for `dot`
(1993). Nothing here knows what a tile stands for; every step is linear or bounded by a count.
"""

from collections.abc import Sequence

Arc = tuple[int, int]

_ROUNDS = 8


def orient(
    count: int, links: Sequence[Arc], levels: Sequence[int], hints: Sequence[int]
) -> list[Arc]:
    """The links as arcs without a cycle: those against the stream are turned round.

    A tile of a higher level lies downstream of those of lower ones. Within a level a link that closes
    a circle is turned, as a depth-first search from the first tile meets it. `hints` are tiles to which
    all others lead besides the links: they say what is upstream where the links leave it open.
    """
    streams: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        if levels[source] <= levels[target]:
            streams[source].append(target)
    against = _closing(streams, levels, hints)
    return [
        (target, source)
        if levels[source] > levels[target] or (source, target) in against
        else (source, target)
        for source, target in links
    ]


def _closing(
    streams: Sequence[Sequence[int]], levels: Sequence[int], hints: Sequence[int]
) -> set[Arc]:
    """The arcs that lead back to a tile whose search is under way."""
    under_way, done, closing = set[int](), set[int](), set[Arc]()

    def onward(tile: int) -> list[int]:
        return [*streams[tile], *(h for h in hints if h != tile and levels[h] >= levels[tile])]

    for start in sorted(range(len(streams)), key=lambda tile: (levels[tile], tile)):
        if start in done:
            continue
        stack = [(start, iter(onward(start)))]
        under_way.add(start)
        while stack:
            tile, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                stack.pop()
                under_way.discard(tile)
                done.add(tile)
            elif target in under_way:
                closing.add((tile, target))
            elif target not in done:
                under_way.add(target)
                stack.append((target, iter(onward(target))))
    return closing


def ranks(count: int, arcs: Sequence[Arc], least: Sequence[int]) -> list[int]:
    """A row for each tile, such that every arc leads downwards, none stands above its `least`, and arcs
    are short. The arcs have no cycle."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in arcs:
        after[source].append(target)
        before[target].append(source)
    order = _topological(before, after)
    rows = list(least)
    for tile in order:
        rows[tile] = max([rows[tile], *(rows[other] + 1 for other in before[tile])])
    for _ in range(_ROUNDS):
        moved = False
        for tile in (*reversed(order), *order):
            row = _better(tile, rows, before[tile], after[tile], least[tile])
            moved, rows[tile] = moved or row != rows[tile], row
        if not moved:
            break
    return rows


def _better(
    tile: int, rows: Sequence[int], before: Sequence[int], after: Sequence[int], least: int
) -> int:
    """Nearer to the side on which it has more arcs, as far as the other end of each allows."""
    if len(after) > len(before):
        return min(rows[other] for other in after) - 1
    if len(before) > len(after):
        return max(least, *(rows[other] + 1 for other in before))
    return rows[tile]


def _topological(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> list[int]:
    waits = [len(each) for each in before]
    order = [tile for tile, count in enumerate(waits) if not count]
    for tile in order:
        for other in after[tile]:
            waits[other] -= 1
            if not waits[other]:
                order.append(other)
    return order
