"""The page *Runs* of the administration: what rules did lately, and the way to why."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from scrips.models import Run, Scrip
from tessera.desk import runs
from tessera.desk.access import reader
from tessera.desk.runs import Asked
from tessera.lib import moments
from tessera.lib.admin import ReadOnlyAdmin
from tickets import access
from tickets.models.ticket import ticket_key


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    """Two pages: the list, and the way from a transaction's number to its explanation."""

    def get_urls(self) -> list[URLPattern]:
        """Runs are only read: none of the pages that Django makes for a table."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="scrips_run_changelist"),
            path("explain/", wrap(self.explain_view), name="scrip_explain"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What fired in the last hour, day or week, the failed first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        actor, asked = reader(request), Asked.of(request.GET)
        rest = request.GET.copy()
        rest.pop("after", None)
        queues = [
            each for each in actor.config.queues.values() if access.sees_queue(actor, each.id)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Runs"),
            "opts": self.opts,
            "asked": asked,
            "day": asked.day and moments.date(asked.day),
            "typed": request.GET.get("ticket", "")[:100],
            "found": runs.page(asked, actor),
            "spans": [(name, label, _with(request, span=name)) for name, label in _spans()],
            "scrips": Scrip.objects.order_by("name", "pk").values_list("pk", "name"),
            "queues": sorted((queue.id, queue.name) for queue in queues),
            "verdicts": Run.Verdict.choices,
            "rest": rest.urlencode(),
            **(extra_context or {}),
        }
        return render(request, "admin/scrips/run/change_list.html", context)

    def explain_view(self, request: HttpRequest) -> HttpResponse:
        """From a transaction's number to the page that explains it: that one asks for the rights."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        raw = request.GET.get("transaction", "").strip()
        number = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 19 else 0
        row = access.visible_log(reader(request)).filter(pk=number).first()
        if row is None:
            told = _("There is no transaction “%s” that you may see.") % raw[:40]
            self.message_user(request, told, "ERROR")
            return redirect("admin:scrips_run_changelist")
        return redirect("ticket-why", ticket_key(row.ticket_id), row.seq)


def _spans() -> tuple[tuple[str, str], ...]:
    return (("hour", _("Last hour")), ("day", _("Last day")), ("week", _("Last week")))


def _with(request: HttpRequest, *, span: str) -> str:
    """The page's own address for another span."""
    asked = request.GET.copy()
    asked.pop("after", None)
    asked.pop("day", None)
    asked["span"] = span
    return f"?{asked.urlencode()}"
