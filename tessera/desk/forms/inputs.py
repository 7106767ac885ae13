"""Fields that several forms about tickets ask for."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LOCAL = "%Y-%m-%dT%H:%M"  # as browsers write a time without a zone


class PriorityField(forms.IntegerField):
    """How urgent a ticket is, from 0 to 100."""

    def __init__(self, **given: Any) -> None:
        beyond = _("Must be from 0 to 100")  # as the door says it
        super().__init__(
            label=_("Priority"),
            min_value=0,
            max_value=100,
            help_text=_("From 0 to 100."),
            error_messages={"min_value": beyond, "max_value": beyond},
            **given,
        )


class DueField(forms.DateTimeField):
    """When a ticket is due, in the reader's time zone; empty for never.

    Of an hour that comes twice the first is meant, as in custom fields and queries; one that nobody touches stays what
    it is, the second too.
    """

    def __init__(self) -> None:
        super().__init__(
            label=_("Due"),
            required=False,
            widget=forms.DateTimeInput({"type": "datetime-local"}, format=LOCAL),
        )

    def to_python(self, value: Any) -> datetime | None:
        """Refuses no time for what clocks do at it."""
        try:
            return super().to_python(value)
        except ValidationError as error:
            if error.code != "ambiguous_timezone" or not isinstance(error.params, dict):
                raise
            return timezone.make_aware(error.params["datetime"])

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it reads otherwise than it was shown."""
        shown = timezone.localtime(initial).strftime(LOCAL) if initial else ""
        return str(data or "") != shown and super().has_changed(initial, data)
