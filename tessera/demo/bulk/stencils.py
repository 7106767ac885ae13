"""Texts with gaps: a row that was made once, ready to be written again with other values. Pure.

A gap is written into a text as a number between two characters that no text of the demo has; a gap for a number
looks like a string to JSON, and loses its quotes when the JSON is made.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

import orjson

from tessera.lib.query.fold import fold

Gap = tuple[str, Any]  # its kind, and which of that kind
Fill = Callable[[Sequence[str]], Any]

_GAP = re.compile("[\ue000\ue002]([0-9]+)[\ue001\ue003]")
_NUMBER = re.compile('"(\ue002[0-9]+\ue003)"')
_JOINED = re.compile(r"\w\w")
# By so many characters needles are looked for: an expression of whole messages takes longer to make than to use.
_HEAD = 24
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
    by_head: defaultdict[str, list[str]] = defaultdict(list)
    for needle in sorted(filter(None, needles), key=len, reverse=True):
        by_head[needle[:_HEAD]].append(needle)
    if not by_head:
        return str
    heads = sorted(by_head, key=len, reverse=True)
    # Where a long head stands, a short one that it begins with does too.
    tried = {
        head: [each for size in range(len(head), 0, -1) for each in by_head.get(head[:size], ())]
        for head in heads
    }
    return partial(_replaced, needles, re.compile("|".join(map(re.escape, heads))), tried)


def _replaced(
    needles: Mapping[str, str],
    heads: re.Pattern[str],
    tried: Mapping[str, Sequence[str]],
    text: str,
) -> str:
    parts: list[str] = []
    copied = looked = 0
    while match := heads.search(text, looked):
        start = match.start()
        looked = start + 1
        for needle in tried[match[0]]:
            end = start + len(needle)
            if text.startswith(needle, start) and not (_joined(text, start) or _joined(text, end)):
                parts += text[copied:start], needles[needle]
                copied = looked = end
                break
    return "".join(parts) + text[copied:]


def _joined(text: str, place: int) -> bool:
    """Whether a word goes on over that place."""
    return place > 0 and _JOINED.match(text, place - 1) is not None
