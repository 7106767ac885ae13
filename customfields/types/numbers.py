"""Numbers, which may also come as text."""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _

from customfields import inputs
from customfields.types.base import FieldType
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_LONGEST = 100
_MOST = 2**63 - 1
_DIGITS = 30


class Integer(FieldType):
    """A whole number of 64 bits; "42" and "42.0", as templates calculate it, are 42."""

    has_bounds: ClassVar = True

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> int:  # noqa: ARG003
        exact = _number(raw)
        if exact is None or (number := int(exact)) != exact:
            raise BadValue(_("must be a whole number such as 42"))
        if abs(number) > _MOST:
            raise BadValue(_("must be from -%(most)d to %(most)d") % {"most": _MOST})
        return number

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        return _input(spec, held, "1") or super().input(spec, held)


class Decimal(FieldType):
    """An exact number, kept as text: no exponent, no zeros that say nothing, a point before a fraction."""

    has_bounds: ClassVar = True

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        exact = _number(raw)
        if exact is None:
            raise BadValue(_("must be a number such as 12.5"))
        text = plain(exact)
        if max(map(len, text.lstrip("-").split("."))) > _DIGITS:
            raise BadValue(
                _("has more than %(digits)d digits before or after the point") % {"digits": _DIGITS}
            )
        return text

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        return _input(spec, held, "any") or super().input(spec, held)

    @classmethod
    def order(cls, value: str) -> decimal.Decimal:
        return decimal.Decimal(value)


def plain(exact: decimal.Decimal) -> str:
    """The one text of a number: no exponent, no zeros that say nothing, a point before a fraction."""
    whole, _point, fraction = f"{exact.copy_abs():f}".partition(".")
    text = f"{whole.lstrip('0') or '0'}.{fraction.rstrip('0')}".rstrip(".")
    return f"-{text}" if exact < 0 else text


def _input(spec: FieldSpec, held: Sequence[Any], step: str) -> forms.Widget | None:
    """A number's own input; None where there may be several."""
    widget = forms.NumberInput({"step": step})
    return None if inputs.many(spec, held) else inputs.bounded(spec, widget, str)


def _number(raw: object) -> decimal.Decimal | None:
    """The number exactly as it is written; None for what is none, `true` and not-a-number included."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    if isinstance(raw, int) and abs(raw) > 10**_LONGEST:  # too long for Python to write cheaply
        raise BadValue(_("has too many digits"))
    text = str(raw).strip()
    return decimal.Decimal(text) if len(text) <= _LONGEST and _NUMBER.fullmatch(text) else None
