"""A query that can't be read, shown so that its writer sees where."""

from dataclasses import dataclass

from tessera.lib.errors import QueryInvalid
from tessera.lib.query.limits import MAX_VALUE
from tessera.lib.query.words import alternatives

_AROUND = 60
_OPERATORS = frozenset("=<>!()'\"{}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """The line of the query in three parts, the middle being the character at fault; what is wrong, and what could
    stand there. `words` is the query that looks for the same text as plain words, where it may have been meant so."""

    before: str
    at: str
    after: str
    detail: str
    line: int
    column: int
    position: int
    expected: str
    words: str


def misread(query: str, fault: QueryInvalid) -> Misread:
    """The fault at its place. Of a long line only what stands around it."""
    lines = query.split("\n")
    text = lines[fault.line - 1] if fault.line <= len(lines) else ""
    place = min(fault.column - 1, len(text))
    start, end = max(0, place - _AROUND), place + 1 + _AROUND
    return Misread(
        before=("…" if start else "") + _flat(text[start:place]),
        at=_flat(text[place : place + 1]) or " ",
        after=_flat(text[place + 1 : end]) + ("…" if end < len(text) else ""),
        detail=str(fault.detail),
        line=fault.line,
        column=fault.column,
        position=fault.position,
        expected=alternatives(fault.expected),
        words=_as_words(query),
    )


def _flat(text: str) -> str:
    return text.replace("\t", " ").replace("\r", " ")


def _as_words(query: str) -> str:
    """The query that finds these words in subjects and messages; empty where they look like TicketSQL."""
    text = " ".join(query.split())
    if not text or len(text) > MAX_VALUE or not _OPERATORS.isdisjoint(text) or "\\" in text:
        return ""
    return f"Content MATCHES '{text}'"
