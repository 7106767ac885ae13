"""Text as people write it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from customfields import inputs
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

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        if inputs.many(spec, held):
            return super().input(spec, held)
        return forms.TextInput({"maxlength": _LONGEST_LINE})


class Text(FieldType):
    """Any number of lines, kept as they are, of at most 100,000 characters."""

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        return values.text(raw, longest=_LONGEST_TEXT)

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        return inputs.Texts() if inputs.many(spec, held) else forms.Textarea({"rows": 4})

    @classmethod
    def display(cls, spec: FieldSpec, value: Any) -> SafeString:  # noqa: ARG003
        return format_html_join(SafeString("<br>"), "{}", ([line] for line in value.split("\n")))
