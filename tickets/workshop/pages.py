"""The pages around the editor of a lifecycle: how one begins, is published, imported and exported."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.text import slugify
from django.utils.translation import gettext as _

from lifecycles import service
from lifecycles.definition import parse
from lifecycles.models import Lifecycle, LifecycleVersion
from lifecycles.writing import as_rt
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.errors import Invalid
from tickets import lifecycle_facts as facts
from tickets.admin_moves import MovePages
from tickets.processes import check_guard
from tickets.workshop import editing
from tickets.workshop.beginning import BeginForm, TextForm
from tickets.workshop.form import locked, seen
from tickets.workshop.views import Editor, compared, drawn

SHEETS = forms.Media(
    css={"all": ["css/diagram.css", "css/lifecycle.css", "css/suggest.css", "css/workshop.css"]}
)


class PublishForm(forms.Form):
    """Why, and the mark of what was looked at."""

    note = site.note_field()
    seen = forms.CharField(widget=forms.HiddenInput)


class WorkshopPages(MovePages):
    """All of them ask for the right to change lifecycles."""

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        pages = (
            ("<int:number>/publish/", self.publish_view, "publish"),
            ("<int:number>/import/", self.import_view, "import"),
            ("<int:number>/export/", self.export_view, "export"),
        )
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"lifecycles_lifecycle_{name}")
            for route, view, name in pages
        ]
        return [*ours, *super().get_urls()]

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",  # noqa: ARG002  # Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  # the same
    ) -> HttpResponse:
        """A new lifecycle: it begins from a stock one, a copy, somebody's JSON or three statuses."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BeginForm(request.POST, request.FILES) if request.method == "POST" else BeginForm()
        if form.is_bound and form.is_valid() and not form.looking:
            made = self._begun(request, form)
            if made is not None:
                return redirect("admin:lifecycles_lifecycle_change", made.pk)
        context = {"title": _("A new lifecycle"), "form": form, **_understood(form)}
        return self._own_page(request, "begin.html", context)

    def _begun(self, request: HttpRequest, form: BeginForm) -> Lifecycle | None:
        assert form.found is not None  # noqa: S101  # a valid form has read it
        given = form.cleaned_data
        try:
            with transaction.atomic():
                made = service.create(
                    given["name"],
                    form.found.raw,
                    actor=_user(request),
                    note=given["note"],
                    check_guard=check_guard,
                )
                self.log_addition(request, made, [{"added": {}}])
        except Invalid as refusal:
            site.show_faults(form, refusal.errors, {"definition": "text"})
            return None
        told = _(
            "“%s” is made. No queue lives by it yet: change it as you like, then give it to one."
        )
        self.message_user(request, told % made.name, messages.SUCCESS)
        return made

    def import_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """JSON becomes the draft, after it was shown what was understood of it."""
        lifecycle = self.changeable(request, number)
        form = TextForm(request.POST, request.FILES) if request.method == "POST" else TextForm()
        if form.is_bound and form.is_valid() and not form.looking and form.found:
            try:
                self._take(request, lifecycle, form.found.raw)
            except Invalid as refusal:
                site.show_faults(form, refusal.errors)
            else:
                return redirect("admin:lifecycles_lifecycle_change", lifecycle.pk)
        context = {
            "title": _("Import into %s") % lifecycle.name,
            "form": form,
            "seen": seen(_again(lifecycle)),
            **_understood(form),
        }
        return self._page(request, "import.html", lifecycle, context)

    def _take(self, request: HttpRequest, lifecycle: Lifecycle, raw: Any) -> None:
        with transaction.atomic():
            held = _unless_overtaken(lifecycle, request.POST.get("seen", ""))
            self.remember(request, held)
            service.save_draft(held, raw)
            self.log_change(request, held, _("What was imported is the draft now."))

    def export_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """The published version as a file: in our shape, or with `?as=rt` in RT's."""
        lifecycle = self.changeable(request, number)
        assert lifecycle.current is not None  # noqa: S101  # `changeable` gives only published ones
        raw = lifecycle.current.definition
        shape = request.GET.get("as", "own")
        if shape == "rt" and "statuses" in raw:
            definition = parse(raw).definition
            if definition is None:
                raise Http404
            raw = {lifecycle.name: as_rt(definition).raw}
        elif shape not in ("own", "rt"):
            raise Http404
        name = f"{slugify(lifecycle.name) or 'lifecycle'}-{lifecycle.current.number}"
        answer = HttpResponse(json.dumps(raw, indent=2, ensure_ascii=False), "application/json")
        suffix = ".rt" if shape == "rt" else ""
        answer["Content-Disposition"] = f'attachment; filename="{name}{suffix}.json"'
        return answer

    def publish_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """What publishing the draft changes and touches, in words and as a picture; then it is done, with a note."""
        lifecycle = self.changeable(request, number)
        if lifecycle.draft is None:
            self.message_user(request, _("There is no draft to publish."), messages.WARNING)
            return redirect("admin:lifecycles_lifecycle_change", lifecycle.pk)
        given = request.POST if request.method == "POST" else None
        form = PublishForm(given, initial={"seen": seen(lifecycle)})
        if form.is_bound and form.is_valid() and self._published(request, lifecycle, form):
            return redirect("admin:lifecycles_lifecycle_change", lifecycle.pk)
        return self._page(request, "publish.html", lifecycle, _review(lifecycle, form))

    def _published(self, request: HttpRequest, lifecycle: Lifecycle, form: PublishForm) -> bool:
        """Whether it was; else the form says why not."""
        before, given = lifecycle.current_id, form.cleaned_data
        try:
            with transaction.atomic():
                held = _unless_overtaken(lifecycle, given["seen"])
                self.remember(request, held)
                version = service.publish_draft(
                    held, actor=_user(request), note=given["note"], check_guard=check_guard
                )
                self.log_change(request, held, _outcome(version, before))
        except Invalid as refusal:
            form.data = {**form.data.dict(), "seen": seen(_again(lifecycle))}  # type: ignore[attr-defined]  # a request's
            site.show_faults(form, refusal.errors)
            return False
        return True

    def _own_page(
        self, request: HttpRequest, name: str, context: dict[str, Any]
    ) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "media": SHEETS}
        return TemplateResponse(request, f"admin/lifecycles/lifecycle/{name}", shared | context)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
    return request.user


