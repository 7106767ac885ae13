"""The check of the configuration as a page of the administration."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tessera.desk.access import own, reader
from tessera.desk.checkup import Finding, Severity, findings


@dataclass(frozen=True, slots=True)
class Part:
    """The findings of one severity."""

    severity: Severity
    head: str
    tone: str
    found: Sequence[Finding]


def _part(severity: Severity, found: Sequence[Finding]) -> Part:
    head, tone = {
        Severity.FAULT: (_("What does not work"), "late"),
        Severity.DOUBT: (_("What is probably not meant"), "soon"),
        Severity.HINT: (_("What is of no use"), ""),
    }[severity]
    return Part(severity, head, tone, [each for each in found if each.severity is severity])


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Whatever is found in what the reader administers, the worst first."""
    user = own(request)

    def may_know(model: str) -> bool:
        app, _dot, name = model.partition(".")
        return user.has_perm(f"{app}.view_{name}")

    found = findings(reader(request), may_know=may_know)
    context = {
        **admin.site.each_context(request),
        "title": _("Configuration check"),
        "parts": [part for severity in Severity if (part := _part(severity, found)).found],
    }
    return render(request, "admin/checkup.html", context)
