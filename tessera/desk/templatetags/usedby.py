"""Who names the thing that a page of the administration is about: read before it is changed or goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Model
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips import used_by
from scrips.used_by import User
from tickets import config
from tickets.config import Config

register = template.Library()

_SOURCES: Mapping[type[Model], Callable[[Any, Config], list[User]]] = {
    CustomField: used_by.of_field,
    Lifecycle: used_by.of_lifecycle,
}
_KINDS: Mapping[str, tuple[str | Promise, str]] = {
    "scrip": (_("scrip"), "scrips_scrip"),
    "template": (_("template"), "scrips_template"),
    "lifecycle": (_("lifecycle"), "lifecycles_lifecycle"),
    "custom_field": (_("custom field"), "customfields_customfield"),
    "queue": (_("queue"), "tickets_queue"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row that names it; `url` is empty for whoever may not open its page."""

    kind: str | Promise
    name: str
    url: str
    places: tuple[str, ...]
    names: tuple[str, ...]


@register.inclusion_tag("admin/_used_by.html", takes_context=True)
def used_by_panel(context: Context, row: Model) -> dict[str, Any]:
    """The rows that name this one, each with a link for whoever may open it; statements of a fixed number."""
    user = context["request"].user
    found = _SOURCES[type(row)](row, config.current())
    return {"lines": [_line(each, user) for each in found]}


def _line(found: User, user: Any) -> Line:
    kind, page = _KINDS[found.kind]
    app, model = page.split("_")
    seen = user.has_perm(f"{app}.view_{model}")
    url = reverse(f"admin:{page}_change", args=[found.id]) if seen else ""
    return Line(kind, found.name, url, found.places, found.names)
