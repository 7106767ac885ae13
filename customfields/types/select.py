"""Choices from the list that the field's definition gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from customfields import inputs
from customfields.choices import LONGEST_CHOICE, no_choice
from customfields.types.base import FieldType, trimmed
from tessera.lib.query.fold import fold
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary


class SelectSingle(FieldType):
    """A choice, found without regard to case and kept in the list's spelling. One that is disabled is read too:
    old tickets have it, and rules may speak of it.
    """

    has_choices: ClassVar = True

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        word = trimmed(raw, longest=LONGEST_CHOICE)
        found = spelling(spec.values).get(fold(word))
        if found is None:
            raise BadValue(no_choice(word, [choice.value for choice in spec.offered]))
        return found

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        return inputs.offer(spec, held)

    @classmethod
    def display(cls, spec: FieldSpec, value: Any) -> SafeString:
        choice = spec.choice(value)
        if choice is None or choice.colour is None:
            return format_html("{}", value)
        return format_html('<span class="tag choice {}">{}</span>', choice.colour, value)


@lru_cache(maxsize=512)
def spelling(values: tuple[str, ...]) -> Mapping[str, str]:
    """The list's own spelling of each choice, by the choice without its case."""
    return {fold(value): value for value in reversed(values)}


class SelectMulti(SelectSingle):
    """Several such choices."""

    max_values: ClassVar = 0
