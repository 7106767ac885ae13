"""Templates in the administration: the texts, and beside them the mail that they make."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips import rehearsal, service, versions
from scrips.admin_rules import VersionedAdmin
from scrips.builder.forms import VersionedForm
from scrips.builder.past import go_back
from scrips.letters import frame, looks, past
from scrips.letters.adminlist import TemplateListing
from scrips.letters.looks import Asked
from scrips.models import Template
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.errors import Invalid, Refused
from tickets.access import Actor, actor_of

# What the page is sent for that is not to be saved.
LOOK, TEST = "_look", "_test"


class TemplateForm(VersionedForm):
    """A mail's texts."""

    note = site.note_field()
    # Which version was changed: of two who save at once the second is told.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Template
        fields = ("name", "queue", "content_type", "subject_template", "body_template")
        widgets: ClassVar = {
            "subject_template": AdminTextInputWidget(
                {"class": "vLargeTextField code", "spellcheck": "false", "autocomplete": "off"}
            ),
            "body_template": forms.Textarea(
                {"rows": 18, "class": "vLargeTextField code", "spellcheck": "false"}
            ),
        }
        help_texts: ClassVar = {
            "subject_template": gettext_lazy(
                "The ticket's key is put before it. Empty: the ticket's subject."
            )
        }

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        seen = self.instance.version if self.instance.pk else None
        self.fields["seen"].initial = seen

    @property
    def drafting(self) -> bool:
        """Whether it was sent to be looked at or tested, and not to be saved."""
        return self.is_bound and any(name in self.data for name in (LOOK, TEST))

    def is_valid(self) -> bool:
        """Never, while it is only looked at: nobody saves it then."""
        return super().is_valid() and not self.drafting

    def full_clean(self) -> None:
        """Who only looks is told what is wrong with the texts by what he looks at."""
        if self.drafting:
            self._errors, self.cleaned_data = forms.utils.ErrorDict(), {}
        else:
            super().full_clean()

    @property
    def given(self) -> dict[str, Any]:
        values = super().given
        return {name: value for name, value in values.items() if name != "seen"}

    def clean_body_template(self) -> str:
        """Line breaks as they are kept and counted."""
        text: str = self.cleaned_data["body_template"]
        return text.replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        """Refuses to put a text over one that its writer has not seen."""
        cleaned = super().clean()
        held = self.held and Template.objects.filter(pk=self.held.pk).first()
        seen = cleaned.get("seen")
        if held and seen is not None and seen != held.version:
            told = _(
                "Meanwhile version %(number)d was saved; what it changed stands below, under"
                " Versions. Save again to put your texts over it."
            )
            data: Any = self.data
            self.data = data.copy() | {"seen": str(held.version)}
            self.add_error(None, told % {"number": held.version})
        return cleaned

    def save_version(self) -> Template:
        note = self.cleaned_data["note"]
        return service.save_template(self.held, self.given, actor=self.actor, note=note)


