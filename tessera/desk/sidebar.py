"""The list of tables and pages at the side of the administration, as far as the reader may see them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tessera.accounts.rights import SUPER_USER
from tessera.desk.access import own, reader
from tessera.lib.drawn import drawn
from tickets import access


@dataclass(frozen=True, slots=True)
class Item:
    """A table or a page; `here` where the reader is on it."""

    key: str
    name: str
    url: str
    add_url: str = ""
    here: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Those of one room."""

    key: str
    name: str
    url: str
    items: tuple[Item, ...]
    here: bool = False


def sidebar(request: HttpRequest, apps: Sequence[Mapping[str, Any]]) -> SafeString:
    """Of the tables as Django's site lists them, and below them the pages that are no table's."""
    path = quote(request.path)
    parts = tuple(_parts(apps, path))
    if tools := tuple(_tools(request, path)):
        here = any(each.here for each in tools)
        parts = (*parts, Part("tools", _("Tools"), "", tools, here))
    return drawn(
        ("sidebar", parts),
        lambda: SafeString(render_to_string("admin/_sidebar.html", {"parts": parts})),
    )


def _parts(apps: Sequence[Mapping[str, Any]], path: str) -> Iterator[Part]:
    for app in apps:
        items = tuple(
            Item(
                model["object_name"].lower(),
                str(model["name"]),
                model["admin_url"] or "",
                model["add_url"] or "",
                here=bool(model["admin_url"]) and path.startswith(model["admin_url"]),
            )
            for model in app["models"]
        )
        url = app["app_url"]
        yield Part(app["app_label"], str(app["name"]), url, items, here=path.startswith(url))


def _tools(request: HttpRequest, path: str) -> Iterator[Item]:
    user = own(request)
    pages = (
        ("checkup", _("Check the configuration"), True),
        ("configuration", _("Configuration as a file"), access.may(reader(request), SUPER_USER)),
        ("who_may", _("Who may?"), user.has_perm("tickets.view_grant")),
        ("site_settings", _("Settings"), user.has_perm("accounts.view_sitesetting")),
    )
    for key, name, seen in pages:
        if seen:
            url = reverse(f"admin:{key}")
            yield Item(key, name, url, here=path == url)
