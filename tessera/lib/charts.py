"""Numbers as marks of a drawing: columns (stacked where there are several series), lines, and bars across.

Only arithmetic: `templates/_chart.html` draws it as SVG, tells series apart by pattern, dash and shape as well as by
colour, and puts the same numbers below as a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

WIDTH = 640
_TOP, _BOTTOM, _FOOT = 10, 132, 24
_TILES = 6
_MOST_NAMED = 6
_MOST_POINTS = 45
# A lying bar: how high its row is and itself, and where in the row it begins and its name stands.
_ROW, _BAR, _BAR_AT, _NAME_AT = 60, 20, 32, 14
_REACH = 12.0
_LETTER = 6.6  # about as wide as one of 12 pixels


@dataclass(frozen=True, slots=True)
class Series:
    """A number for each name of the chart. `links`, as many where there are any, lead to what was counted; `texts`, as
    many again, are what is read where a number has a unit."""

    name: str
    values: Sequence[int]
    links: Sequence[str] = ()
    texts: Sequence[str] = ()

    def link(self, index: int) -> str:
        """The address behind a number, empty for none."""
        return self.links[index] if self.links else ""

    def text(self, index: int) -> str:
        """A number as it is read."""
        return self.texts[index] if self.texts else f"{self.values[index]:,}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle of the `series`th series. `told` is what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    series: int = 0
    told: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line."""

    x: float
    y: float
    told: str
    link: str = ""

    @property
    def left(self) -> float:
        """Of the square of six by six around it."""
        return round(self.x - 3, 1)

    @property
    def top(self) -> float:
        """The same, upwards."""
        return round(self.y - 3, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A series as a line through its dots."""

    series: int
    dots: Sequence[Dot]

    @property
    def points(self) -> str:
        """As SVG writes them."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


@dataclass(frozen=True, slots=True)
class Tick:
    """A text at a place of an axis; `y` besides where it stands on none."""

    at: float
    text: str
    y: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a chart says: its title, what there is to see, and what the names are (the head of their column). `key` is
    unique on its page."""

    key: str
    title: str
    told: str
    head: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, `WIDTH` wide."""

    words: Words
    names: Sequence[str]
    series: Sequence[Series]
    height: int = _BOTTOM + _FOOT
    left: float = 0
    bottom: float = _BOTTOM
    marks: Sequence[Mark] = ()
    lines: Sequence[Line] = ()
    levels: Sequence[Tick] = ()
    places: Sequence[Tick] = ()
    across: bool = False
    newest_first: bool = field(default=False, kw_only=True)

    @property
    def dense(self) -> bool:
        """Whether the points of its lines stand too near to each other to be told apart."""
        return len(self.names) > _MOST_POINTS

    @property
    def linked(self) -> bool:
        """Whether its marks lead somewhere."""
        dots = (dot for line in self.lines for dot in line.dots)
        return any(mark.link for mark in self.marks) or any(dot.link for dot in dots)

    @property
    def reach(self) -> float:
        """How far around a point one may press for it: half of the way to the next, as far as there is room."""
        return round(min(_REACH, max(3.0, (WIDTH - self.left) / max(1, len(self.names)) / 2)), 1)

    @property
    def total(self) -> int:
        """All of it."""
        return sum(sum(each.values) for each in self.series)

    @property
    def rows(self) -> list[tuple[str, list[tuple[int, str]]]]:
        """The table: a name and its numbers, each with its link; without those that are nothing but zeros."""
        found = [
            (name, [(each.values[index], each.link(index)) for each in self.series])
            for index, name in enumerate(self.names)
            if any(each.values[index] for each in self.series)
        ]
        return found[::-1] if self.newest_first else found


def columns(
    names: Sequence[str],
    series: Sequence[Series],
    words: Words,
    *,
    newest_first: bool = False,
) -> Chart:
    """A column for each name, of the series one upon the other. Of one series with small numbers, a tile for each."""
    sums = [sum(each.values[index] for each in series) for index in range(len(names))]
    scale = _Scale.of(sums, len(names))
    marks: list[Mark] = []
    for index, name in enumerate(names):
        if len(series) == 1 and max(sums, default=0) <= _TILES:
            marks += _tiles(scale, index, name, series[0])
        else:
            marks += _column(scale, index, name, series)
    return _upright(names, series, words, scale, marks=marks, newest_first=newest_first)


def lines(
    names: Sequence[str],
    series: Sequence[Series],
    words: Words,
    *,
    newest_first: bool = False,
) -> Chart:
    """A line for each series."""
    scale = _Scale.of([value for each in series for value in each.values], len(names))
    drawn = [
        Line(
            number,
            [
                Dot(
                    scale.x(index),
                    scale.y(value),
                    _told(name, each, index),
                    each.link(index),
                )
                for index, (name, value) in enumerate(zip(names, each.values, strict=True))
            ],
        )
        for number, each in enumerate(series)
    ]
    return _upright(names, series, words, scale, lines=drawn, newest_first=newest_first)


def across(
    names: Sequence[str],
    series: Sequence[Series],
    words: Words,
    *,
    ends: Sequence[str] = (),
) -> Chart:
    """A bar for each name, lying, of the series one behind the other: for names that are longer than a date. The names
    stand above their bars, where a narrow screen has room for them too; behind each bar stands its sum, or what `ends`
    says in place of it."""
    sums = [sum(each.values[index] for each in series) for index in range(len(names))]
    shown = [name if len(name) <= 26 else f"{name[:25]}…" for name in names]
    ends = ends or [f"{amount:,}" for amount in sums]
    longest = max(map(len, ends), default=0)
    # Room for the letters of a narrow screen, which are twice as large.
    room = (WIDTH - longest * 2 * _LETTER - 10) / max([1, *sums])
    places = [index * _ROW for index in range(len(names))]
    return Chart(
        words=words,
        names=names,
        series=series,
        height=max(1, len(names)) * _ROW,
        bottom=len(names) * _ROW,
        marks=_bars(names, series, room),
        levels=[
            Tick(round(amount * room + 6, 1), end, y + _BAR_AT + _BAR / 2)
            for amount, end, y in zip(sums, ends, places, strict=True)
        ],
        places=[Tick(y + _NAME_AT, name) for y, name in zip(places, shown, strict=True)],
        across=True,
    )


def _bars(names: Sequence[str], series: Sequence[Series], room: float) -> list[Mark]:
    marks: list[Mark] = []
    for index, name in enumerate(names):
        y = index * _ROW + _BAR_AT
        starts = accumulate((each.values[index] for each in series), initial=0)
        for number, (each, start) in enumerate(zip(series, starts, strict=False)):
            if value := each.values[index]:
                x, width = round(start * room, 1), round(max(1.0, value * room - 1), 1)
                told = _told(name, each, index)
                marks.append(Mark(x, y, width, _BAR, number, told, each.link(index)))
    return marks


@dataclass(frozen=True, slots=True)
class _Scale:
    left: float
    step: float
    unit: float
    levels: Sequence[int]

    @classmethod
    def of(cls, values: Sequence[int], count: int) -> "_Scale":
        top = max([1, *values])
        levels = _levels(top)
        left = round(len(f"{levels[-1]:,}") * _LETTER + 10, 1)
        highest = max(top, levels[-1], _TILES if top <= _TILES else 0)
        return cls(left, (WIDTH - left) / max(1, count), (_BOTTOM - _TOP) / highest, levels)

    def x(self, index: int) -> float:
        """The middle of a name's place."""
        return round(self.left + (index + 0.5) * self.step, 1)

    def y(self, value: int) -> float:
        """Where a number stands."""
        return round(_BOTTOM - value * self.unit, 1)

    @property
    def width(self) -> float:
        """Of a column."""
        return round(max(1.5, min(self.step * 0.8, 18)), 1)


def _levels(top: int) -> list[int]:
    """Two to four round heights, the highest no lower than nine tenths of the highest number."""
    if top <= 2:
        return [1, 2]
    size = 10 ** (len(str(top)) - 1)
    steps = sorted({max(1, size * part // 10) for part in (1, 2, 5, 10, 20, 50)})
    step = next(each for each in steps if each * 4 >= top)
    return [step * times for times in range(1, -(-top // step) + 1)]


def _tiles(scale: _Scale, index: int, name: str, series: Series) -> list[Mark]:
    value, width = series.values[index], scale.width
    x, height = round(scale.x(index) - width / 2, 1), round(scale.unit - 2, 1)
    told, link = _told(name, series, index), series.link(index)
    return [
        Mark(x, scale.y(number), width, height, 0, told, link) for number in range(1, value + 1)
    ]


def _column(scale: _Scale, index: int, name: str, series: Sequence[Series]) -> list[Mark]:
    x = round(scale.x(index) - scale.width / 2, 1)
    tops = list(accumulate(each.values[index] for each in series))
    return [
        Mark(
            x,
            scale.y(top),
            scale.width,
            round(max(1.0, each.values[index] * scale.unit), 1),
            number,
            _told(name, each, index),
            each.link(index),
        )
        for number, (each, top) in enumerate(zip(series, tops, strict=True))
        if each.values[index]
    ]


def _upright(
    names: Sequence[str],
    series: Sequence[Series],
    words: Words,
    scale: _Scale,
    *,
    marks: Sequence[Mark] = (),
    lines: Sequence[Line] = (),
    newest_first: bool,
) -> Chart:
    every = max(1, round(len(names) / _MOST_NAMED))
    last = len(names) - 1
    named = [
        Tick(scale.x(index), name)
        for index, name in enumerate(names)
        if (last - index) % every == 0 and (index > 0 or last < _MOST_NAMED)
    ]
    return Chart(
        words=words,
        names=names,
        series=series,
        left=scale.left,
        marks=marks,
        lines=lines,
        levels=[Tick(scale.y(value), f"{value:,}") for value in scale.levels],
        places=named,
        newest_first=newest_first,
    )


def _told(name: str, series: Series, index: int) -> str:
    return f"{name}: {series.text(index)} {series.name}"
