"""The versions of a rule on its page, the way back to one, what it names, and copies of it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import NoReverseMatch, URLPattern, URLResolver, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from scrips import service, uses, versions
from scrips.builder.listing import RuleListing
from scrips.builder.starters import STARTERS
from scrips.builder.words import spot
from scrips.models import Scrip, ScripVersion, TemplateVersion
from scrips.uses import Named
from tessera.lib.admin import SiteAdmin
from tessera.lib.errors import Invalid
from tickets import access
from tickets.access import Actor

MOST_VERSIONS = 50
_PAGES = {
    uses.QUEUE: "admin:tickets_queue_change",
    uses.TEMPLATE: "admin:scrips_template_change",
    uses.FIELD: "admin:customfields_customfield_change",
}


@dataclass(frozen=True)
class Version:
    """A version with what it changed: `[(path, before, after)]`, each as a text."""

    row: ScripVersion | TemplateVersion
    changes: Sequence[tuple[str, str, str]]
    can_return: bool


def history(scrip: Scrip) -> list[Version]:
    """Newest first. Two statements."""
    rows = ScripVersion.objects.filter(scrip_id=scrip.pk).select_related("creator")
    listed = list(rows.order_by("-version")[:MOST_VERSIONS])
    return told(listed, versions.scrip_history(listed) if listed else (), now=scrip.version)


def told(
    rows: Iterable[ScripVersion | TemplateVersion],
    histories: Iterable[Mapping[str, Any]],
    *,
    now: int,
) -> list[Version]:
    """Versions with what the history says of each; `now` is the one that counts."""
    return [
        Version(
            row,
            [
                (spot(each["field"]), shown(each["before"]), shown(each["after"]))
                for each in history["diff"]
            ],
            row.version != now and row.snapshot is not None,
        )
        for row, history in zip(rows, histories, strict=True)
    ]


def shown(value: Any) -> str:
    """A setting as a history has it: short, and in one line."""
    if value is None or value in ("", []):
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Truncator(text).chars(300)


def named(scrip: Scrip, reader: Actor) -> list[tuple[str, str, str]]:
    """What the rule names, each once: what kind of thing, its name, and its page, "" for none."""
    words = {
        uses.FIELD: _("custom field"),
        uses.STATUS: _("status"),
        uses.QUEUE: _("queue"),
        uses.USER: _("user"),
        uses.TEMPLATE: _("template"),
        uses.LIFECYCLE: _("lifecycle"),
    }
    found = [
        (words[each.kind], each.name, _page(each))
        for each in uses.of_scrip(scrip, reader.config)
        if each.kind != uses.QUEUE or access.sees_queue(reader, each.id)
    ]
    return list(dict.fromkeys(found))


def _page(found: Named) -> str:
    try:
        return reverse(_PAGES[found.kind], args=[found.id]) if found.id else ""
    except (KeyError, NoReverseMatch):
        return ""


def copied(raw: str) -> Mapping[str, Any]:
    """What a copy's form begins with: in shadow, for two of the same would both act; without the secret."""
    number = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 19 else 0
    scrip = Scrip.objects.prefetch_related("places").filter(pk=number).first()
    if scrip is None:
        return {}
    kept = service.snapshot_of(scrip)
    settings = {name: value for name, value in kept["action_config"].items() if name != "secret"}
    return {
        **{name: value for name, value in kept.items() if name not in ("queue_ids", "places")},
        "name": Truncator(_("Copy of %s") % scrip.name).chars(200),
        "own_queues": scrip.reach.listed,
        "template": scrip.template_id,
        "action_config": settings,
        "shadow": True,
    }


class RuleHistory(RuleListing):
    """The way back, and copies."""

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        view = self.admin_site.admin_view(self.rollback_view)
        return [path("<int:number>/rollback/", view, name="scrip_rollback"), *super().get_urls()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Of the rule that is copied, or of one to begin with, if one is chosen."""
        if "copy" in request.GET and self.has_view_permission(request):
            return dict(copied(request.GET["copy"]))
        if "start" in request.GET and request.GET["start"] in STARTERS:
            return STARTERS[request.GET["start"]].initial
        return {
            str(name): value for name, value in super().get_changeform_initial_data(request).items()
        }

    def rollback_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Save an older version anew, as the next one."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row, actor = self.changeable(request, number)
        go_back(self, request, lambda version: versions.roll_back_scrip(row, version, actor=actor))
        return redirect("admin:scrips_scrip_change", number)


def go_back(page: SiteAdmin[Any], request: HttpRequest, save: Callable[[int], Any]) -> None:
    """Save the version that a form names as the next one, and tell what came of it."""
    raw = request.POST.get("version", "")
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 10):
        raise Http404
    try:
        saved = save(int(raw))
    except Invalid as refusal:
        for place, texts in refusal.errors.items():
            for text in texts:
                told = _("Version %(number)s can't be saved now: %(place)s: %(text)s")
                words = {"number": raw, "place": place, "text": text}
                page.message_user(request, told % words, "ERROR")
        return
    told = _("Version %(old)s is back, as version %(new)d.")
    message = told % {"old": raw, "new": saved.version}
    page.log_change(request, saved, message)
    page.message_user(request, message, "SUCCESS")
