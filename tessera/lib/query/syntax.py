"""The shape of a TicketSQL text, before its words mean anything: what `grammar.lark` says."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeAlias, cast

from lark import Lark, Token, Transformer, Tree, UnexpectedToken

from tessera.lib.query.tree import Op

END = "$END"


@dataclass(frozen=True, slots=True)
class Condition:
    """`field op value`: the tokens, `sign` the first of the operator's."""

    field: Token
    op: Op
    sign: Token
    operands: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """Joined by AND at one level."""

    parts: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Joined by OR at one level."""

    parts: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    part: "Shape"


@dataclass(frozen=True, slots=True)
class Brackets:
    part: "Shape"


Shape: TypeAlias = Condition | Both | Either | Negation | Brackets


class NotExpected(Exception):
    """No query goes on with this token; after the last one it is of type `END`."""

    def __init__(self, token: Token) -> None:
        super().__init__(token)
        self.token = token


class Reader:
    """Takes the tokens of one query, one by one, and knows what may come next.

    `condition` are the tokens since the field's that is being read, empty where a field, NOT or an
    opening bracket is due.
    """

    def __init__(self) -> None:
        self._parser = _grammar().parse_interactive(start="query")
        self.condition: list[Token] = []

    @property
    def nesting(self) -> int:
        """How many brackets and NOTs are open where a condition is due."""
        stack = self._parser.parser_state.value_stack
        return sum(isinstance(one, Token) and one.type in ("NOT", "LPAR") for one in stack)

    @property
    def awaits_operator(self) -> bool:
        """Whether a field was read and its operator not, or only the first words of it."""
        return bool(self.condition) and all(
            token.type in ("NOT", "IS") for token in self.condition[1:]
        )

    def take(self, token: Token) -> None:
        """Read on. Raises `NotExpected`, and then nothing has changed."""
        self._feed(token)
        if token.type in ("AND", "OR"):
            self.condition = []
        elif self.condition or token.type not in ("NOT", "LPAR"):
            self.condition.append(token)

    def finish(self, text: str) -> Shape:
        """The shape of the whole text, all of which was taken. Raises `NotExpected`."""
        return cast(Shape, self._feed(Token(END, "", start_pos=len(text))))

    def _feed(self, token: Token) -> object:
        # The parser may close rules before it sees that a token does not fit.
        ahead = self._parser.copy(deepcopy_values=False)  # type: ignore[no-untyped-call]
        try:
            found: object = ahead.feed_token(token)
        except UnexpectedToken as error:
            raise NotExpected(token) from error
        self._parser = ahead
        return found

    def finished(self) -> Iterator[Shape]:
        """What has its shape already, from left to right."""
        for one in self._parser.parser_state.value_stack:
            # A list that still grows is a tree of the parser's own.
            yield from (
                part
                for part in (one.children if isinstance(one, Tree) else [one])
                if isinstance(part, Shape)
            )

    def accepts(self) -> frozenset[str]:
        """The types of the tokens that may come next."""
        found: set[str] = self._parser.accepts()  # type: ignore[no-untyped-call]
        return frozenset(found)


def tokens(text: str) -> Iterator[Token]:
    """The words of the text. Types that no rule of the grammar takes stand for what is no word."""
    return _grammar().lex(text)


class _Shapes(Transformer[Token, Shape]):
    """One method for each rule of the grammar that has a shape of its own."""

    def either(self, parts: list[Shape]) -> Shape:
        return Either(tuple(parts))

    def both(self, parts: list[Shape]) -> Shape:
        return Both(tuple(parts))

    def negation(self, parts: list[Token | Shape]) -> Shape:
        _, part = parts
        assert not isinstance(part, Token)  # noqa: S101  # the grammar says so
        return Negation(part)

    def brackets(self, parts: list[Shape]) -> Shape:
        return Brackets(parts[0])

    def operator(self, parts: list[Token]) -> tuple[Op, Token]:
        sign = parts[0]
        if sign.type == "COMPARISON":
            return Op(sign.value), sign
        return Op(" ".join(part.type for part in parts)), sign

    among = operator
    empty = operator

    def condition(self, parts: tuple[Token, tuple[Op, Token], *tuple[Token, ...]]) -> Shape:
        field, (op, sign), *operands = parts
        return Condition(field, op, sign, tuple(operands))


@cache
def _grammar() -> Lark:
    """The compiled grammar: made once, and nothing in it changes while it is used."""
    text = files(__package__).joinpath("grammar.lark").read_text("utf-8")
    grammar = Lark(
        text, parser="lalr", lexer="basic", start=["query", "faulty"], transformer=_Shapes()
    )
    # The lexer finishes itself at its first token: before another thread can see it half done.
    list(grammar.lex("id"))
    return grammar
