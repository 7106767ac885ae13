"""The limits that hold before and while a template is parsed."""

from collections.abc import Iterable

from django.utils.translation import gettext
from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from scrips.rendering.budget import MAX_BITS

MAX_SOURCE = 65_536
MAX_TOKENS = 10_000
MAX_BRACKETS = 25
MAX_NODES = 5_000
MAX_DEPTH = 60
MAX_BLOCKS = 12
MAX_ARGUMENTS = 50  # of a macro: the compiler's work grows with their square
_OPENING = frozenset(("lparen", "lbracket", "lbrace"))
_CLOSING = frozenset(("rparen", "rbracket", "rbrace"))
_BLOCKS = nodes.For, nodes.If, nodes.With, nodes.Macro, nodes.AssignBlock


class Caps(Extension):
    """Counts tokens and open brackets before the parser sees them."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        depth = 0
        for count, token in enumerate(stream):
            if count > MAX_TOKENS:
                raise TemplateSyntaxError(gettext("the template is too long"), token.lineno)
            if token.type in _OPENING:
                depth += 1
                if depth > MAX_BRACKETS:
                    raise TemplateSyntaxError(gettext("brackets nest too deeply"), token.lineno)
            elif token.type in _CLOSING:
                depth -= 1
            elif token.type in ("integer", "float") and _too_large(token.value):
                raise TemplateSyntaxError(gettext("the number is too large"), token.lineno)
            yield token


def _too_large(number: object) -> bool:
    if isinstance(number, int):
        return number.bit_length() > MAX_BITS
    return number == float("inf")


def measure(tree: nodes.Template) -> None:
    """Raises `TemplateSyntaxError` for a tree with too many nodes or levels."""
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    count = 0
    while waiting:
        node, depth, blocks = waiting.pop()
        count += 1
        blocks += isinstance(node, _BLOCKS)
        if count > MAX_NODES:
            raise TemplateSyntaxError(gettext("the template is too long"), node.lineno or 1)
        if isinstance(node, nodes.Macro) and len(node.args) > MAX_ARGUMENTS:
            told = gettext("a macro takes at most %d arguments") % MAX_ARGUMENTS
            raise TemplateSyntaxError(told, node.lineno or 1)
        if depth > MAX_DEPTH or blocks > MAX_BLOCKS:
            raise TemplateSyntaxError(gettext("the template nests too deeply"), node.lineno or 1)
        waiting.extend((child, depth + 1, blocks) for child in node.iter_child_nodes())
