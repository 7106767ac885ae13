"""Where everything of a picture stands, in pixels. A function of the picture alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lifecycles.diagram import words
from lifecycles.diagram.labels import Placed, Spot, note
from lifecycles.diagram.picture import Picture, without_ways
from lifecycles.diagram.shapes import GLYPH, Shape, shapes
from lifecycles.diagram.woven import Line, Woven, woven
from lifecycles.parts import KINDS, Kind

# Past these a drawing shows the statuses alone: nobody could tell its lines apart, and finding their
# places would take longer than a page may.
MOST_WAYS = 300
MOST_POINTS = 5_000

_MARGIN = 20.0
_SHELF = 960.0
_SHELF_GAP = 28.0
_BESIDE = 32.0
_LEGEND = 44.0
_NEARLY = 60.0
_SIGN_GAP = 6.0
_SIGNS_APART = 22.0


@dataclass(frozen=True, slots=True)
class Sign:
    """A line of the legend: the glyph of a kind, with its name."""

    kind: Kind
    glyph: Spot
    name: Placed


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawing. `tiles` are the middles of the picture's tiles; `dot` is where all begins."""

    picture: Picture
    shapes: tuple[Shape, ...]
    width: float
    height: float
    tiles: tuple[Spot, ...]
    lines: tuple[Line, ...]
    dot: Spot | None
    note: Placed | None
    legend: tuple[Sign, ...]


def layout(picture: Picture) -> Layout:
    """The drawing of the picture, or of its tiles alone where it has too many ways (`MOST_WAYS`) or
    they are too long (`MOST_POINTS`)."""
    made = shapes(picture)
    rows = None
    if 0 < len(picture.ways) <= MOST_WAYS:
        rows = woven(picture, made, most_points=MOST_POINTS)
    if rows is None:
        picture = without_ways(picture)
        made = shapes(picture)
    sheet = _Sheet(picture, made)
    sheet.remark()
    if rows is not None:
        sheet.hang(rows)
    sheet.shelve()
    return sheet.finish()


class _Sheet:
    """Draws one thing below the other."""

    def __init__(self, picture: Picture, made: tuple[Shape, ...]) -> None:
        self.picture, self.shapes = picture, made
        self.tiles: dict[int, Spot] = {}
        self.lines: tuple[Line, ...] = ()
        self.dot: Spot | None = None
        self.note: Placed | None = None
        self.width = self.shift = 0.0
        self.y = _MARGIN

    def remark(self) -> None:
        """That not all is drawn, where that is so."""
        if self.picture.left_out:
            block = note(words.left_out(self.picture), _SHELF / 2)
            self.note = Placed(block, _MARGIN, self.y)
            self._widen(block.width)
            self.y += block.height + _SHELF_GAP

    def hang(self, rows: Woven) -> None:
        """The tiles that ways connect, the first of them in line with the first column of the rest."""
        left, _step = self._columns(
            index for index in range(len(self.shapes)) if index not in rows.tiles
        )
        self.shift = max(0.0, left - min(x for x, _y in rows.tiles.values()))
        self.tiles = {tile: self._moved(spot) for tile, spot in rows.tiles.items()}
        self.dot = self._moved(rows.dot) if rows.dot else None
        self.lines = tuple(map(self._moved_line, rows.lines))
        self._widen(self.shift + rows.width)
        self.y += rows.height

    def shelve(self) -> None:
        """The tiles that no way leads to, kind by kind, in columns."""
        rest = [index for index in range(len(self.shapes)) if index not in self.tiles]
        left, step = self._columns(rest)
        axis = min((x - _MARGIN for x, _y in self.tiles.values()), default=left)
        self.shift = axis - left if left < axis <= left + _NEARLY else 0.0
        room = max(self.width, _SHELF) - 2 * _MARGIN - self.shift
        columns = max(1, int((room + _BESIDE) // step))
        for kind in KINDS:
            alike = [index for index in rest if self.picture.tiles[index].kind == kind]
            for first in range(0, len(alike), columns):
                self._shelf(alike[first : first + columns], left, step)

    def finish(self) -> Layout:
        """With the legend below."""
        self.y += _LEGEND
        return Layout(
            picture=self.picture,
            shapes=self.shapes,
            legend=self._legend(),
            width=round(self.width),
            height=round(self.y + _MARGIN),
            tiles=tuple(self.tiles[index] for index in range(len(self.shapes))),
            lines=self.lines,
            dot=self.dot,
            note=self.note,
        )

    def _columns(self, rest: Iterable[int]) -> tuple[float, float]:
        """Where the axis of the first column of these tiles is, and how far the next are apart."""
        some = [self.shapes[index] for index in rest]
        left = max((shape.left for shape in some), default=0.0)
        return left, left + max((shape.right for shape in some), default=0.0) + _BESIDE

    def _shelf(self, row: Sequence[int], left: float, step: float) -> None:
        if self.tiles:
            self.y += _SHELF_GAP
        height = max(self.shapes[index].room for index in row)
        for column, index in enumerate(row):
            x = _MARGIN + self.shift + left + column * step
            self.tiles[index] = (x, self.y + height / 2)
        self._widen(self.shift + len(row) * step - _BESIDE)
        self.y += height

    def _legend(self) -> tuple[Sign, ...]:
        signs: list[Sign] = []
        x = _MARGIN
        present = {tile.kind for tile in self.picture.tiles}
        for kind in (kind for kind in KINDS if kind in present):
            name = note(words.kind_name(kind), _SHELF / 2)
            at = x + GLYPH + _SIGN_GAP
            label = Placed(name, at, self.y - name.height / 2)
            signs.append(Sign(kind, (x, self.y - GLYPH / 2), label))
            self._widen(at + name.width - _MARGIN)
            x = at + name.width + _SIGNS_APART
        return tuple(signs)

    def _widen(self, width: float) -> None:
        self.width = max(self.width, width + 2 * _MARGIN)

    def _moved(self, spot: Spot) -> Spot:
        return spot[0] + _MARGIN + self.shift, spot[1] + _MARGIN

    def _moved_line(self, line: Line) -> Line:
        parts = tuple(tuple(map(self._moved, part)) for part in line.parts)
        label = line.label
        if label:
            label = Placed(label.block, *self._moved((label.x, label.y)))
        return Line(line.way, parts, line.upwards, label)
