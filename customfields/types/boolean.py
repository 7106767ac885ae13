"""Yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

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
