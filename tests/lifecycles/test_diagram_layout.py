"""Where a diagram puts things: nothing lies upon anything else, and the largest takes no long time."""

import random
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

import pytest
from hypothesis import given

from lifecycles.diagram import MOST_WAYS, svg
from lifecycles.diagram.labels import Placed, Spot
from lifecycles.diagram.layout import Layout, layout
from lifecycles.diagram.picture import picture
from lifecycles.diagram.shapes import ARROW, LOOP, LOOP_GAP, PILL_PAD, PILL_SIDE
from lifecycles.parts import Definition, Kind, Status, Transition
from lifecycles.stock import STOCK
from tests.cost import cost
from tests.lifecycles.drawn import definitions
from tests.lifecycles.processes import parsed
from tests.lifecycles.test_rt_shape import ORDERS


class Box(NamedTuple):
    """From left to right and from top to bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether they share more than an edge, to a tenth of a pixel."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0.1 and down > 0.1


def _text(placed: Placed, *, centred: bool) -> Box:
    left = placed.x - (placed.block.width / 2 if centred else 0)
    return Box(left, placed.y, left + placed.block.width, placed.y + placed.block.height)


def _tile(drawing: Layout, index: int) -> Box:
    (x, y), shape = drawing.tiles[index], drawing.shapes[index]
    across, down = shape.width / 2, shape.height / 2
    return Box(x - across, y - down, x + across, y + down)


def _boxes(drawing: Layout) -> Iterator[Box]:
    """Tiles, pills, and all texts that stand outside of these."""
    for index, (_x, y) in enumerate(drawing.tiles):
        tile, shape = _tile(drawing, index), drawing.shapes[index]
        yield tile
        if shape.pill:
            half = shape.pill.height / 2 + PILL_PAD
            right = tile.left - ARROW
            yield Box(right - shape.pill.width - 2 * PILL_SIDE, y - half, right, y + half)
        if shape.loop:
            start = tile.right + LOOP + LOOP_GAP
            half = shape.loop.height / 2
            yield Box(start, y - half, start + shape.loop.width, y + half)
    for line in drawing.lines:
        if line.label:
            yield _text(line.label, centred=True)
    for placed in (drawing.note, *(sign.name for sign in drawing.legend)):
        if placed:
            yield _text(placed, centred=False)


def _strokes(drawing: Layout) -> Iterator[Box]:
    """Every straight piece of every line, as a box without breadth but for what it is drawn with."""
    for line in drawing.lines:
        for part in line.parts:
            for (x1, y1), (x2, y2) in pairwise(part):
                assert abs(x1 - x2) < 1 or y1 == y2
                yield Box(
                    min(x1, x2) - 0.5, min(y1, y2) - 0.5, max(x1, x2) + 0.5, max(y1, y2) + 0.5
                )


def _shrunk(box: Box) -> Box:
    # A line ends on the edge of its tile.
    return Box(box.left + 1, box.top + 1, box.right - 1, box.bottom - 1)


def check(drawing: Layout) -> None:
    """Nothing lies upon anything else, all is on the sheet, every line begins and ends at its tile."""
    boxes = list(_boxes(drawing))
    assert [pair for pair in combinations(boxes, 2) if pair[0].meets(pair[1])] == []
    inner = [_shrunk(box) for box in boxes]
    strokes = list(_strokes(drawing))
    assert [(s, box) for s in strokes for box in inner if s.meets(box)] == []
    sheet = Box(0, 0, drawing.width, drawing.height)
    assert all(
        box.left >= sheet.left
        and box.top >= sheet.top
        and box.right <= sheet.right
        and box.bottom <= sheet.bottom
        for box in (*boxes, *strokes)
    )
    for line in drawing.lines:
        ends = line.parts[0][0], line.parts[-1][-1]
        source, target = reversed(ends) if line.upwards else ends
        assert _is_on(_tile(drawing, line.way.target), target)
        if line.way.source is not None:
            assert _is_on(_tile(drawing, line.way.source), source)


def _is_on(tile: Box, spot: Spot) -> bool:
    return tile.left < spot[0] < tile.right and spot[1] in (tile.top, tile.bottom)


@given(definitions(most=12))
def test_nothing_lies_upon_anything_else(definition: Definition) -> None:
    check(layout(picture(definition)))


@pytest.mark.parametrize("raw", [*STOCK.values(), ORDERS], ids=[*STOCK, "orders"])
def test_the_stock_lifecycles_are_drawn_whole_and_clear(raw: dict[str, object]) -> None:
    definition = parsed(raw)
    drawing = layout(picture(definition))
    check(drawing)
    assert drawing.picture.left_out == 0


def test_the_stream_runs_down_and_ways_back_run_up() -> None:
    drawing = layout(picture(parsed(STOCK["support-ticket"])))
    names = [tile.name for tile in drawing.picture.tiles]
    heights = {name: y for name, (_x, y) in zip(names, drawing.tiles, strict=True)}
    order = ["new", "assigned", "in_progress", "escalated", "resolved", "closed"]
    assert sorted(order, key=heights.__getitem__) == order
    assert heights["escalated"] == heights["pending_customer"]
    back = {
        (names[line.way.source], names[line.way.target])
        for line in drawing.lines
        if line.upwards and line.way.source is not None
    }
    assert back == {("pending_customer", "in_progress"), ("closed", "new")}


def large(count: int, transitions: int, *, seed: int = 1) -> Definition:
    """A definition of so many statuses, connected at random."""
    draw = random.Random(seed)
    kinds: list[Kind] = ["initial"]
    kinds += ["active"] * (count - 2 - count // 5)
    kinds += ["inactive"] * (count - len(kinds))
    statuses = tuple(Status(f"status {n}", kind) for n, kind in enumerate(kinds))
    names = [status.name for status in statuses]
    return Definition(
        statuses,
        on_create=names[0],
        transitions=tuple(
            Transition(f"t{n}", f"Do {n}", (draw.choice(names),), draw.choice(names))
            for n in range(transitions)
        ),
    )


@pytest.mark.parametrize(
    ("count", "transitions"), [(25, 60), (100, 200), (200, 250), (200, 2000), (100, 20_000)]
)
def test_a_large_definition_is_drawn_within_two_seconds(count: int, transitions: int) -> None:
    definition = large(count, transitions)
    with cost() as drawn:
        drawing = svg(definition)
    assert drawn.seconds < 2
    assert drawing.count('class="lc-tile"') == count


def test_a_chain_of_a_hundred_with_ways_back_to_its_start_ends_in_time() -> None:
    names = [f"s{n}" for n in range(100)]
    ahead = [Transition(f"a{n}", "On", (names[n],), names[n + 1]) for n in range(99)]
    back = [Transition(f"b{n}", "Back", (names[n],), names[0]) for n in range(1, 100)]
    statuses = tuple(Status(name, "active" if n else "initial") for n, name in enumerate(names))
    definition = Definition(statuses, names[0], transitions=(*ahead, *back))
    with cost() as drawn:
        svg(definition)
    assert drawn.seconds < 2


def test_with_too_many_ways_the_statuses_are_shown_alone_and_a_remark_says_so() -> None:
    few, many = large(40, 30), large(60, 600)
    assert len(picture(few).ways) <= MOST_WAYS < len(picture(many).ways)
    whole, cut = layout(picture(few)), layout(picture(many))
    assert (whole.picture.left_out, whole.note) == (0, None)
    assert cut.lines == ()
    assert cut.picture.left_out == len(picture(many).ways) - 1
    assert cut.note is not None
    check(cut)


def test_statuses_that_nothing_connects_are_drawn_by_kind() -> None:
    raw = {
        "statuses": {"initial": ["a"], "active": ["b", "c"]},
        "transitions": [{"name": "begin", "from": "", "to": "b"}],
    }
    drawing = layout(picture(parsed(raw)))
    check(drawing)
    (_ax, ay), (bx, by), (cx, cy) = drawing.tiles
    assert ay < by == cy
    assert bx < cx


def test_the_dot_keeps_off_a_tile_that_stands_beside_it() -> None:
    raw = {
        "statuses": {"initial": ["a", "b", "c"]},
        "transitions": [
            {"name": "begin", "label": "Begin", "from": "", "to": "b"},
            {"name": "t1", "label": "Take it", "from": "c", "to": "b"},
            {"name": "t2", "label": "Take it", "from": ["b", "c"], "to": "a"},
        ],
    }
    drawing = layout(picture(parsed(raw)))
    check(drawing)
    assert drawing.dot is not None
    assert drawing.dot[1] == drawing.tiles[2][1]
    assert abs(drawing.dot[0] - drawing.tiles[2][0]) > 56


def test_the_rest_stands_in_line_with_what_is_connected() -> None:
    raw = {
        "statuses": {"initial": ["a", "b", "c", "d"]},
        "transitions": [{"name": "t", "label": "Take it back again", "from": "a", "to": "b"}],
    }
    drawing = layout(picture(parsed(raw)))
    check(drawing)
    (ax, _ay), (bx, _by), (cx, _cy), (_dx, _dy) = drawing.tiles
    assert ax == bx == cx


def test_the_same_definition_gives_the_same_drawing() -> None:
    assert svg(large(30, 60)) == svg(large(30, 60))
