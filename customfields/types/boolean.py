"""Yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customfields import inputs
from customfields.types.base import FieldType
from tessera.lib.query.compare import truth
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary


class Boolean(FieldType):
    """true or false; as text also yes, no, 1 and 0, as queries write them."""

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> bool:  # noqa: ARG003
        found = truth(raw) if isinstance(raw, str) else raw
        if not isinstance(found, bool):
            raise BadValue(_("must be true or false"))
        return found

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        return super().input(spec, held) if inputs.many(spec, held) else inputs.yes_or_no()

    @classmethod
    def to_input(cls, value: bool) -> str:  # noqa: FBT001  # a value like others
        return "true" if value else "false"

    @classmethod
    def display(cls, spec: FieldSpec, value: Any) -> SafeString:  # noqa: ARG003
        return format_html("{}", _("yes") if value else _("no"))
