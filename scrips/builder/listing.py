"""The list of rules: sentences, what they did lately, switches, and their order in a queue."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from scrips import activity, service
from scrips.activity import Activity
from scrips.builder import moving, sentence
from scrips.builder.spark import spark
from scrips.builder.starters import STARTERS
from scrips.builder.words import STATES
from scrips.models import Scrip, ScripQueue
from tessera.accounts.models import User
from tessera.lib import moments
from tessera.lib.admin import SiteAdmin
from tessera.lib.drawn import drawn
from tessera.lib.errors import Invalid
from tessera.lib.query.limits import MAX_TEXT
from tickets import access
from tickets import config as configuration
from tickets.access import Actor, actor_of
from tickets.search.completion import complete


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
        above: Sequence[str] | None = None
        for place, row in enumerate(rows):
            among = getattr(row, "among", None)
            row.on_page = {
                "lately": lately.get(row.pk),
                "drawing": _drawing(lately[row.pk]) if row.pk in lately else "",
                "when": sentence.when(row, config),
                "then": sentence.then(row, config),
                "queue": queue_in(request),
                # Where those for other queues begin.
                "begins": None if among in (None, above) else ", ".join(among) or _("Every queue"),
                "asked": request.GET.urlencode(),
                "up": self._beside("before", rows, place - 1),
                "down": self._beside("after", rows, place + 1),
                "may": self.model_admin.has_change_permission(request, row),
            }
            above = among
        self.result_list = rows

    def _beside(self, side: str, rows: Sequence[Scrip], at: int) -> str:
        """The place beside the rule that stands there on the page; "" where the list ends."""
        if 0 <= at < len(rows):
            return f"{side}:{rows[at].pk}"
        more = self._more if at else self.page_num > 1
        return ("down" if side == "after" else "up") if more else ""

    @property
    def _more(self) -> bool:
        return bool(self.paginator.num_pages > self.page_num)


class RuleListing(SiteAdmin[Scrip]):
    """The columns of the list, and the posts of its buttons."""

    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **given: Any) -> type[ChangeList]:  # noqa: ARG002  # Django's
        return RuleList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scrip]:
        """With their queues and templates; in a queue's list with their places there, else with its queues' names."""
        rows = Scrip.objects.select_related("template").prefetch_related("queues")
        if (queue_id := queue_in(request)) is not None:
            own = ScripQueue.objects.filter(scrip=OuterRef("pk"), queue=queue_id)
            place = Subquery(own.values("sort_order"), IntegerField())
            rows = rows.annotate(place=Coalesce(place, F("sort_order")))
        else:
            named = ScripQueue.objects.filter(scrip=OuterRef("pk")).order_by("queue__name")
            rows = rows.annotate(among=ArraySubquery(named.values("queue__name")))
        return rows.order_by(*self.get_ordering(request))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With rules to begin with, where there is none yet."""
        context = {"starters": STARTERS.values(), "queue_chosen": queue_in(request) is not None}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """As they run; where no queue is chosen, those for the same queues together, the rules for all before."""
        return ("among", "sort_order", "id") if queue_in(request) is None else ("place", "id")

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        pages = (("state", self.state_view), ("place", self.place_view))
        ours = [
            path(f"<int:number>/{name}/", self.admin_site.admin_view(view), name=f"scrip_{name}")
            for name, view in pages
        ]
        complete = self.admin_site.admin_view(self.complete_view)
        ours.append(path("complete/", complete, name="scrip_complete"))
        return [*ours, *super().get_urls()]

    def complete_view(self, request: HttpRequest) -> HttpResponse:
        """What may be written at a character of a rule's query: as the search's own, with the fields of the change."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        text, raw = request.GET.get("query", "")[:MAX_TEXT], request.GET.get("cursor", "")
        place = (
            min(int(raw), len(text)) if raw.isascii() and raw.isdecimal() and len(raw) < 6 else 0
        )
        assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
        found = complete(text, place, actor_of(request.user), condition=True)
        results = [
            {"text": each.text, "label": each.label, "kind": each.kind} for each in found.found
        ]
        return JsonResponse({"start": found.start, "end": found.end, "results": results})

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
        to = moving.wanted(request.POST.get("place", ""))
        if to is None:
            raise Http404
        try:
            back = moving.move(queue_id, row.pk, to, actor)
        except Invalid as refusal:
            return self._back(request, refusal)
        if back:
            row.refresh_from_db()
            self.log_change(request, row, _("Moved in the list"))
            self.message_user(request, _moved(row, back, request.GET.urlencode()), "SUCCESS")
        return self._back(request)

    def _back(self, request: HttpRequest, refusal: Invalid | None = None) -> HttpResponse:
        for texts in refusal.errors.values() if refusal else ():
            self.message_user(request, " ".join(map(str, texts)), "ERROR")
        asked = request.GET.urlencode()
        here = reverse("admin:scrips_scrip_changelist")
        return redirect(f"{here}?{asked}" if asked else here)


def _moved(scrip: Scrip, back: str, asked: str) -> SafeString:
    """What was done, and the way back. The list's own form sends it."""
    return format_html(
        '{} <button class="btn small" form="changelist-form" name="place" value="{}" formaction="{}?{}">{}</button>',
        _("“%s” runs at another place now.") % scrip.name,
        back,
        reverse("admin:scrip_place", args=[scrip.pk]),
        asked,
        _("Undo"),
    )


# What a cell says besides the rule itself.
_SAID = ("when", "then", "queue", "begins", "asked", "up", "down", "may")


def column(name: str, scrip: Scrip) -> SafeString:
    """A cell of the list. How long ago a rule ran is said anew each time; the rest, when it says something else."""
    on_page: dict[str, Any] = scrip.on_page  # type: ignore[attr-defined]  # put there by RuleList
    if name == "lately":
        return _cell(name, scrip, on_page)
    said = (on_page[each] for each in _SAID)
    where = tuple(queue.name for queue in scrip.queues.all())
    row = (scrip.pk, scrip.version, scrip.name, scrip.stage, scrip.sort_order, state_of(scrip))
    return drawn((name, *row, where, *said), lambda: _cell(name, scrip, on_page))


def _drawing(done: Activity) -> SafeString:
    """What a rule did, by day."""

    def draw() -> SafeString:
        shown = {
            "lately": done,
            "spark": spark(done, moments.date),
            "days": activity.DAYS,
            "most": activity.MOST,
        }
        return SafeString(render_to_string("admin/scrips/scrip/_spark.html", shown))

    return drawn(("drawing", *done.days), draw)


def _cell(name: str, scrip: Scrip, on_page: Mapping[str, Any]) -> SafeString:
    shown = {
        "scrip": scrip,
        "where": ", ".join(queue.name for queue in scrip.queues.all()),
        "state": state_of(scrip),
        "states": [("on", _("On")), ("shadow", _("Shadow")), ("off", _("Off"))],
        "days": activity.DAYS,
        "most": activity.MOST,
        **on_page,
    }
    return SafeString(render_to_string(f"admin/scrips/scrip/_{name}.html", shown))
