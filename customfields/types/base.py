"""What every type of custom field can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, final

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from customfields import inputs
from tessera.lib import values
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary


class ValueInvalid(BadValue):
    """The field does not take this value; the text says why, for a person."""


class FieldType(ABC):
    """How the values of one type are read, given by people and shown. Types have no state: they are used as classes."""

    has_choices: ClassVar[bool] = False
    has_bounds: ClassVar[bool] = False  # a minimum and a maximum
    max_values: ClassVar[int] = 1  # unless the definition says otherwise; 0 is any number

    @final
    @classmethod
    def parse(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> Any:
        """The canonical form of one value: str, int or bool, as JSON and the API show it.

        The canonical form of a canonical form is itself. Raises `ValueInvalid`.
        """
        try:
            return cls.read(spec, raw, vocabulary)
        except BadValue as fault:
            raise ValueInvalid(str(fault)) from None

    @classmethod
    @abstractmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> Any:
        """As `parse`; raises `BadValue`."""

    @classmethod
    def order(cls, value: Any) -> Any:
        """What a canonical value is compared by with a minimum or maximum: dates sort as text."""
        return value

    @final
    @classmethod
    def form_field(
        cls, spec: FieldSpec, *, held: Sequence[Any] = (), begins: bool = False
    ) -> inputs.ValueField:
        """The form's field for such values; `held` are those that the ticket has, `begins` where it is a new one.

        Whether a field that depends on others is required, the door knows alone.
        """
        required = begins and spec.required and not spec.controllers
        return inputs.ValueField(spec, held, cls.input(spec, held), required=required)

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        """The widget: by default one line, or one value a line."""
        return inputs.Lines() if inputs.many(spec, held) else forms.TextInput()

    @classmethod
    def to_input(cls, value: Any) -> str:
        """A canonical value as the input shows it."""
        return str(value)

    @classmethod
    def from_input(cls, text: str) -> Any:
        """What `parse` takes, from what the input sent. Raises `BadValue`."""
        return text

    @classmethod
    def display(cls, spec: FieldSpec, value: Any) -> SafeString:  # noqa: ARG003
        """A canonical value as pages show it, as safe HTML."""
        return format_html("{}", cls.to_input(value))


def trimmed(raw: object, *, longest: int) -> str:
    """One line without the white space that templates and forms leave at its ends."""
    return values.line(raw.strip() if isinstance(raw, str) else raw, longest=longest)
