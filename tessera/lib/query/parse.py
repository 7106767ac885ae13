"""From a TicketSQL text to its tree."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext
from lark import Token

from tessera.lib.errors import QueryInvalid
from tessera.lib.query.check import by_id, operand_fault
from tessera.lib.query.expectation import complaint, expected
from tessera.lib.query.limits import MAX_LIST, MAX_NESTING, MAX_TERMS, MAX_TEXT, MAX_VALUE
from tessera.lib.query.syntax import (
    Both,
    Condition,
    Either,
    Negation,
    NotExpected,
    Reader,
    Shape,
    tokens,
)
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term, Value
from tessera.lib.query.verdict import is_log
from tessera.lib.query.vocabulary import UnknownFieldError, Vocabulary

__all__ = ["QueryInvalid", "parse_query"]

# PostgreSQL takes no NUL in a text, and UTF-8 no half of a pair.
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_CUSTOM = re.compile(r"cf\.", re.I)
# What follows a word that stands alone, where a condition is due.
_ALONE = re.compile(r"\s*($|\)|(and|or)\b)", re.I)
_ESCAPED = re.compile(r"\\(.)", re.S)
_LISTS = (Op.IN, Op.NOT_IN)


def parse_query(text: str, vocabulary: Vocabulary, *, in_memory: bool = False) -> Node:
    """The tree of the text. Raises `QueryInvalid` for its first fault.

    Conditions that AND joins at one level become one `And`, so with OR; brackets make a level of
    their own, also around a single log field. `in_memory` refuses MATCHES, which only the database
    knows. A text without any word is refused too: whether it means all tickets is the caller's to
    say.
    """
    return _Parser(text, vocabulary, in_memory=in_memory).tree()


class _Parser:
    def __init__(self, text: str, vocabulary: Vocabulary, *, in_memory: bool) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._in_memory = in_memory
        self._reader = Reader()
        self._field: FieldRef | None = None  # of the condition that is being read, or was the last
        self._terms = 0
        self._listed = 0

    def tree(self) -> Node:
        if len(self._text) > MAX_TEXT:
            raise self._fault(MAX_TEXT, gettext("a query has at most %d characters") % MAX_TEXT)
        if unreadable := _UNREADABLE.search(self._text):
            told = gettext("U+%04X can't stand in a query") % ord(unreadable[0])
            raise self._fault(unreadable.start(), told)
        try:
            for token in tokens(self._text):
                self._take(token)
            shape = self._reader.finish(self._text)
        except NotExpected as error:
            fault = self._unexpected(error.token)
        except QueryInvalid as error:
            fault = error
        else:
            return self._node(shape)
        for shape in self._reader.finished():
            self._node(shape)  # raises a fault that stands further left
        raise fault

    def _take(self, token: Token) -> None:
        due = not self._reader.condition
        if due and token.type in ("NOT", "LPAR") and self._reader.nesting >= MAX_NESTING:
            raise self._at(token, gettext("conditions nest more than %d deep") % MAX_NESTING)
        self._reader.take(token)
        if not due:
            self._measure(token)
        elif self._reader.condition:
            self._begin(token)

    def _begin(self, token: Token) -> None:
        """A new condition, with its field."""
        self._terms, self._listed = self._terms + 1, 1
        if self._terms > MAX_TERMS:
            raise self._at(token, gettext("there are more than %d conditions") % MAX_TERMS)
        self._field = self._known(token, before=self._field)

    def _measure(self, token: Token) -> None:
        if len(_plain(token)) > MAX_VALUE:
            raise self._at(token, gettext("a value has at most %d characters") % MAX_VALUE)
        if token.type == "COMMA":
            self._listed += 1
        elif self._listed > MAX_LIST:
            raise self._at(token, gettext("a list has at most %d values") % MAX_LIST)

    def _unexpected(self, token: Token) -> QueryInvalid:
        awaited = expected(self._reader, self._field, in_memory=self._in_memory)
        return self._at(token, complaint(self._reader, token, awaited, self._text), awaited)

    def _node(self, shape: Shape) -> Node:
        if isinstance(shape, Condition):
            return self._term(shape)
        if isinstance(shape, Both):
            return And(tuple(self._node(part) for part in shape.parts))
        if isinstance(shape, Either):
            return Or(tuple(self._node(part) for part in shape.parts))
        node = self._node(shape.part)
        if isinstance(shape, Negation):
            return Not(node)
        # Else it would speak of the same transaction as the log fields outside of its brackets.
        return And((node,)) if isinstance(node, Term) and is_log(node) else node

    def _term(self, condition: Condition) -> Term:
        field = self._known(condition.field)
        term = by_id(Term(field, condition.op, self._value(field, condition)))
        if (unfit := operand_fault(term, in_memory=self._in_memory)) is None:
            return term
        if unfit.place == "op":
            raise self._at(condition.sign, unfit.reason, unfit.expected)
        token, told = condition.operands[unfit.at or 0], unfit.reason
        raise self._at(token, told, unfit.expected)

    def _value(self, field: FieldRef, condition: Condition) -> Value:
        if condition.op in _LISTS:
            return tuple(_plain(token) for token in condition.operands)
        if not condition.operands:
            return None
        (token,) = condition.operands
        if token.type == "BRACED" or _CUSTOM.match(token):
            return self._known(token)  # nobody means such a word as a value
        found = self._vocabulary.find(token) if token.type == "WORD" else None
        if found is None or operand_fault(Term(field, condition.op, found)) is not None:
            # `Status = resolved` means the status, though there is a date of that name.
            return _plain(token)
        return found

    def _known(self, token: Token, *, before: FieldRef | None = None) -> FieldRef:
        try:
            return self._vocabulary.field(_plain(token))
        except UnknownFieldError as error:
            awaited = (error.near,) if error.near else (gettext("a field"),)
            told = self._alone(token, before) if error.near is None else None
            raise self._at(token, told or str(error), awaited) from None

    def _alone(self, token: Token, before: FieldRef | None) -> str | None:
        """For a word where a whole condition is due, `before` being the field of the one before it."""
        if not _ALONE.match(self._text, token.end_pos or 0):
            return None
        word = token if token.type == "QUOTED" else f"'{token}'"
        told = gettext("%(word)s is no condition; write %(field)s %(sign)s %(word)s")
        # What the field before does not take was not meant as its value.
        again = before and operand_fault(Term(before, Op.EQ, _plain(token))) is None
        field, sign = (before.spelled, "=") if before and again else ("Subject", "LIKE")
        return told % {"word": word[:50], "field": field, "sign": sign}

    def _at(self, token: Token, told: str, awaited: Sequence[str] = ()) -> QueryInvalid:
        return self._fault(token.start_pos or 0, told, awaited)

    def _fault(self, position: int, told: str, awaited: Sequence[str] = ()) -> QueryInvalid:
        before = self._text[:position]
        return QueryInvalid(
            told,
            position=position,
            line=before.count("\n") + 1,
            column=position - before.rfind("\n"),
            expected=awaited,
        )


def _plain(token: Token) -> str:
    """What the word says, without its quotes."""
    return _ESCAPED.sub(r"\1", token[1:-1]) if token.type == "QUOTED" else str(token)
