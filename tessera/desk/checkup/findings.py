"""What a check finds."""

from dataclasses import dataclass
from enum import IntEnum

from django.urls import reverse
from django.utils.translation import gettext as _


class Severity(IntEnum):
    """How bad it is: something does not work, probably does not do what was meant, or is of no use."""

    FAULT = 1
    DOUBT = 2
    HINT = 3

    @property
    def key(self) -> str:
        """As answers have it."""
        return self.name.lower()

    @property
    def word(self) -> str:
        """In words."""
        return {1: _("fault"), 2: _("doubt"), 3: _("hint")}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`code` names the kind of it and never changes; `kind`, `id` and `name` say what it is about, `what` says it in a
    sentence, `why` what it means. `model` is the table whose administrators mend it, `url` the place."""

    code: str
    severity: Severity
    kind: str
    id: int | None
    name: str
    what: str
    why: str
    model: str
    url: str = ""

    @property
    def kind_word(self) -> str:
        """What it is about, in words."""
        return {
            "scrip": _("rule"),
            "template": _("template"),
            "host": _("host"),
            "queue": _("queue"),
            "custom_field": _("custom field"),
            "lifecycle": _("lifecycle"),
            "role": _("role"),
            "user": _("user"),
            "view": _("view"),
        }[self.kind]


def page_of(model: str, number: int) -> str:
    """The page of a row in the administration; `model` as in `scrips.scrip`."""
    return reverse(f"admin:{model.replace('.', '_')}_change", args=[number])
