"""Texts in lines of known size: what stands on a way, and on a tile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from lifecycles.diagram import words
from lifecycles.diagram.picture import Tile
from lifecycles.diagram.text import plain, width, wrap
from lifecycles.parts import Transition

Spot = tuple[float, float]
Style = Literal["name", "label", "who"]

SIZES: dict[Style, float] = {"name": 14, "label": 13, "who": 11.5}
HEIGHTS: dict[Style, float] = {"name": 18, "label": 16, "who": 15}
_WIDEST: dict[Style, float] = {"name": 190, "label": 170, "who": 170}
# Of the height of a line, where its letters stand.
_BASELINE = 0.74
_BETWEEN = 4.0
_MOST = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text. `base` is its baseline, from the top of its block."""

    text: str
    style: Style
    base: float

    @property
    def width(self) -> float:
        """In pixels, at least."""
        return width(self.text, SIZES[self.style])


@dataclass(frozen=True, slots=True)
class Block:
    """Lines below each other."""

    lines: tuple[Line, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A block whose upper edge is at `y`; `x` is its left end, or its axis."""

    block: Block
    x: float
    y: float


def on_tile(name: str) -> Block:
    """The name of a status."""
    return _block([[(line, "name") for line in _wrapped(plain(name), "name")]])


def on_way(transitions: Sequence[Transition]) -> Block:
    """What transitions are called and ask for. Past a few they are only counted."""
    return _block(_entries(transitions))


def on_pill(tile: Tile) -> Block | None:
    """What comes to a tile from no tile in particular, each below a word that says whence."""
    parts = ((words.at_the_start(), tile.begins), (words.from_anywhere(), tile.anywhere))
    entries = [
        [(whence, "who"), *first] if index == 0 else first
        for whence, transitions in parts
        for index, first in enumerate(_entries(transitions))
    ]
    return _block(entries) if entries else None


def note(text: str, most: float) -> Block:
    """A remark of several lines."""
    return _block([[(line, "who") for line in wrap(text, SIZES["who"], most, lines=4)]])


def _entries(transitions: Sequence[Transition]) -> list[list[tuple[str, Style]]]:
    shown = transitions if len(transitions) <= _MOST else transitions[: _MOST - 1]
    entries = [_entry(transition) for transition in shown]
    rest = len(transitions) - len(shown)
    return [*entries, [(words.more(rest), "who")]] if rest else entries


def _entry(transition: Transition) -> list[tuple[str, Style]]:
    lines: list[tuple[str, Style]] = [
        (line, "label") for line in _wrapped(words.label_of(transition), "label")
    ]
    asked = (words.roles_of(transition), words.right_of(transition), words.guard_of(transition))
    lines += [(line, "who") for each in asked if each for line in _wrapped(each, "who")]
    return lines


def _wrapped(text: str, style: Style) -> tuple[str, ...]:
    return wrap(text, SIZES[style], _WIDEST[style])


def _block(entries: Iterable[Sequence[tuple[str, Style]]]) -> Block:
    lines: list[Line] = []
    top = 0.0
    for entry in entries:
        top += _BETWEEN if lines else 0
        for text, style in entry:
            lines.append(_line(text, style, top))
            top += HEIGHTS[style]
    return Block(tuple(lines), max((line.width for line in lines), default=0.0), top)


def _line(text: str, style: Style, top: float) -> Line:
    return Line(text, style, round(top + HEIGHTS[style] * _BASELINE, 1))
