"""Text as people write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customfields.types.base import FieldType, trimmed
from tessera.lib import values

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary

_LONGEST_LINE = 1_000
_LONGEST_TEXT = 100_000


class Freeform(FieldType):
    """One line of at most 1,000 characters, without white space at its ends."""

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        return trimmed(raw, longest=_LONGEST_LINE)


class Text(FieldType):
    """Any number of lines, kept as they are, of at most 100,000 characters."""

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        return values.text(raw, longest=_LONGEST_TEXT)