@admin.register(Template)
class TemplateAdmin(TemplateListing, VersionedAdmin):
    """What mails say. One that a scrip uses can't be deleted."""

    form = TemplateForm
    fieldsets = (
        (None, {"fields": ("name", ("queue", "content_type"))}),
        (gettext_lazy("Texts"), {"fields": ("subject_template", "body_template")}),
        (gettext_lazy("This version"), {"fields": ("note", "seen"), "classes": ("how",)}),
    )

    class Media:
        css: ClassVar = {
            "all": [
                *("css/suggest.css", "css/seg.css", "css/lifecycle.css"),
                *("css/scrip.css", "css/template.css"),
            ]
        }

    def get_urls(self) -> list[URLPattern | URLResolver]:  # type: ignore[override]  # as Django's own has it
        """The panel alone, the frame of a mail, the tickets that are offered, and the way back."""
        view = self.admin_site.admin_view
        ours = [
            path("look/", view(self.look_view), name="template_look"),
            path("tickets/", view(self.tickets_view), name="template_tickets"),
            path("letter/<str:token>/", view(frame.show), name="template_letter"),
            path("<int:number>/rollback/", view(self.rollback_view), name="template_rollback"),
        ]
        return [*ours, *super().get_urls()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Of the template that is copied, if one is."""
        if "copy" in request.GET and self.has_view_permission(request):
            return dict(past.copied(request.GET["copy"]))
        return dict(super().get_changeform_initial_data(request))

    def delete_model(self, request: HttpRequest, obj: Template) -> None:
        """By the service, which refuses one that is used."""
        service.delete_template(obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Back to the template where a rule took it in this very moment."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except (Invalid, ProtectedError) as refusal:
            told = looks.told(refusal) if isinstance(refusal, Invalid) else _("Scrips use it.")
            self.message_user(request, told, messages.ERROR)
            return redirect("admin:scrips_template_change", object_id)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **given: Any
    ) -> Any:
        """With the mail that the texts make, their versions, and what came of a test."""
        form, held = context["adminform"].form, given["obj"]
        kept = Template.objects.get(pk=held.pk) if held else None
        if kept is not None:
            context["versions"] = past.history(kept)
        if form.is_bound and TEST in form.data:
            context |= _tested(form, kept)
        asked = Asked.of(form.data) if form.is_bound else _begun(form)
        context["look"] = looks.look(asked, kept, form.actor)
        return super().render_change_form(request, context, *args, **given)

    def look_view(self, request: HttpRequest) -> HttpResponse:
        """The panel for the form as it is sent, and what is wrong with its texts."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        actor = self._actor(request)
        row = Template.objects.filter(pk=looks.number(request.GET.get("of")) or 0).first()
        known = request.POST.get("look_about", "")
        found = looks.look(Asked.of(request.POST), row, actor, known=known)
        return render(request, "admin/scrips/template/_look.html", {"look": found})

    def tickets_view(self, request: HttpRequest) -> HttpResponse:
        """`?q=`: the newest tickets that are called so: `{"results": [{"value", "text"}]}`."""
        actor = self._actor(request)
        queue_id = looks.number(request.GET.get("queue"))
        found = looks.like(request.GET.get("q", "")[:200], queue_id, actor)
        rows = [{"value": row.key, "text": f"{row.key} {row.subject}"} for row in found]
        return JsonResponse({"results": rows})

    def rollback_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Save an older version anew, as the next one."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        actor = self._actor(request)
        row = Template.objects.filter(pk=number).first()
        if row is None:
            raise Http404
        self.remember(request, row)
        go_back(
            self, request, lambda version: versions.roll_back_template(row, version, actor=actor)
        )
        return redirect("admin:scrips_template_change", number)

    def _actor(self, request: HttpRequest) -> Actor:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return actor_of(cast(User, request.user))


def _begun(form: TemplateForm) -> Asked:
    """As the form begins: with the template, or a copy of one, or empty."""
    first = {
        name: form.get_initial_for_field(form.fields[name], name) or ""
        for name in ("queue", "content_type", "subject_template", "body_template")
    }
    queue = first["queue"]
    return Asked.of({**first, "queue": str(getattr(queue, "pk", queue))})


def _tested(form: TemplateForm, row: Template | None) -> Mapping[str, Any]:
    """A mail to whoever asked for it, with the texts as they stand on the page: what came of it."""
    asked, actor = Asked.of(form.data), form.actor
    draft = Template(
        name=row.name if row else "",
        queue_id=asked.queue_id,
        subject_template=asked.texts.subject,
        body_template=asked.texts.body,
        content_type=asked.texts.content_type,
    )
    try:
        ticket_id = looks.ticket_of(asked.ticket, asked.queue_id, actor)
        made = rehearsal.send_template(
            draft, ticket_id=ticket_id, transaction_id=asked.transaction_id, actor=actor
        )
    except Refused as refusal:
        return {"test_fault": looks.told(refusal)}
    return {"tested": made, "tested_to": actor.person.email}
