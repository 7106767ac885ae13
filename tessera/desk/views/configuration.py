"""The configuration as a file, in the administration: export it, review one, apply what was reviewed."""

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tessera.accounts.rights import SUPER_USER
from tessera.desk.access import reader
from tessera.desk.configuration import service
from tessera.desk.configuration.document import LARGEST
from tessera.desk.configuration.faults import Fault, FileInvalid, Overtaken
from tessera.desk.configuration.plan import Plan
from tessera.lib.admin import note_field
from tickets import access
from tickets.access import Actor

_SHOWN = 200  # characters of a line that has a fault


class FileForm(forms.Form):
    """A file, uploaded or pasted. `stamp` and `reviewed` say which plan for which text was shown last."""

    file = forms.FileField(label=gettext_lazy("File"), required=False, allow_empty_file=True)
    text = forms.CharField(
        label=gettext_lazy("or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 18, "class": "code", "spellcheck": "false", "wrap": "off"}),
    )
    note = note_field()
    stamp = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput())
    reviewed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput())

    def clean_file(self) -> str:
        """The text of the file; "" without one."""
        found = self.cleaned_data["file"]
        if found is None:
            return ""
        if (found.size or 0) > LARGEST * 4:
            raise forms.ValidationError(_("This file is too large to be a configuration."))
        try:
            return str(found.read(), "utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("This file is no text in UTF-8.")) from None

    def clean(self) -> dict[str, Any]:
        """`text` is what is asked about, whichever way it came. Browsers send lines as they please."""
        found = dict(self.cleaned_data)
        text = (found.get("file") or found.get("text") or "").replace("\r\n", "\n")
        if not text.strip() and "file" not in self.errors:
            self.add_error("file", _("Choose a file, or paste its text below."))
        return {**found, "text": text}


def _administrator(request: HttpRequest) -> Actor:
    actor = reader(request)
    if not access.may(actor, SUPER_USER):
        raise PermissionDenied
    return actor


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The file, to be kept."""
    text = service.export(actor=_administrator(request))
    return HttpResponse(
        text,
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tessera.yaml"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Where a file is given; what it would change; and the button that does it."""
    actor = _administrator(request)
    if request.method != "POST":
        return _page(request, FileForm())
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    text = form.cleaned_data["text"]
    try:
        if "apply" in request.POST and form.cleaned_data["reviewed"] == _digest(text):
            return _apply(request, form, actor)
        plan = service.review(text, actor=actor)
    except FileInvalid as fault:
        return _page(request, _anew(form), faults=_placed(fault.faults, text), told=str(fault))
    except Overtaken as fault:
        plan = service.review(text, actor=actor)
        return _page(request, _anew(form, plan), plan=plan, told=str(fault))
    return _page(request, _anew(form, plan), plan=plan)


def _apply(request: HttpRequest, form: FileForm, actor: Actor) -> HttpResponse:
    given = form.cleaned_data
    plan = service.apply(given["text"], actor=actor, note=given["note"], stamp=given["stamp"])
    messages.success(request, _("Applied: %(summary)s.") % {"summary": plan.summary})
    return redirect("admin:configuration")


def _anew(form: FileForm, plan: Plan | None = None) -> FileForm:
    """The form with the text that was judged, wherever it came from, and with what it was judged as."""
    given = form.cleaned_data
    shown = {"text": given["text"], "note": given["note"]}
    if plan is not None:
        shown |= {"stamp": plan.stamp, "reviewed": _digest(given["text"])}
    return FileForm(initial=shown)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _placed(faults: tuple[Fault, ...], text: str) -> list[tuple[Fault, str]]:
    """Each fault with the line that it stands in."""
    lines = text.split("\n")
    return [
        (each, lines[each.line - 1][:_SHOWN] if each.line <= len(lines) else "") for each in faults
    ]


def _page(request: HttpRequest, form: FileForm, **found: Any) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Configuration as a file"),
        "form": form,
        **found,
    }
    status = 400 if found.get("faults") or form.errors else 200
    return render(request, "admin/configuration.html", context, status=status)
