"""Scrips and templates in the administration. `scrips.service` judges and saves; the forms ask it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips import service
from scrips.actions import ACTIONS
from scrips.conditions import CONDITIONS
from scrips.models import Scrip, ScripQueue, Template
from scrips.models.scrip import ScripVersion
from scrips.models.template import TemplateVersion
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib import moments
from tessera.lib.admin import PlainJSONField, SiteAdmin
from tickets.access import Actor
from tickets.models import Queue

# What settings look like, for the types that take any.
_CONDITION_SETTINGS = {
    "OnTransaction": '{"types": ["Comment", "Correspond"]}',
    "OnStatusChange": '{"from": ["new", "open"], "to": "resolved"}',
    "OnPriorityChange": '{"direction": "up"}',
    "OnCustomFieldChange": '{"field": "severity", "to": "high"}',
    "UserDefined": '{"query": "Priority > 50 AND Owner IS NULL"}',
}
_ACTION_SETTINGS = {
    "SendEmail": '{"to": ["requestor"], "cc": ["owner", "boss@example.com"], "skip_actor": true}',
    "Webhook": '{"url": "https://example.com/hook/{{ ticket.key }}", "secret": "whsec_…"}',
    "SetCustomField": '{"field": "severity", "value": "high"}',
    "SetStatus": '{"status": "open"}',
    "SetOwner": '{"owner": "ann"}',
    "SetPriority": '{"priority": 80}',
    "SetQueue": '{"queue": "Support"}',
    "AddComment": '{"content": "{{ actor }} did that."}',
    "AddWatcher": '{"role": "cc", "address": "{{ ticket.owner.email }}"}',
    "CreateTicket": '{"queue": "Support", "subject": "Check {{ ticket.key }}", "link": "child"}',
}


def _choices(registry: Mapping[str, Any]) -> list[tuple[str, Any]]:
    words = gettext_lazy("{key}: {label}")
    return [(key, format_lazy(words, key=key, label=kind.label)) for key, kind in registry.items()]


def _examples(settings: Mapping[str, str]) -> SafeString:
    rows = format_html_join("", "<dt>{}</dt><dd><code>{}</code></dd>", settings.items())
    told = _("Examples, by type; types that are not here take no settings")
    return format_html("<details><summary>{}</summary><dl>{}</dl></details>", told, rows)


class VersionedForm(forms.ModelForm[Any]):
    """Tries the very save that would follow: what the service refuses stands at its field."""

    # Set on the class that the admin makes for each request.
    actor: ClassVar[Actor]

    @property
    def held(self) -> Any:
        """The row that is being changed, or None for a new one."""
        return self.instance if self.instance.pk else None

    @property
    def given(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "note"}
        for name in ("queue", "template"):
            if name in values:
                row = values.pop(name)
                values[f"{name}_id"] = None if row is None else row.pk
        return values

    def save_version(self) -> Any:
        """Save by the service. Raises `Invalid`."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            names = {"queue_id": "queue", "queue_ids": "own_queues", "template_id": "template"}
            site.show_faults(self, site.faults_of(self.save_version), names)
        return cleaned


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


