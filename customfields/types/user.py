"""People of this system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from customfields.types.base import FieldType, trimmed
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary

_LONGEST_USERNAME = 150


class User(FieldType):
    """The username of a user that the vocabulary knows, in its own spelling."""

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        word = trimmed(raw, longest=_LONGEST_USERNAME)
        username = vocabulary.user_exists(word)
        if username is None:
            raise BadValue(_("no user “%(name)s”") % {"name": word})
        return username
