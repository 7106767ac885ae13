"""The settings that can be changed while the site runs, as a page of the administration."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tessera.accounts import site
from tessera.accounts.site import SETTINGS, Setting
from tessera.desk.access import own
from tessera.lib.values import BadValue


@dataclass(frozen=True, slots=True)
class Line:
    """A setting with its text; `changed` says that it is not the default."""

    setting: Setting
    text: str
    changed: bool
    fault: str = ""

    @property
    def default(self) -> str:
        """What counts without a change."""
        return self.setting.show(self.setting.default())


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Each by itself: changed, or let back to its default."""
    if not own(request).has_perm("accounts.change_sitesetting"):
        raise PermissionDenied
    fault: tuple[str, str, str] | None = None
    if request.method == "POST":
        fault = _written(request)
        if fault is None:
            return redirect("admin:site_settings")
    context = {
        **admin.site.each_context(request),
        "title": _("Settings"),
        "lines": _lines(fault),
    }
    return render(request, "admin/settings.html", context)


def _written(request: HttpRequest) -> tuple[str, str, str] | None:
    """Do what was asked; name, text and fault where it can't be."""
    setting = SETTINGS.get(request.POST.get("name", ""))
    if setting is None:
        raise Http404
    if "default" in request.POST:
        site.back_to_default(setting, actor=own(request))
        messages.success(request, _("%s is back at its default.") % setting.label)
        return None
    text = request.POST.get("value", "")
    try:
        site.change(setting, text, actor=own(request))
    except BadValue as fault:
        return setting.name, text, str(fault)
    messages.success(request, _("%s was changed; it counts from now on.") % setting.label)
    return None


def _lines(fault: tuple[str, str, str] | None) -> Sequence[Line]:
    held = site.load()
    found = []
    for setting in SETTINGS.values():
        changed = setting.name in held.changed and not setting.fixed
        value = held.changed[setting.name] if changed else setting.default()
        line = Line(setting, setting.show(value), changed)
        if fault and fault[0] == setting.name:
            line = Line(setting, fault[1], changed, fault[2])
        found.append(line)
    return found