class ScripForm(VersionedForm):
    """A rule. Secrets are never shown; one that is left as it is shown is kept."""

    own_queues = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Queues"),
        queryset=Queue.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: for every queue."),
    )
    condition_type = forms.ChoiceField(
        label=gettext_lazy("Condition"), choices=_choices(CONDITIONS)
    )
    condition_config = PlainJSONField(label=gettext_lazy("Condition's settings"))
    action_type = forms.ChoiceField(label=gettext_lazy("Action"), choices=_choices(ACTIONS))
    action_config = PlainJSONField(label=gettext_lazy("Action's settings"))
    note = site.note_field()

    class Meta:
        model = Scrip
        fields = (
            "name",
            "description",
            "condition_type",
            "condition_config",
            "action_type",
            "action_config",
            "template",
            "stage",
            "sort_order",
            "disabled",
            "shadow",
        )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if self.instance.pk:
            self.initial["own_queues"] = self.instance.reach.listed
            self.initial["action_config"] = service.public_action_config(
                self.instance.action_config
            )
        for name, settings in (
            ("condition_config", _CONDITION_SETTINGS),
            ("action_config", _ACTION_SETTINGS),
        ):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = 8
                self.fields[name].help_text = _examples(settings)

    @property
    def given(self) -> dict[str, Any]:
        """The queues by their ids."""
        values = super().given
        queues = values.pop("own_queues")
        return {**values, "queue_ids": sorted(row.pk for row in queues)}

    def save_version(self) -> Scrip:
        note = self.cleaned_data["note"]
        return service.save_scrip(self.held, self.given, actor=self.actor, note=note)

    def clean_condition_config(self) -> Any:
        """Left empty it means: no settings."""
        return (
            {}
            if self.cleaned_data["condition_config"] is None
            else self.cleaned_data["condition_config"]
        )

    def clean_action_config(self) -> Any:
        """The same."""
        return (
            {} if self.cleaned_data["action_config"] is None else self.cleaned_data["action_config"]
        )


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


@admin.register(Scrip)
class ScripAdmin(VersionedAdmin):
    """Rules, in the order in which they run."""

    form = ScripForm
    list_display = (
        "name",
        "where",
        "condition_type",
        "action_type",
        "stage",
        "sort_order",
        "state",
    )
    list_filter = (QueueFilter, "disabled")
    search_fields = ("name__icontains",)
    ordering = ("sort_order", "id")
    readonly_fields = ("history",)
    fieldsets = (
        (None, {"fields": ("name", "description", "own_queues")}),
        (gettext_lazy("When"), {"fields": ("condition_type", "condition_config")}),
        (gettext_lazy("Then"), {"fields": ("action_type", "action_config", "template")}),
        (gettext_lazy("How"), {"fields": ("stage", "sort_order", "disabled", "shadow", "note")}),
        (gettext_lazy("Versions"), {"fields": ("history",), "classes": ("wide",)}),
    )

    def delete_model(self, request: HttpRequest, obj: Scrip) -> None:
        """By the service, which keeps when it ended."""
        assert isinstance(request.user, User)  # noqa: S101  # as above
        service.delete_scrip(obj, actor=Actor.of(request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Scrip]) -> None:
        """One by one, for the same reason."""
        for scrip in queryset:
            self.delete_model(request, scrip)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scrip]:
        """With the names of their queues."""
        return super().get_queryset(request).prefetch_related("queues")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What is doubtful about it is told with the page that follows."""
        super().save_model(request, obj, form, change)
        for doubt in service.doubts(Scrip.objects.get(pk=obj.pk), reader=form.actor):
            told = f"{doubt['detail']} ({doubt['place']})"
            self.message_user(request, told, messages.WARNING)

    @admin.display(description=gettext_lazy("queues"))
    def where(self, scrip: Scrip) -> str:
        """Its queues' names."""
        if scrip.everywhere:
            return _("every queue")
        return ", ".join(queue.name for queue in scrip.queues.all())

    @admin.display(description=gettext_lazy("state"))
    def state(self, scrip: Scrip) -> str:
        """On, in shadow or off."""
        if scrip.disabled:
            return _("off")
        return _("in shadow") if scrip.shadow else _("on")

    @admin.display(description=gettext_lazy("versions"))
    def history(self, scrip: Scrip) -> SafeString | str:
        """Who saved it when and why, newest first."""
        rows = ScripVersion.objects.filter(scrip_id=scrip.pk).select_related("creator")
        return _history(rows.order_by("-version")) if scrip.pk else "–"


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
    readonly_fields = ("history",)
    fieldsets = (
        (None, {"fields": ("name", "queue", "content_type")}),
        (gettext_lazy("Texts"), {"fields": ("subject_template", "body_template", "note")}),
        (gettext_lazy("Versions"), {"fields": ("history",), "classes": ("wide",)}),
    )

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
