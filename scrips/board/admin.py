"""Deliveries in the administration: they are watched, tried again and given up, and nothing else."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scrips import figures, hosts, outbox
from scrips.board import many, page, shown
from scrips.board.filters import FilterForm
from scrips.models import Delivery, Run
from tessera.lib.errors import Refused
from tickets.admin import OfTicketAdmin
from tickets.models.ticket import ticket_key

_ACTS: dict[str, Callable[[int], Delivery]] = {
    "try_again": outbox.retry,
    "give_up": outbox.cancel,
}
# Of those that were refused for the same reason so many are named.
_NAMED = 10


@admin.register(Delivery)
class DeliveryAdmin(OfTicketAdmin[Delivery]):
    """Mails and webhooks, with pages of our own in the place of the list and the form."""

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        pages = [
            path("live/", self._guarded(self.live_view), name="delivery_live"),
            path("many/", self._guarded(self.many_view), name="delivery_many"),
            path("reset/", self._guarded(self.reset_view), name="delivery_reset"),
            path("<int:number>/act/", self._guarded(self.act_view), name="delivery_act"),
        ]
        return [*pages, *super().get_urls()]

    def _guarded(self, view: Callable[..., HttpResponse]) -> Any:
        def asked(request: HttpRequest, **given: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, **given)

        return self.admin_site.admin_view(asked)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where all stand, and those that the filters leave. Nine statements."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._selected(request)
        form = FilterForm(request.GET)
        found = page.listing(request, form)
        context = {
            **self._context(request, _("Deliveries")),
            "form": form,
            "listing": found,
            "places": figures.places(),
            "statuses": [figures.WORDS[each] for each in figures.STATUSES],
            "acts": [(act, many.able(form.rows(), act).exists()) for act in many.FROM],
            "parameters": form.parameters,
            "query": request.GET.urlencode(),
        }
        return render(request, "admin/scrips/delivery/list.html", context)

    def live_view(self, request: HttpRequest) -> HttpResponse:
        """What changed of what a page shows, each part for the place that it has there."""
        return render(request, "admin/scrips/delivery/_live.html", page.news(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One: what it sends, each try, and what it came of. Nothing is written by it."""
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        ids = page.ids_in([object_id])
        row = Delivery.objects.select_related("transaction").filter(pk__in=ids).first()
        if row is None:
            raise Http404
        cause = Run.objects.filter(transaction=row.transaction_id, scrip_id=row.scrip_id).first()
        context = {
            **self._context(request, _("Delivery %d") % row.pk),
            "row": row,
            "tone": page.TONES.get(row.status, ""),
            "key": ticket_key(row.ticket_id),
            "target": shown.target(row),
            "request_shown": shown.request_of(row),
            "tries": row.attempt_rows.order_by("-number"),
            "rule": page.rule_names([row.scrip_id])[row.scrip_id],
            "because": cause.because if cause else "",
            "may_retry": row.status not in ("sent", "sending"),
            "may_cancel": row.status not in ("sent", "cancelled"),
        }
        return render(request, "admin/scrips/delivery/one.html", context)

    def act_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Try one again, or give it up."""
        act = _ACTS.get(request.POST.get("act", ""))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if act is None or not Delivery.objects.filter(pk__in=page.ids_in([str(number)])).exists():
            raise Http404
        self._each(request, act, [number])
        return redirect("admin:scrips_delivery_change", number)

    def reset_view(self, request: HttpRequest) -> HttpResponse:
        """Forget that a host failed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        name = request.POST.get("host", "").replace("\x00", "")
        try:
            hosts.reset(name)
        except Refused as refusal:
            self.message_user(request, f"{name}: {refusal}", messages.WARNING)
        else:
            told = _("The failures of %s are forgotten; what waits for it is sent now.")
            self.message_user(request, told % name, messages.SUCCESS)
        return redirect("admin:scrips_delivery_changelist")

    def many_view(self, request: HttpRequest) -> HttpResponse:
        """All that the filters leave: first how many they are, then a lot with each request until all are done."""
        given = request.POST if request.method == "POST" else request.GET
        act = given.get("act", "")
        if act not in many.FROM:
            raise Http404
        form = FilterForm(given)
        context = {
            **self._context(request, _("Try again") if act == many.RETRY else _("Give up")),
            "act": act,
            "form": form,
            "parameters": form.parameters,
            "back": _address(form),
        }
        if request.method == "POST" and form.is_valid():
            context |= self._lot(form, act, given)
        else:
            context["extent"] = many.extent(form.rows(), act)
        return render(request, "admin/scrips/delivery/many.html", context)

    def _lot(self, form: FilterForm, act: str, given: QueryDict) -> dict[str, Any]:
        past, last, done, total = (
            next(iter(page.ids_in([given.get(name, "")])), 0)
            for name in ("past", "last", "done", "total")
        )
        lot = many.one_lot(form.rows(), act, past=past, last=last)
        done += lot.done
        return {
            "lot": lot,
            "done": done,
            "last": last,
            "total": max(total, done),
            "finished": not lot.more,
        }

    def _selected(self, request: HttpRequest) -> HttpResponse:
        """The ticked ones: no more than one sees."""
        act = _ACTS.get(request.POST.get("action", ""))
        ids = page.ids_in(request.POST.getlist("_selected_action"))
        if act is None or not ids:
            self.message_user(request, _("Tick the deliveries that you mean."), messages.WARNING)
        else:
            self._each(request, act, ids)
        return redirect(request.get_full_path())

    def _each(self, request: HttpRequest, act: Callable[[int], Delivery], ids: list[int]) -> None:
        done = 0
        refused: dict[str, list[str]] = {}
        for number in ids:
            try:
                act(number)
                done += 1
            except Refused as refusal:
                refused.setdefault(str(refusal), []).append(str(number))
        for why, numbers in refused.items():
            named = ", ".join(numbers[:_NAMED]) + (", …" if len(numbers) > _NAMED else "")
            self.message_user(request, f"{named}: {why}", messages.WARNING)
        if not done:
            return
        if act is outbox.retry:
            told = ngettext("%d delivery is due now.", "%d deliveries are due now.", done)
        else:
            told = ngettext("%d delivery is cancelled.", "%d deliveries are cancelled.", done)
        self.message_user(request, told % done, messages.SUCCESS)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        # `opts` and `cl` make the side mark this table as the one that is shown.
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts}


def _address(form: FilterForm) -> str:
    query = QueryDict(mutable=True)
    query.update(dict(form.parameters))
    here = reverse("admin:scrips_delivery_changelist")
    return f"{here}?{query.urlencode()}" if query else here
