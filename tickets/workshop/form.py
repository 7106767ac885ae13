"""The form of a lifecycle: its name and its draft, as rows or as JSON."""

from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycles import merging, service
from lifecycles.definition import parse
from lifecycles.diff import diff
from lifecycles.models import Lifecycle
from tessera.lib import admin as site
from tessera.lib.admin import PlainJSONField
from tickets.workshop import editing
from tickets.workshop.editing import Edited
from tickets.workshop.views import Editor

PUBLISH = "_publish"


class LifecycleForm(forms.ModelForm[Lifecycle]):
    """A name and a draft. The draft may have faults; what is to be published has none.

    `seen` is what its writer had before his eyes: what somebody else saved meanwhile is not overwritten unawares.
    """

    definition = PlainJSONField(
        label=gettext_lazy("Definition"), widget=site.JSONArea({"rows": 24}), required=False
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Lifecycle
        fields = ("name",)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.initial["definition"] = held(self.instance)
        self.initial["seen"] = seen(self.instance)
        # Who may only look has no field for it.
        if "name" in self.fields:
            self.fields["name"].help_text = _("A new name counts at once, saved with a draft too.")
        # What somebody else saved meanwhile, in sentences or as JSON, once it was found to be so.
        self.theirs: tuple[str, ...] = ()
        self.conflicts: tuple[str, ...] = ()
        self.their_text = ""

    @property
    def looking(self) -> bool:
        """Whether it was sent to be looked at, and not to be saved."""
        return self.is_bound and any(name in self.data for name in (editing.ACT, editing.LOOK))

    @property
    def publishing(self) -> bool:
        """Whether it is to be published next; else it is kept as the draft, which does no harm."""
        return PUBLISH in self.data

    def is_valid(self) -> bool:
        """Never, while it is only looked at: nobody saves it then."""
        return super().is_valid() and not self.looking

    def full_clean(self) -> None:
        """Who only looks has not finished: what is missing is no fault of the form."""
        if self.looking and self._read is not None:
            self._errors, self.cleaned_data = forms.utils.ErrorDict(), {}
        else:
            super().full_clean()

    @cached_property
    def published(self) -> tuple[str, ...]:
        """The statuses of the version that new tickets take."""
        current = self.instance.current
        definition = parse(current.definition).definition if current else None
        return tuple(each.name for each in definition.statuses) if definition else ()

    @cached_property
    def _read(self) -> Edited | None:
        return editing.received(self.data, self.published)

    @cached_property
    def edited(self) -> Edited:
        """What the page shows. Of text that is no JSON the rows that stood there."""
        if not self.is_bound:
            return editing.opened(held(self.instance), self.published)
        if self._read is not None:
            return self._read
        base = editing.loaded(self.data.get(editing.SHOWN, ""))
        return editing.opened(held(self.instance) if base is None else base, self.published)

    @property
    def text(self) -> str:
        """What stands in the box of the JSON: as it was typed, where it is none."""
        broken = self.is_bound and self._read is None
        return str(self.data.get(editing.JSON, "")) if broken else self.edited.text

    @property
    def mark(self) -> str:
        """What `seen` is to be on the page."""
        return str(self.data.get("seen", "") if self.is_bound else self.initial["seen"])

    def clean_definition(self) -> Any:
        """The JSON, or what the rows say."""
        raw = self.cleaned_data["definition"] if self._read is None else self._read.raw
        if raw in (None, [], ""):
            raise forms.ValidationError(_("This field is required."), code="required")
        return raw

    def clean(self) -> dict[str, Any]:
        """Tries the very save that would follow."""
        cleaned = super().clean() or self.cleaned_data
        if "definition" in cleaned and self._overtaken(
            cleaned["definition"], cleaned.get("seen", "")
        ):
            return cleaned
        if not self.errors:
            site.show_faults(self, site.faults_of(lambda: save(self)))
        if self.publishing and not self.errors:
            self._judge()
        return cleaned

    def _judge(self) -> None:
        """Faults keep it from being published. Those of rows stand at the rows."""
        editor = Editor.of(self.instance, self.edited, draft=True)
        told = editor.parsed.faults
        if told and (self.edited.by_json or self.edited.table is None):
            faults = service.DefinitionInvalid(told).errors
            site.show_faults(self, faults)
        elif told:
            text = ngettext(
                "%(count)d fault keeps it from being published. It is told below, where it stands.",
                "%(count)d faults keep it from being published. They are told below, where they stand.",
                len(told),
            )
            self.add_error(None, text % {"count": len(told)})

    def _overtaken(self, ours: Any, before: str) -> bool:
        """Whether somebody was faster; then the page shows what both did. The row is locked until the save that
        follows."""
        row = locked(self.instance.pk)
        now = seen(row)
        if now == before:
            return False
        self.data = {**self.data.dict(), self.add_prefix("seen"): now}  # type: ignore[attr-defined]  # a request's
        told = _("Somebody else saved this lifecycle since you opened it.")
        theirs, base = held(row), editing.loaded(self.data.get(editing.SHOWN, ""))
        merged = merging.merge(base, ours, theirs) if base is not None else None
        if merged is None:
            self.their_text = editing.dumped(theirs)
            rest = _("Your text is below: saving it again puts it in the place of theirs.")
        else:
            self.__dict__["_read"] = editing.opened(merged.raw, self.published)
            self.__dict__.pop("edited", None)
            self.conflicts = merged.conflicts
            self.theirs = _changes(base, theirs)
            rest = _("Their changes stand below together with yours: look at them, and save again.")
        self.add_error(None, f"{told} {rest}")
        return True


def _changes(base: Any, theirs: Any) -> tuple[str, ...]:
    """What they did, in sentences, where it can be said."""
    old, new = parse(base).definition, parse(theirs).definition
    return diff(old, new) if old and new else ()


def held(lifecycle: Lifecycle) -> Any:
    """What is edited: the draft, else the published version."""
    if lifecycle.draft is not None:
        return lifecycle.draft
    return lifecycle.current.definition if lifecycle.current else {}


def locked(number: int) -> Lifecycle:
    """The lifecycle as it is now, for this transaction alone."""
    rows = Lifecycle.objects.select_for_update(of=("self",)).select_related("current")
    return rows.get(pk=number)


def seen(lifecycle: Lifecycle) -> str:
    """A mark of what a page shows for editing: another one after every draft and every version."""
    return service.digest_of([lifecycle.current_id, lifecycle.draft])


def save(form: LifecycleForm) -> Lifecycle:
    """Rename it, and keep the definition as the draft. Raises `Invalid`."""
    lifecycle = Lifecycle.objects.select_related("current").get(pk=form.instance.pk)
    service.rename(lifecycle, form.cleaned_data["name"])
    service.save_draft(lifecycle, form.cleaned_data["definition"])
    return lifecycle