def _unless_overtaken(lifecycle: Lifecycle, before: str) -> Lifecycle:
    """The lifecycle, locked. Raises `Invalid` where it is not what the page showed."""
    held = locked(lifecycle.pk)
    if seen(held) != before:
        told = _("Somebody else saved this lifecycle since you opened it: look at it again.")
        raise Invalid({"draft": [told]})
    return held


def _again(lifecycle: Lifecycle) -> Lifecycle:
    return Lifecycle.objects.select_related("current").get(pk=lifecycle.pk)


def _outcome(version: LifecycleVersion, before: int | None) -> str:
    number = {"number": version.number}
    if version.pk == before:
        return _("Version %(number)d says the same already: no new one was made.") % number
    return _("Version %(number)d is published: new tickets take it.") % number


def _understood(form: TextForm) -> dict[str, Any]:
    """What of a text was understood, once it was looked at."""
    found = form.found if form.is_bound else None
    definition = found.parsed.definition if found else None
    shown = definition if form.needs_text() or form.looking else None
    return {"found": found, "understood": definition, "drawing": drawn(shown, _("as understood"))}


def _review(lifecycle: Lifecycle, form: PublishForm) -> dict[str, Any]:
    held = _again(lifecycle)
    published = held.current
    assert published is not None  # noqa: S101  # `changeable` gives only published ones
    old = parse(published.definition).definition
    names = [each.name for each in old.statuses] if old else []
    editor = Editor.of(held, editing.opened(held.draft, names), draft=True)
    gone = [former.row.was for former in editor.formers if former.row.was in names]
    return {
        "title": _("Publish the draft of %s") % held.name,
        "form": form,
        "editor": editor,
        "number": published.number,
        "tickets": facts.living(held),
        "most": facts.MOST_COUNTED,
        "gone": gone,
        "drawing": compared(published, editor.parsed.definition, _("what changes")),
    }
