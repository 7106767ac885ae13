"""What every type of custom field can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, final

from tessera.lib import values
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary


class ValueInvalid(BadValue):
    """The field does not take this value; the text says why, for a person."""


class FieldType(ABC):
    """How the values of one type are read. Types have no state: they are used as classes."""

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


def trimmed(raw: object, *, longest: int) -> str:
    """One line without the white space that templates and forms leave at its ends."""
    return values.line(raw.strip() if isinstance(raw, str) else raw, longest=longest)
