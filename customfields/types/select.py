"""Choices from the list that the field's definition gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _

from customfields.types.base import FieldType, trimmed
from tessera.lib.query.fold import fold
from tessera.lib.suggest import nearest
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary

LONGEST_CHOICE = 255


class SelectSingle(FieldType):
    """A choice, found without regard to case and kept in the list's spelling."""

    has_choices: ClassVar = True

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        word = trimmed(raw, longest=LONGEST_CHOICE)
        wanted = fold(word)
        for choice in spec.values:
            if fold(choice) == wanted:
                return choice
        if near := nearest(word, spec.values):
            raise BadValue(
                _("no choice “%(word)s”; did you mean “%(near)s”?") % {"word": word, "near": near}
            )
        raise BadValue(_("no choice “%(word)s”") % {"word": word})


class SelectMulti(SelectSingle):
    """Several such choices."""

    max_values: ClassVar = 0
