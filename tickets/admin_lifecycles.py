"""Lifecycles in the administration: edited as a draft, published by `lifecycles.service`, each time as a version."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycles import service
from lifecycles.definition import parse
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.admin import PlainJSONField, ReadOnlyAdmin, when
from tessera.lib.errors import Invalid
from tickets import lifecycle_facts as facts
from tickets.admin_moves import MovePages
from tickets.processes import check_guard

_DIAGRAM = forms.Media(css={"all": ["css/diagram.css", "css/lifecycle.css"]})


class LifecycleForm(forms.ModelForm[Lifecycle]):
    """A name and a definition. Faults of what is published stand at their field with their place inside it.

    `seen` is what its writer had before his eyes: what somebody else saved meanwhile is not overwritten unawares.
    """

    definition = PlainJSONField(
        label=gettext_lazy("Definition"), widget=site.JSONArea({"rows": 30}), required=True
    )
    note = site.note_field()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Lifecycle
        fields = ("name",)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        held = self.instance
        told = _("Statuses by kind, and the transitions between them.")
        if held.current is None:
            told = f"{told} {_('Saving publishes it as version 1.')}"
        else:
            self.initial["definition"] = (
                held.current.definition if held.draft is None else held.draft
            )
            self.initial["seen"] = seen(held)
            self.fields["name"].help_text = _("A new name counts at once, saved with a draft too.")
        self.fields["definition"].help_text = told

    @property
    def held(self) -> int | None:
        """The number of the lifecycle that is changed; None for a new one."""
        return self.instance.pk

    @property
    def publishing(self) -> bool:
        """Whether it is to be published; else it is kept as the draft, which does no harm."""
        return self.held is None or "_publish" in self.data

    def clean(self) -> dict[str, Any]:
        """Tries the very save that would follow."""
        cleaned = super().clean() or self.cleaned_data
        if self.held is not None and self._overtaken(self.held, cleaned.get("seen", "")):
            told = _("Somebody else saved this lifecycle since you opened it. Your text is below:")
            self.add_error(None, f"{told} {_('saving it again puts it in the place of theirs.')}")
        elif not self.errors:
            site.show_faults(self, site.faults_of(lambda: save(self, actor=None)))
        return cleaned

    def _overtaken(self, number: int, before: str) -> bool:
        """Whether somebody was faster. The row is locked until the save that follows."""
        now = seen(locked(number))
        if now == before:
            return False
        self.data = {**self.data.dict(), self.add_prefix("seen"): now}  # type: ignore[attr-defined]  # a request's
        return True


def locked(number: int) -> Lifecycle:
    """The lifecycle as it is now, for this transaction alone."""
    rows = Lifecycle.objects.select_for_update(of=("self",)).select_related("current")
    return rows.get(pk=number)


def seen(lifecycle: Lifecycle) -> str:
    """A mark of what a page shows for editing: another one after every draft and every version."""
    return service.digest_of([lifecycle.current_id, lifecycle.draft])


def save(form: LifecycleForm, *, actor: User | None) -> Lifecycle:
    """Make the lifecycle; or rename it, and publish the definition or keep it as the draft. Raises `Invalid`."""
    name, definition, note = (form.cleaned_data[key] for key in ("name", "definition", "note"))
    if form.instance.pk is None:
        return service.create(name, definition, actor=actor, note=note, check_guard=check_guard)
    lifecycle = Lifecycle.objects.get(pk=form.instance.pk)
    service.rename(lifecycle, name)
    service.save_draft(lifecycle, definition)
    if form.publishing:
        service.publish_draft(lifecycle, actor=actor, note=note, check_guard=check_guard)
    return lifecycle


@admin.register(Lifecycle)
class LifecycleAdmin(MovePages):
    """Processes. They are not deleted: tickets live by their versions."""

    form = LifecycleForm
    list_display = ("name", "statuses", "version", "drafted")
    list_select_related = ("current",)
    search_fields = ("name__istartswith",)
    search_help_text = gettext_lazy("The beginning of a name")

    @property
    def media(self) -> forms.Media:
        """With the sheets of the diagram and of what surrounds it."""
        return super().media + _DIAGRAM

    @admin.display(description=gettext_lazy("statuses"))
    def statuses(self, lifecycle: Lifecycle) -> str:
        """Of the current version, initial ones first."""
        parsed = parse(lifecycle.current.definition) if lifecycle.current else None
        found = parsed.definition if parsed else None
        return ", ".join(status.name for status in found.statuses) if found else "–"

    @admin.display(description=gettext_lazy("version"))
    def version(self, lifecycle: Lifecycle) -> int | None:
        """The number that new tickets take."""
        return lifecycle.current.number if lifecycle.current else None

    @admin.display(description=gettext_lazy("draft"))
    def drafted(self, lifecycle: Lifecycle) -> str:
        """Whether there is one."""
        return "–" if lifecycle.draft is None else _("not published yet")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lifecycle]:
        return super().get_queryset(request).select_related("current")

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        discard = path(
            "<int:number>/draft/discard/",
            self.admin_site.admin_view(self.discard_view),
            name="lifecycles_lifecycle_discard",
        )
        return [discard, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **given: Any
    ) -> Any:
        """Around the form: the diagram, what publishing would change, the versions, the tickets left behind."""
        obj = given.get("obj")
        if obj is not None and obj.current is not None:
            # As it is kept, not as the form that was refused has changed it.
            held = Lifecycle.objects.select_related("current").get(pk=obj.pk)
            context |= {
                "lifecycle": held,
                "judged": facts.judge(held),
                "versions": facts.versions(held),
                "behind": facts.behind(held),
            }
        return super().render_change_form(request, context, *args, **given)

    def save_model(self, request: HttpRequest, obj: Lifecycle, form: Any, change: bool) -> None:
        """By the service, never by the row itself."""
        assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
        before = obj.current_id
        obj.pk = save(form, actor=request.user).pk
        obj.refresh_from_db()
        form.told = self._outcome(obj, published=form.publishing, before=before)

    def _outcome(self, lifecycle: Lifecycle, *, published: bool, before: int | None) -> str:
        """What the save did, in a sentence."""
        assert lifecycle.current is not None  # noqa: S101  # saved ones have a version
        number = {"number": lifecycle.current.number}
        if not published:
            faults = len(facts.judge(lifecycle).faults)
            told = ngettext(
                "The draft is kept. It has %(count)d fault, which is told below.",
                "The draft is kept. It has %(count)d faults, which are told below.",
                faults,
            )
            return told % {"count": faults} if faults else _("The draft is kept. It has no faults.")
        if lifecycle.current_id == before:
            return _("Version %(number)d says the same already: no new one was made.") % number
        return _("Version %(number)d is published: new tickets take it.") % number

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """The history tells a draft from a version."""
        return super().construct_change_message(request, form, formsets, add) if add else form.told

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """What the history tells is also told at once."""
        self.message_user(request, message, messages.SUCCESS)
        return super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Lifecycle) -> HttpResponse:
        """Back to the lifecycle, which now shows what came of it."""
        return redirect("admin:lifecycles_lifecycle_change", obj.pk)

    def discard_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Forget the draft that the page showed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lifecycle = self.changeable(request, number)
        try:
            self._discard(request, lifecycle.pk)
        except Invalid as refusal:
            for text in refusal.errors["draft"]:
                self.message_user(request, text, messages.ERROR)
        else:
            self.log_change(request, lifecycle, _("The draft is discarded."))
        return redirect("admin:lifecycles_lifecycle_change", lifecycle.pk)

    def _discard(self, request: HttpRequest, number: int) -> None:
        with transaction.atomic():
            held = locked(number)
            if seen(held) != request.POST.get("seen", ""):
                told = _(
                    "Somebody else saved this lifecycle since you opened it: look at it first."
                )
                raise Invalid({"draft": [told]})
            self.remember(request, held)
            service.discard_draft(held)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LifecycleVersion)
class LifecycleVersionAdmin(ReadOnlyAdmin[LifecycleVersion]):
    """Every definition that was ever published; the database refuses to change one."""

    list_display = ("of", "number", "published", "creator", "note")
    list_select_related = ("lifecycle", "creator")
    list_filter = ("lifecycle",)
    ordering = ("-id",)
    fields = ("of_link", "number", "published", "creator", "note", "digest", "changed", "text")
    readonly_fields = fields
    published = when("created_at", gettext_lazy("published"))

    @property
    def media(self) -> forms.Media:
        """With the sheets of the diagram and of what surrounds it."""
        return super().media + _DIAGRAM

    @admin.display(description=gettext_lazy("lifecycle"))
    def of(self, version: LifecycleVersion) -> str:
        """Its name."""
        return version.lifecycle.name

    @admin.display(description=gettext_lazy("lifecycle"))
    def of_link(self, version: LifecycleVersion) -> SafeString:
        """Its name, leading to it."""
        return facts.link_to(version.lifecycle)

    @admin.display(description=gettext_lazy("digest"))
    def digest(self, version: LifecycleVersion) -> str:
        """By which two definitions can be told to be the same."""
        return f"sha256:{version.sha256}"

    @admin.display(description=gettext_lazy("what it changed"), empty_value="–")
    def changed(self, version: LifecycleVersion) -> SafeString | None:
        """Against the version before it, in sentences."""
        before = LifecycleVersion.objects.filter(
            lifecycle=version.lifecycle_id, number=version.number - 1
        )
        return facts.listed(facts.changes_of(version, list(before)))

    @admin.display(description=gettext_lazy("definition"))
    def text(self, version: LifecycleVersion) -> SafeString:
        """As it was published, folded: it is long."""
        return format_html(
            "<details><summary>{}</summary>{}</details>", _("Show"), site.code(version.definition)
        )

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **given: Any
    ) -> Any:
        """Below the facts, the diagram."""
        obj = given.get("obj")
        if obj is not None:
            name = _("version %d") % obj.number
            context["subtitle"] = f"{obj.lifecycle.name}, {name}"
            context["drawing"] = facts.draw(parse(obj.definition).definition, name)
        return super().render_change_form(request, context, *args, **given)
