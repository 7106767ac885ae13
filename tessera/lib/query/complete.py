"""What may stand at a place of a query that is being written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lark import Token

from tessera.lib.query.check import operators_of
from tessera.lib.query.fold import fold
from tessera.lib.query.syntax import NotExpected, Reader, tokens
from tessera.lib.query.tree import FieldRef
from tessera.lib.query.vocabulary import UnknownFieldError, Vocabulary

What = Literal["field", "operator", "value", "joiner", "nothing"]
_REST_OF_WORD = re.compile(r"[\w.@+:-]*")
# The rest of a name in braces, and such a name as the rest of a word.
_REST_IN_BRACES = re.compile(r"[^{}'\"=<>!]*\}(\.\w*)?|[\w.@+:-]*")
_REST_WITH_BRACES = re.compile(r"[\w.@+:-]*(\{[^{}]*\}(\.\w*)?)?")
_BARE = re.compile(r"[^\W\d][\w]*([.@+:-]\w+)*|\d+")
_WITHIN_WORDS = ".@+:-"
_QUOTES = ("'", '"')
_KEYWORDS = frozenset(
    ("AND", "OR", "NOT", "LIKE", "STARTSWITH", "ENDSWITH", "MATCHES", "IN", "IS", "NULL")
)


@dataclass(frozen=True, slots=True)
class Due:
    """What is due at a place: a candidate takes the place of the text from `start` to `end`.

    `begun` is what stands there already, before the place, without its quote. Of an operator and a value `field` is
    the field; `words` are the operators or joiners that may come.
    """

    what: What
    start: int
    end: int
    begun: str = ""
    field: FieldRef | None = None
    words: tuple[str, ...] = ()


def due_at(text: str, place: int, vocabulary: Vocabulary, *, in_memory: bool = False) -> Due:
    """What is due at that character of the text; what follows it counts only as the rest of a word.

    `in_memory` leaves out what conditions and guards do not have.
    """
    before = text[:place]
    found = list(tokens(before))
    start = _start_of_last(found, before)
    read = [token for token in found if (token.start_pos or 0) < start]
    begun = before[start:]
    end = _end_of_last(begun, text, place)
    begun = begun[1:] if begun[:1] in _QUOTES else begun
    reader = Reader()
    try:
        for token in read:
            reader.take(token)
    except NotExpected:
        return Due("nothing", place, place)
    return _due(reader, Due("nothing", start, end, begun), vocabulary, in_memory=in_memory)


def _start_of_last(found: list[Token], before: str) -> int:
    """Where the word begins that is being written at the end; the end itself where none is."""
    for token in found:
        if token.type in ("OPEN_QUOTE", "OPEN_BRACE"):
            return token.start_pos or 0
    if not found or before[-1:].isspace():
        return len(before)
    last = found[-1]
    if _goes_on(found):
        return found[-2].start_pos or 0
    finished = last.type in ("LPAR", "RPAR", "COMMA", "QUOTED", "COMPARISON", "SIGNS")
    return len(before) if finished else last.start_pos or 0


def _end_of_last(begun: str, text: str, place: int) -> int:
    """Where the word ends that is being written: with its closing quote or brace, where it has one already."""
    if (quote := begun[:1]) and quote in _QUOTES:
        # Another sign between says that the next quote opens a value of its own.
        rest = re.compile(rf"(?:(?!\s(?:and|or)\s)[\w.@+:\s-])*{quote}", re.I).match(text, place)
        return rest.end() if rest else place
    rest_of = _REST_OF_WORD
    if begun[:3].lower() == "cf.":
        rest_of = _REST_WITH_BRACES if begun.count("{") == begun.count("}") else _REST_IN_BRACES
    rest = rest_of.match(text, place)
    return rest.end() if rest else place


def _goes_on(found: list[Token]) -> bool:
    """Whether the last is a sign that stands within words, right after one: `CF.` is begun, and no word yet."""
    if len(found) < 2 or found[-1].type != "STRAY" or found[-1].value not in _WITHIN_WORDS:
        return False
    return found[-2].type in ("WORD", "NUMBER") and found[-2].end_pos == found[-1].start_pos


def _due(reader: Reader, place: Due, vocabulary: Vocabulary, *, in_memory: bool) -> Due:
    accepted = reader.accepts()
    if not reader.condition:
        words = tuple(word for word in ("NOT", "(") if _NAMES[word] in accepted)
        return _as(place, "field", words=words)
    try:
        field = vocabulary.field(_plain(reader.condition[0]))
    except UnknownFieldError:
        return place
    if reader.awaits_operator:
        begun = " ".join(token.type for token in reader.condition[1:])
        known = operators_of(field, in_memory=in_memory)
        words = tuple(op[len(begun) :].strip() for op in known if op.startswith(begun))
        return _as(place, "operator", field=field, words=words)
    if "WORD" in accepted:
        return _as(place, "value", field=field)
    words = tuple(word for word, name in _NAMES.items() if name in accepted and word != "NOT")
    return _as(place, "joiner", words=words)


def _as(
    place: Due, what: What, *, field: FieldRef | None = None, words: tuple[str, ...] = ()
) -> Due:
    return Due(what, place.start, place.end, place.begun, field, words)


_NAMES = {"AND": "AND", "OR": "OR", "NOT": "NOT", "(": "LPAR", ")": "RPAR", ",": "COMMA"}


def _plain(token: Token) -> str:
    return token[1:-1] if token.type == "QUOTED" else str(token)


def like(begun: str, known: Iterable[str]) -> list[str]:
    """Those that begin so, then those that have it somewhere; each once, in their order."""
    wanted = _unbraced(begun.strip())
    folded = [(_unbraced(one), one) for one in dict.fromkeys(known)]
    first = [one for text, one in folded if text.startswith(wanted)]
    return first + [one for text, one in folded if wanted in text and not text.startswith(wanted)]


def _unbraced(text: str) -> str:
    return fold(text).replace("{", "").replace("}", "")


def literal(value: str) -> str:
    """The value as a query writes it: bare where it is one plain word that means nothing else."""
    if _BARE.fullmatch(value) and value.upper() not in _KEYWORDS and value.isascii():
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
