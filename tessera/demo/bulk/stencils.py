"""Texts with gaps: a row that was made once, ready to be written again with other values. Pure.

A gap is written into a text as a number between two characters that no text of the demo has; a gap for a number
looks like a string to JSON, and loses its quotes when the JSON is made.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson

from tessera.lib.query.fold import fold

Gap = tuple[str, Any]  # its kind, and which of that kind
Fill = Callable[[Sequence[str]], Any]

_GAP = re.compile("[\ue000\ue002]([0-9]+)[\ue001\ue003]")
_NUMBER = re.compile('"(\ue002[0-9]+\ue003)"')
NULL = "\\N"


@dataclass(frozen=True, slots=True)
class Stencil:
    """A text with gaps: `text` in the manner of `%`, `pick` takes what belongs into it from the list of values."""

    text: str
    pick: Fill

    def filled(self, values: Sequence[str]) -> str:
        """The text with these values in its gaps."""
        filled: str = self.text % self.pick(values)
        return filled


class Moment(str):
    """A gap for a time, where the code that takes a row apart wants to write it in ISO 8601 itself."""

    __slots__ = ()

    def isoformat(self, **_form: str) -> str:
        """The gap, to be filled with the microseconds' form."""
        return str(self)


@dataclass(slots=True)
class Gaps:
    """The gaps of one pattern, each with the value that the pattern itself has there."""

    own: dict[Gap, str] = field(default_factory=dict)
    _numbers: dict[Gap, int] = field(default_factory=dict)

    def text(self, kind: str, which: Any, own: str) -> str:
        """A gap within a text."""
        return f"\ue000{self._number((kind, which), own)}\ue001"

    def number(self, kind: str, which: Any, own: int) -> str:
        """A gap that is a number in JSON."""
        return f"\ue002{self._number((kind, which), str(own))}\ue003"

    def folded(self, text: str) -> str:
        """A folded text, whose gaps are filled with folded values."""
        known = list(self._numbers)

        def fill(found: re.Match[str]) -> str:
            gap = known[int(found[1])]
            return self.text("folded", gap, fold(self.own[gap]))

        return _GAP.sub(fill, text)

    def _number(self, gap: Gap, own: str) -> int:
        self.own.setdefault(gap, own)
        return self._numbers.setdefault(gap, len(self._numbers))

    def places(self, kinds: Sequence[str]) -> dict[Gap, int]:
        """Where each gap's value stands in the list of values: kind by kind, each in its own order."""
        order = sorted(self._numbers, key=lambda gap: (kinds.index(gap[0]), self._numbers[gap]))
        return {gap: place for place, gap in enumerate(order)}

    def cut(self, text: str, places: Mapping[Gap, int]) -> Stencil:
        """The stencil of a text."""
        known = list(self._numbers)
        parts = _GAP.split(text)
        gaps = [places[known[int(number)]] for number in parts[1::2]]
        literal = [part.replace("%", "%%") for part in parts[::2]]
        return Stencil("%s".join(literal), itemgetter(*gaps) if gaps else _nothing)


def _nothing(_values: Sequence[str]) -> tuple[str, ...]:
    return ()


def json(value: Any, *, option: int = 0) -> str:
    """Compact JSON in which the gaps for numbers are numbers."""
    return _NUMBER.sub(r"\1", orjson.dumps(value, option=option).decode())


def escaped(text: str) -> str:
    """A text as COPY reads it."""
    # Faster than `translate`, which looks at each character.
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace("\r", "\\r").replace("\t", "\\t")


def cell(value: Any, *, is_json: bool) -> str:
    """A value of a row as COPY reads it. Times come as gaps."""
    if value is None:
        return NULL
    if is_json:
        return escaped(json(value))
    if isinstance(value, bool):
        return "t" if value else "f"
    assert not isinstance(value, datetime)  # noqa: S101  # it would be the same in each copy
    return escaped(str(value))


def replacer(needles: Mapping[str, str]) -> Callable[[str], str]:
    """Puts something in the place of each of these texts, the longest first; words only where they stand whole."""
    wanted = [needle for needle in sorted(needles, key=len, reverse=True) if needle]
    if not wanted:
        return str
    found = re.compile("|".join(map(_whole, wanted)))
    return lambda text: found.sub(lambda match: needles[match[0]], text)


def _whole(needle: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", needle) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", needle) else ""
    return f"{before}{re.escape(needle)}{after}"
