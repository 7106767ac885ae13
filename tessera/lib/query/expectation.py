"""What may come next in a query, and the sentence for what came instead."""

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext
from lark import Token

from tessera.lib.query.check import operators_of
from tessera.lib.query.operators import nearest_operator
from tessera.lib.query.syntax import END, Reader
from tessera.lib.query.tree import FieldRef, Op
from tessera.lib.query.words import alternatives

_SPELLED: Mapping[str, str] = {
    "NOT": "NOT",
    "LPAR": "(",
    "AND": "AND",
    "OR": "OR",
    "COMMA": ",",
    "RPAR": ")",
}
_BARE = ("WORD", "NUMBER")
_KEYWORDS = ("AND", "OR", "NOT", "LIKE", "STARTSWITH", "ENDSWITH", "MATCHES", "IN", "IS")
_ELSEWHERE: Mapping[str, str] = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR", "!": "NOT"}
_QUOTES = "“”„‟‘’‚‛«»‹›`´"
_SEVERAL = re.compile(r"[\w.@+:-]+(\s+(?!(and|or)\b)[\w.@+:-]+)*", re.I)
_LONGEST = 50


def expected(reader: Reader, field: FieldRef | None, *, in_memory: bool) -> list[str]:
    """The words that may come next, as a person reads them.

    `field` is the one whose operator is awaited; without it all operators are among them.
    """
    if reader.awaits_operator:
        begun = " ".join(token.type for token in reader.condition[1:])
        known = operators_of(field, in_memory=in_memory) if field else tuple(Op)
        return [op.removeprefix(begun).strip() for op in known if op.startswith(begun)]
    accepted = reader.accepts()
    words = [word for name, word in _SPELLED.items() if name in accepted]
    if "WORD" not in accepted:
        return words
    return [gettext("a value") if reader.condition else gettext("a field"), *words]


def complaint(reader: Reader, token: Token, awaited: Sequence[str], text: str) -> str:
    """Why the query can't go on with that token, and the way out where it is known."""
    found = token[:_LONGEST] if token.type == "QUOTED" else f"'{token[:_LONGEST]}'"
    words = {"found": found, "expected": alternatives(awaited)}
    if token.type == END:
        if not text.strip():
            return gettext("the query is empty")
        return gettext("the query ends too early: %(expected)s should follow") % words
    return (
        _of_faulty(token)
        or _of_null(reader, token)
        or _of_operator(reader, token, words)
        or _of_joiner(token, awaited)
        or _of_value(reader, token, text)
        or gettext("unexpected %(found)s: %(expected)s should stand here") % words
    )


def _of_faulty(token: Token) -> str | None:
    """For what is no word of a query."""
    if token.type == "OPEN_QUOTE":
        return gettext("this quote is not closed")
    if token.type == "OPEN_BRACE":
        return gettext("this name in braces is not closed")
    if token.type != "STRAY":
        return None
    if token in _QUOTES:
        return gettext("%s is no quote that queries know; write ' or \"") % token
    shown = f"'{token}'" if token.isprintable() else f"U+{ord(token):04X}"
    return gettext("%s means nothing here; within a value it needs quotes") % shown


def _of_null(reader: Reader, token: Token) -> str | None:
    """For what stands after IS instead of NULL."""
    if len(reader.condition) < 2 or reader.condition[1].type != "IS":
        return None
    if reader.condition[-1].type == "NULL":
        return None  # it is there
    plain = token[1:-1] if token.type == "QUOTED" else str(token)
    if plain.upper() == "NULL":
        return gettext("NULL stands without quotes")
    if token.type not in ("QUOTED", *_BARE):
        return None
    sign = "=" if len(reader.condition) == 2 else "!="
    words = {"sign": sign, "found": token[:_LONGEST]}
    return gettext("'IS' goes with NULL alone; write %(sign)s %(found)s") % words


def _of_operator(reader: Reader, token: Token, words: Mapping[str, str]) -> str | None:
    """For what stands in an operator's place."""
    begun = [str(one).upper() for one in reader.condition[1:]]
    if begun == ["NOT"] and token.type == "COMPARISON" and str(token) == "=":
        return gettext("unexpected '%(found)s'; did you mean '%(near)s'?") % {
            "found": "NOT =",
            "near": "!=",
        }
    if begun or token.type not in ("WORD", "SIGNS") or not reader.condition:
        return None
    if token.upper() == "BETWEEN":
        told = gettext("no operator 'BETWEEN'; write %(field)s >= … AND %(field)s <= …")
        return told % {"field": reader.condition[0]}
    if near := nearest_operator(token):
        words = {**words, "near": near}
        return gettext("unknown operator %(found)s; did you mean '%(near)s'?") % words
    return gettext("unknown operator %(found)s: %(expected)s should stand here") % words


def _of_joiner(token: Token, awaited: Sequence[str]) -> str | None:
    """For AND, OR and NOT as other languages write them."""
    if (near := _ELSEWHERE.get(token)) not in awaited:
        return None
    words = {"found": str(token), "near": near}
    return gettext("unexpected '%(found)s'; did you mean '%(near)s'?") % words


def _of_value(reader: Reader, token: Token, text: str) -> str | None:
    """For what stands in a value's place, or goes on after one."""
    if len(reader.condition) < 2 or reader.awaits_operator:
        return None
    last = reader.condition[-1]
    if "WORD" in reader.accepts():
        return _instead_of_value(token)
    if token.type == "COMMA":
        told = gettext("several values go with IN: %(field)s IN (%(first)s, …)")
        return told % {"field": reader.condition[0], "first": last[:_LONGEST]}
    if last.type == "IN":
        return gettext("'IN' takes a list in brackets: ('one', 'two')")
    if token.type in _BARE and last.type in _BARE:
        return _of_several(text, last.start_pos or 0)
    if last.type == "QUOTED" and last.end_pos == token.start_pos:
        return gettext("a quote within a quoted value needs a backslash before it")
    return None


def _of_several(text: str, start: int) -> str | None:
    several = _SEVERAL.match(text, start)
    if several is None or text[several.end() :].lstrip()[:1] in ("=", "!", "<", ">"):
        return None  # it looks like the next condition
    return gettext("a value of several words needs quotes: '%s'") % several[0][:_LONGEST]


def _instead_of_value(token: Token) -> str | None:
    if token.type == "NULL":
        return gettext("for no value write IS NULL; the word itself needs quotes")
    if token.type in _KEYWORDS:
        sentence = gettext("a value is missing before '%s'; the word itself needs quotes")
        return sentence % str(token)
    if token.type == "LPAR":
        return gettext("a list of values goes with IN")
    return None
