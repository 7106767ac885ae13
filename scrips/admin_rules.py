"""Scrips and templates in the administration. `scrips.service` judges and saves; the forms ask it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips import service
from scrips.builder import listing, looks, past
from scrips.builder.forms import BACKTEST, CHOOSE, TRY, ScripForm, VersionedForm
from scrips.builder.past import RuleHistory
from scrips.models import Scrip, ScripQueue, Template
from scrips.models.template import TemplateVersion
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib import moments
from tessera.lib.admin import SiteAdmin
from tessera.lib.errors import Invalid
from tickets.access import Actor
from tickets.models import Queue


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


class QueueFilter(admin.SimpleListFilter):
    """Those that run in a queue, for it alone or for every one."""

    title = gettext_lazy("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(queue.pk), queue.name) for queue in Queue.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value or not value.isdecimal() or len(value) > 18:
            return queryset
        here = ScripQueue.objects.filter(queue=int(value)).values("scrip")
        return queryset.filter(Q(everywhere=True) | Q(pk__in=here))


_MOST_USERS = 50
_HOW = ("stage", "sort_order", "disabled", "shadow", "note")


@admin.register(Scrip)
class ScripAdmin(RuleHistory, VersionedAdmin):
    """Rules, in the order in which they run."""

    form = ScripForm

    class Media:
        css: ClassVar = {"all": ["css/suggest.css", "css/scrip.css"]}

    list_display = ("sentence", "lately", "switch", "order")
    list_display_links = None
    list_filter = (QueueFilter, "disabled")
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
            context |= {"parts": form.parts, "spans": looks.SPANS, **_looks(form, held)}
        return super().render_change_form(request, context, *args, **given)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What is doubtful about it is told with the page that follows."""
        super().save_model(request, obj, form, change)
        for doubt in service.doubts(Scrip.objects.get(pk=obj.pk), reader=form.actor):
            told = f"{doubt['detail']} ({doubt['place']})"
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


def _looks(form: ScripForm, held: Scrip | None) -> dict[str, Any]:
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
        return {"looked": BACKTEST in sent}
    try:
        draft = form.draft
    except Invalid:  # somebody changed what it names, since the form was judged
        return {"looked": True}
    if BACKTEST in sent:
        days = str(sent[BACKTEST])
        span = int(days) if days in map(str, looks.SPANS) else looks.SPANS[0]
        return {"back": looks.look_back(draft, span, form.actor)}
    if TRY in sent:
        typed = str(sent[TRY] or sent.get("try_ticket", ""))
        return {"trial": looks.trial(draft, typed[:100], form.actor)}
    return {}


class TemplateForm(VersionedForm):
    """A mail's texts."""

    note = site.note_field()

    class Meta:
        model = Template
        fields = ("name", "queue", "content_type", "subject_template", "body_template")
        widgets = {
            "subject_template": AdminTextInputWidget({"class": "vLargeTextField code"}),
            "body_template": forms.Textarea({"rows": 18, "class": "vLargeTextField code"}),
        }
        help_texts = {
            "body_template": gettext_lazy(
                "Names: ticket, transaction, transactions, actor, queue, now; as in"
                " {{ ticket.key }} or {$ticket.subject}."
            )
        }

    def save_version(self) -> Template:
        note = self.cleaned_data["note"]
        return service.save_template(self.held, self.given, actor=self.actor, note=note)


@admin.register(Template)
class TemplateAdmin(VersionedAdmin):
    """What mails say. One that a scrip uses can't be deleted."""

    form = TemplateForm
    list_display = ("name", "queue", "subject_template", "content_type")
    list_select_related = ("queue",)
    list_filter = ("queue",)
    search_fields = ("name__icontains",)
    readonly_fields = ("users", "history")
    fieldsets = (
        (None, {"fields": ("name", "queue", "content_type", "users")}),
        (gettext_lazy("Texts"), {"fields": ("subject_template", "body_template", "note")}),
        (gettext_lazy("Versions"), {"fields": ("history",), "classes": ("wide",)}),
    )

    @admin.display(description=gettext_lazy("used by"), empty_value="–")
    def users(self, template: Template) -> SafeString | None:
        """The rules that send it."""
        rows = Scrip.objects.filter(template=template.pk).order_by("name", "pk")[:_MOST_USERS]
        links = [(reverse("admin:scrips_scrip_change", args=[row.pk]), row.name) for row in rows]
        return format_html_join(", ", '<a href="{}">{}</a>', links) if links else None

    @admin.display(description=gettext_lazy("versions"))
    def history(self, template: Template) -> SafeString | str:
        """Who saved it when and why, newest first."""
        rows = TemplateVersion.objects.filter(template=template.pk).select_related("creator")
        return _history(rows.order_by("-version")) if template.pk else "–"


def _history(rows: QuerySet[Any]) -> SafeString:
    items = format_html_join(
        "",
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        (
            (row.version, moments.element(row.created_at), row.creator, row.note or "–")
            for row in rows[:100]
        ),
    )
    heads = format_html_join(
        "",
        '<th scope="col">{}</th>',
        ((head,) for head in (_("Version"), _("Saved"), _("By"), _("Why"))),
    )
    return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", heads, items)
