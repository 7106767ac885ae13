"""Fields that several forms about tickets ask for."""

from typing import Any

from django import forms
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
    """When a ticket is due, in the reader's time zone; empty for never."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Due"),
            required=False,
            widget=forms.DateTimeInput({"type": "datetime-local"}, format=LOCAL),
        )
