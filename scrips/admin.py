"""Scrips, templates and deliveries in the administration. `scrips.service` judges and saves; the forms ask it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import lazystr
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scrips import outbox, service
from scrips.actions import ACTIONS
from scrips.conditions import CONDITIONS
from scrips.models import Attempt, Delivery, Scrip, Template
from scrips.models.scrip import ScripVersion
from scrips.models.template import TemplateVersion
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.admin import PlainJSONField, ReadOnlyInline, SiteAdmin, when
from tessera.lib.errors import Refused
from tickets.access import Actor
from tickets.admin import OfTicketAdmin


def _choices(registry: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, format_lazy("{key}: {label}", key=key, label=kind.label)) for key, kind in registry.items()]


_HELP = gettext_lazy("As JSON; {{}} where there is nothing to say. <a href=\"{url}\">What each type takes</a>.")


class VersionedForm(forms.ModelForm[Any]):
    """Tries the very save that would follow: what the service refuses stands at its field."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.actor: Actor | None = None

    def given(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "note"}
        for name in ("queue", "template"):
            if name in values:
                row = values.pop(name)
                values[f"{name}_id"] = None if row is None else row.pk
        return values

    def save_version(self, actor: Actor) -> Any:
        """Save by the service. Raises `Invalid`."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and self.actor is not None:
            actor = self.actor
            faults = site.faults_of(lambda: self.save_version(actor))
            site.show_faults(self, faults, {"queue_id": "queue", "template_id": "template"})
        return cleaned
