"""System checks: the door's listeners are there."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string


@register()
def check_listeners(**_kwargs: Any) -> list[CheckMessage]:
    """The door calls each of TICKET_LISTENERS inside its transaction: all must be there."""
    found: list[CheckMessage] = []
    for path in settings.TICKET_LISTENERS:
        try:
            listener = import_string(path)
        except ImportError as error:
            found.append(Error(f"TICKET_LISTENERS: {error}", id="tessera.E001"))
            continue
        if not callable(listener):
            found.append(Error(f"TICKET_LISTENERS: {path} can't be called", id="tessera.E002"))
    return found
