"""Matches by day, as marks of a drawing: a tile for each where they are few, else a bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_LEFT, _RIGHT, _TOP, _BOTTOM = 24, 640, 10, 122
_TILES = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A height with its number."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day with what happened on it. `x` is its middle; `named` says whether its date stands below."""

    day: date
    count: int
    x: float
    named: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of 640 by 150."""

    days: Sequence[Day]
    marks: Sequence[Mark]
    lines: Sequence[Line]

    @property
    def most(self) -> Day:
        """The day with the most."""
        return max(self.days, key=lambda each: each.count)

    @property
    def busy(self) -> list[Day]:
        """The days with any, newest first."""
        return [each for each in reversed(self.days) if each.count]

    @classmethod
    def of(cls, counts: Mapping[str, int], last: date, length: int) -> "Chart":
        """Of counts by ISO date, for so many days before the last, and the last."""
        days = [last - timedelta(days=back) for back in range(length, -1, -1)]
        step = (_RIGHT - _LEFT) / len(days)
        every = max(1, round(len(days) / 6))
        found = [
            Day(
                day,
                counts.get(day.isoformat(), 0),
                round(_LEFT + (index + 0.5) * step, 1),
                (len(days) - 1 - index) % every == 0 and index > 0,
            )
            for index, day in enumerate(days)
        ]
        top = max(1, *(each.count for each in found))
        scale = (_BOTTOM - _TOP) / max(top, _TILES)
        marks = [mark for each in found for mark in _marks(each, step, scale, top)]
        return cls(found, marks, [Line(round(_BOTTOM - n * scale, 1), n) for n in _numbers(top)])


def _marks(day: Day, step: float, scale: float, top: int) -> list[Mark]:
    width = round(max(1.5, min(step * 0.8, 18)), 1)
    x = round(day.x - width / 2, 1)
    if top > _TILES:
        height = round(day.count * scale, 1)
        return [Mark(x, round(_BOTTOM - height, 1), width, height)] if day.count else []
    height = round(scale - 2, 1)
    return [Mark(x, round(_BOTTOM - n * scale, 1), width, height) for n in range(1, day.count + 1)]


def _numbers(top: int) -> list[int]:
    """Two heights worth a line, the upper one at most the highest."""
    upper = max(top, 2)
    return sorted({upper, max(1, upper // 2)})
