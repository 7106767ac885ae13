"""Dates and times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customfields import inputs
from customfields.types.base import FieldType
from tessera.lib import moments, values
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

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        if inputs.many(spec, held):
            return super().input(spec, held)
        return inputs.bounded(spec, forms.TextInput({"type": "date"}), cls.to_input)

    @classmethod
    def display(cls, spec: FieldSpec, value: Any) -> SafeString:  # noqa: ARG003
        shown = date_format(date.fromisoformat(value), pgettext("date format", "j M Y"))
        return format_html('<time class="nowrap" datetime="{}">{}</time>', value, shown)


class DateTime(FieldType):
    """A time to the second, in UTC: 2026-03-31T09:00:00Z. Its fixed width makes it sort as text."""

    has_bounds: ClassVar = True

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        moment = values.moment(raw.strip() if isinstance(raw, str) else raw)
        return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        if inputs.many(spec, held):
            return super().input(spec, held)
        # Any step: seconds that a program set must not make the form one that can't be sent.
        widget = forms.TextInput({"type": "datetime-local", "step": "any"})
        return inputs.bounded(spec, widget, cls.to_input)

    @classmethod
    def to_input(cls, value: str) -> str:
        """In the reader's zone, without one: that is how browsers take it."""
        try:
            local = timezone.localtime(datetime.fromisoformat(value)).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return value
        return local.isoformat(timespec="seconds" if local.second else "minutes")

    @classmethod
    def from_input(cls, text: str) -> str:
        """From the reader's zone, unless the text names another."""
        try:
            moment = datetime.fromisoformat(text.strip())
            if moment.tzinfo is None:
                moment = timezone.make_aware(moment)
            return moment.astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            return text  # `parse` says what is wrong with it

    @classmethod
    def display(cls, spec: FieldSpec, value: Any) -> SafeString:  # noqa: ARG003
        return moments.element(datetime.fromisoformat(value))
