"""The list of rules: sentences, what they did lately, switches, and their order in a queue."""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from scrips import activity, service
from scrips.builder import sentence
from scrips.models import Scrip, ScripQueue
from tessera.accounts.models import User
from tessera.lib.admin import SiteAdmin
from tessera.lib.errors import Invalid
from tickets import access
from tickets import config as configuration
from tickets.access import Actor, actor_of

STATES: Mapping[str, Mapping[str, bool]] = {
    "on": {"disabled": False, "shadow": False},
    "shadow": {"disabled": False, "shadow": True},
    "off": {"disabled": True},
}


def state_of(scrip: Scrip) -> str:
    """`on`, `shadow` or `off`."""
    if scrip.disabled:
        return "off"
    return "shadow" if scrip.shadow else "on"


def queue_in(request: HttpRequest) -> int | None:
    """The queue whose rules are listed; None for all."""
    raw = request.GET.get("queue", "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 19 else None


class RuleList(ChangeList):
    """With what each rule of the page did lately: one statement for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        lately = activity.lately([row.pk for row in rows])
        config = configuration.current()
        for place, row in enumerate(rows):
            row.on_page = {
                "lately": lately.get(row.pk),
                "when": sentence.when(row, config),
                "then": sentence.then(row, config),
                "queue": queue_in(request),
                "asked": request.GET.urlencode(),
                "first": place == 0 and self.page_num == 1,
                "last": place == len(rows) - 1 and not self._more,
                "may": self.model_admin.has_change_permission(request, row),
            }
        self.result_list = rows

    @property
    def _more(self) -> bool:
        return bool(self.paginator.num_pages > self.page_num)


class RuleListing(SiteAdmin[Scrip]):
    """The columns of the list, and the posts of its buttons."""

    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **given: Any) -> type[ChangeList]:  # noqa: ARG002  # Django's
        return RuleList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scrip]:
        """With their queues and templates; in a queue's list with their places there."""
        rows = Scrip.objects.select_related("template").prefetch_related("queues")
        if (queue_id := queue_in(request)) is not None:
            own = ScripQueue.objects.filter(scrip=OuterRef("pk"), queue=queue_id)
            place = Subquery(own.values("sort_order"), IntegerField())
            rows = rows.annotate(place=Coalesce(place, F("sort_order")))
        return rows.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """As they run."""
        return ("sort_order" if queue_in(request) is None else "place", "id")

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        pages = (("state", self.state_view), ("place", self.place_view))
        ours = [
            path(f"<int:number>/{name}/", self.admin_site.admin_view(view), name=f"scrip_{name}")
            for name, view in pages
        ]
        return [*ours, *super().get_urls()]

    def changeable(self, request: HttpRequest, number: int) -> tuple[Scrip, Actor]:
        """The rule of that number, for those who may change it. Raises `PermissionDenied`, `Http404`."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = Scrip.objects.filter(pk=number).first()
        if row is None:
            raise Http404
        if request.method == "POST":
            self.remember(request, row)
        assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
        return row, actor_of(request.user)

    def state_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Switch it on or off, or let it only watch."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row, actor = self.changeable(request, number)
        wanted = STATES.get(request.POST.get("state", ""))
        if wanted is None:
            raise Http404
        try:
            saved = service.save_scrip(row, wanted, actor=actor, note=_("Switched in the list"))
        except Invalid as refusal:
            return self._back(request, refusal)
        self.log_change(request, saved, _("Switched in the list"))
        return self._back(request)

    def place_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Let it run one place earlier or later in a queue."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row, actor = self.changeable(request, number)
        queue_id = queue_in(request)
        if queue_id is None or queue_id not in actor.config.queues:
            raise Http404
        if not access.may(actor, "AdminScrips", queue_id=queue_id):
            raise PermissionDenied
        by = -1 if request.POST.get("place") == "up" else 1
        try:
            _move(queue_id, row.pk, by, actor)
        except Invalid as refusal:
            return self._back(request, refusal)
        row.refresh_from_db()
        self.log_change(request, row, _("Moved in the list"))
        return self._back(request)

    def _back(self, request: HttpRequest, refusal: Invalid | None = None) -> HttpResponse:
        for texts in refusal.errors.values() if refusal else ():
            self.message_user(request, " ".join(map(str, texts)), "ERROR")
        asked = request.GET.urlencode()
        here = reverse("admin:scrips_scrip_changelist")
        return redirect(f"{here}?{asked}" if asked else here)


def _move(queue_id: int, scrip_id: int, by: int, actor: Actor) -> None:
    """In one transaction, under the locks of `save_order`: who else moves one waits. Raises `Invalid`."""
    with transaction.atomic():
        rows = Scrip.objects.select_for_update().order_by("pk").prefetch_related("places")
        here = {row.pk: row.reach for row in rows if row.reach.covers(queue_id)}
        order = sorted(here, key=lambda each: (here[each].place(queue_id), each))
        if scrip_id not in order:
            raise Invalid({"queue": [_("The rule is not for this queue any more.")]})
        at = order.index(scrip_id)
        to = min(max(at + by, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        service.save_order(queue_id, order, actor=actor, note=_("Moved in the list"))


def column(name: str, scrip: Scrip) -> SafeString:
    """A cell of the list."""
    shown = {
        "scrip": scrip,
        "where": ", ".join(queue.name for queue in scrip.queues.all()),
        "state": state_of(scrip),
        "states": [("on", _("On")), ("shadow", _("Shadow")), ("off", _("Off"))],
        "days": activity.DAYS,
        "most": activity.MOST,
        **scrip.on_page,  # type: ignore[attr-defined]  # put there by RuleList
    }
    return SafeString(render_to_string(f"admin/scrips/scrip/_{name}.html", shown))
