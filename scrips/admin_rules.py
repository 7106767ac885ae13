"""Scrips in the administration. `scrips.service` judges and saves; the form asks it."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from scrips import service
from scrips.admin_filters import (
    ActionFilter,
    ConditionFilter,
    FieldFilter,
    QueueFilter,
    StateFilter,
)
from scrips.builder import listing, looks, past, ruleform
from scrips.builder.forms import BACKTEST, CHOOSE, LIVE, TRY
from scrips.builder.looks import Trial
from scrips.builder.past import RuleHistory
from scrips.builder.ruleform import Panel, RuleForm
from scrips.builder.starters import STARTERS
from scrips.builder.words import spot
from scrips.letters import past as texts_past
from scrips.models import Scrip
from tessera.accounts.models import User
from tessera.lib.admin import SiteAdmin
from tessera.lib.errors import Invalid
from tickets.access import Actor


class VersionedAdmin(SiteAdmin[Any]):
    """Each save is a version, with the name of who saved and his reason."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **given)
        assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
        form.actor = Actor.of(request.user)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """By the service, never by the row itself."""
        obj.pk = form.save_version().pk
        obj.refresh_from_db()


_HOW = ("stage", "sort_order", "disabled", "shadow", "note")


@admin.register(Scrip)
class ScripAdmin(RuleHistory, VersionedAdmin):
    """Rules, in the order in which they run."""

    form = RuleForm

    class Media:
        css: ClassVar = {
            "all": [
                "css/suggest.css",
                "css/sql.css",
                "css/scrip.css",
                "css/rows.css",
                "css/template.css",
                "css/written.css",
                "css/chart.css",
            ]
        }

    list_display = ("sentence", "lately", "switch", "order")
    list_display_links = None
    list_filter = (QueueFilter, StateFilter, ConditionFilter, ActionFilter, FieldFilter)
    search_fields = ("name__icontains",)
    fieldsets = (
        (None, {"fields": ("name", "description", "own_queues")}),
        (gettext_lazy("When"), {"fields": ("condition_type", "condition_config")}),
        (gettext_lazy("Then"), {"fields": ("action_type", "action_config", "template")}),
        (gettext_lazy("How"), {"fields": _HOW, "classes": ("how",)}),
    )

    def delete_model(self, request: HttpRequest, obj: Scrip) -> None:
        """By the service, which keeps when it ended."""
        assert isinstance(request.user, User)  # noqa: S101  # as above
        service.delete_scrip(obj, actor=Actor.of(request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Scrip]) -> None:
        """One by one, for the same reason."""
        for scrip in queryset:
            self.delete_model(request, scrip)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **given: Any
    ) -> Any:
        """Its settings as fields, for those who may change them, and beside them what it would do."""
        form = context["adminform"].form
        held = given["obj"]
        if held is not None:
            # As it is kept, not as a form that was refused has changed it.
            kept = self.get_queryset(request).get(pk=held.pk)
            reader = form.actor
            context |= {"versions": past.history(kept), "uses": past.named(kept, reader)}
        if "condition_type" in form.fields:
            if held is None and not form.is_bound and not request.GET:
                context["starters"] = STARTERS.values()
            shown = _looks(form, held)
            context |= {"parts": form.parts, "spans": looks.SPANS, **shown}
            context["texts"] = _panel(form, shown.get("trial"))
            if form.own:
                context["text_versions"] = texts_past.history(form.own)
        return super().render_change_form(request, context, *args, **given)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What is doubtful about it is told with the page that follows."""
        super().save_model(request, obj, form, change)
        for doubt in service.doubts(Scrip.objects.get(pk=obj.pk), reader=form.actor):
            told = f"{doubt['detail']} ({spot(doubt['place'])})"
            self.message_user(request, told, messages.WARNING)

    @admin.display(description=gettext_lazy("rule"))
    def sentence(self, scrip: Scrip) -> SafeString:
        """Its name, leading to it, and what it says."""
        return listing.column("sentence", scrip)

    @admin.display(description=gettext_lazy("ran last"))
    def lately(self, scrip: Scrip) -> SafeString:
        """When it ran last, how often lately, and how often it failed."""
        return listing.column("lately", scrip)

    @admin.display(description=gettext_lazy("state"))
    def switch(self, scrip: Scrip) -> SafeString:
        """On, in shadow or off, to be switched."""
        return listing.column("switch", scrip)

    @admin.display(description=gettext_lazy("order"))
    def order(self, scrip: Scrip) -> SafeString:
        """Its number; in the list of a queue, buttons that move it there."""
        return listing.column("place", scrip)


def _panel(form: RuleForm, trial: Trial | None) -> Panel:
    """Beside the texts. While somebody types, the names that he has stay."""
    ticket_id = trial.tried.ticket_id if trial and trial.tried else None
    known = str(form.data.get("look_about", "")) if form.is_bound and LIVE in form.data else ""
    return ruleform.panel(form, ticket_id, known=known)


def _looks(form: RuleForm, held: Scrip | None) -> dict[str, Any]:
    """What the panels beside the form show. They cost nothing while somebody only chooses, or waits."""
    sent = form.data if form.is_bound else {}
    if not form.is_bound:
        return {} if held is None else {"trial": looks.trial(held, "", form.actor)}
    if sent.get(BACKTEST) == "look":
        raw = str(sent.get("backtest", ""))
        number = int(raw) if raw.isdecimal() and len(raw) < 19 else 0
        found = looks.look_again(number, form.actor)
        return {"back": found, "back_gone": found is None}
    if CHOOSE in sent or form.errors:
        tried = (TRY, LIVE, BACKTEST)
        return {"looked": BACKTEST in sent, "amiss": _amiss(form) if {*tried} & {*sent} else ()}
    try:
        draft = form.draft
    except Invalid:  # somebody changed what it names, since the form was judged
        return {"looked": True}
    if BACKTEST in sent:
        days = str(sent[BACKTEST])
        span = int(days) if days in map(str, looks.SPANS) else looks.SPANS[0]
        return {"back": looks.look_back(draft, span, form.actor)}
    if TRY in sent or LIVE in sent:
        typed = str(sent.get(TRY) or sent.get("try_ticket", ""))[:100]
        trial = (looks.live if LIVE in sent else looks.trial)(draft, typed, form.actor)
        if (query := form.parts["condition"].query) and trial.tried:
            query.checked(trial.tried.checks)
        return {"trial": trial}
    return {}


def _amiss(form: RuleForm) -> list[str]:
    """What is wrong on the page, each with where it stands: it may be out of sight."""
    found = [str(each) for each in form.non_field_errors()]
    for name, field in form.fields.items():
        part = form.parts.get(name.removesuffix("_config"))
        if part and name in form.errors:
            at = [(each.label, told) for each in part.controls for told in each.faults]
            found += [f"{label}: {told}" for label, told in at] or [str(part.loose[0])][:1]
        else:
            found += [f"{field.label}: {told}" for told in form.errors.get(name, ())]
    return found
