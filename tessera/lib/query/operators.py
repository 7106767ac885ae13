"""Operators as people write them who come from another language."""

from collections.abc import Mapping

from tessera.lib.query.tree import Op
from tessera.lib.suggest import nearest

# The signs that a language next door has for it, and the words that people try.
_ELSEWHERE: Mapping[str, str] = {
    "==": "=",
    "===": "=",
    "<>": "!=",
    "!": "!=",
    "!==": "!=",
    "=>": ">=",
    "=<": "<=",
    "~": "LIKE",
    "=~": "LIKE",
    "!~": "NOT LIKE",
    "~=": "LIKE",
    "CONTAINS": "LIKE",
    "ILIKE": "LIKE",
    "HAS": "LIKE",
    "EQUALS": "=",
    "EQ": "=",
    "NE": "!=",
    "BEFORE": "<",
    "AFTER": ">",
    "BEGINSWITH": "STARTSWITH",
}


def nearest_operator(word: str) -> str | None:
    """The operator that was probably meant by one that does not exist, or None."""
    return _ELSEWHERE.get(word.upper()) or nearest(word, [op.value for op in Op])
