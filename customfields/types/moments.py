"""Dates and times."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _

from customfields.types.base import FieldType
from tessera.lib import values
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Date(FieldType):
    """A day, as 2026-03-31."""

    has_bounds: ClassVar = True

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        word = raw.strip() if isinstance(raw, str) else ""
        if not _DAY.fullmatch(word):
            raise BadValue(_("must be a date such as 2026-03-31"))
        try:
            return date.fromisoformat(word).isoformat()
        except ValueError:
            raise BadValue(_("the calendar has no day %(day)s") % {"day": word}) from None


class DateTime(FieldType):
    """A time to the second, in UTC: 2026-03-31T09:00:00Z. Its fixed width makes it sort as text."""

    has_bounds: ClassVar = True

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        moment = values.moment(raw.strip() if isinstance(raw, str) else raw)
        return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
