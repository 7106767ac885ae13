"""What the admin pages of every room have in common."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import (
    AdminTextInputWidget,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.lib import moments
from tessera.lib.errors import Invalid

M = TypeVar("M", bound=Model)

COUNT_CAP = 10_000


class CappedPaginator(Paginator[Any]):
    """Counts no further than `COUNT_CAP`: a table of a million rows opens as fast as one of a hundred.

    What lies beyond is found by searching and filtering, not by leafing through two hundred pages.
    """

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[:COUNT_CAP].count()
        return len(rows)


class Witness(Protocol):
    """Is told of what is written here. The site is one, which may know more of the house than this room does."""

    def look(self, row: Any) -> Any:
        """What it wants to remember of a row that may be changed now."""
        ...

    def added(self, request: HttpRequest, row: Any) -> None:
        """A row was made."""
        ...

    def changed(self, request: HttpRequest, row: Any, before: Any) -> None:
        """A row was written; `before` is what `look` gave."""
        ...

    def deleted(self, request: HttpRequest, row: Any) -> None:
        """A row is about to be deleted."""
        ...


class PlainChoices:
    """Choices of other rows without signs beside them that open them in windows of their own."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """The field with the choice alone."""
        field = super().formfield_for_dbfield(db_field, request, **given)  # type: ignore[misc]  # of an admin
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class SiteAdmin(PlainChoices, admin.ModelAdmin[M], Generic[M]):
    """The base of all: capped counts, no counts of facets, the times of the reader, and a witness of each write."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    # The page without it has a style of its own inline, which our policy refuses.
    actions_on_top = True

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """A box to type names into has no cross that clears it: in its list that is no item, which screen readers
        need. Each name has one of its own."""
        field = super().formfield_for_manytomany(db_field, request, **given)
        if field is not None and isinstance(field.widget, AutocompleteSelectMultiple):
            field.widget.is_required = True
        return field

    @property
    def witness(self) -> Witness:
        """Our own site; see `tessera.desk.administration`."""
        return cast(Witness, self.admin_site)

    def action_checkbox(self, obj: M) -> SafeString:
        """As Django's, without a form's machinery for each row."""
        told = _("Select this object for an action - {}").format(obj)
        html = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(html, ACTION_CHECKBOX_NAME, obj.pk, told)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """A list is called after what is in it, and not after what to do with it."""
        found = super().get_changelist_instance(request)
        found.title = str(capfirst(self.opts.verbose_name_plural))
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> M | None:
        """The row; of one that is about to be written it is remembered what it was."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "POST":
            self.remember(request, row)
        return row

    def remember(self, request: HttpRequest, row: M) -> None:
        """What the row is before it is written: `log_change` tells the witness of the difference."""
        request.seen_before = self.witness.look(row)  # type: ignore[attr-defined]  # read by log_change below

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """After the row and all that belongs to it were written."""
        self.witness.added(request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The same."""
        self.witness.changed(request, obj, request.seen_before)  # type: ignore[attr-defined]  # kept by remember
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Before they go."""
        for row in queryset:
            self.witness.deleted(request, row)
        return super().log_deletions(request, queryset)


class ReadOnlyAdmin(SiteAdmin[M], Generic[M]):
    """A table that is looked at and never written here."""

    actions: Any = None

    def has_add_permission(self, request: HttpRequest) -> bool:  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """Rows of another table under their owner, never written here."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class JSONArea(forms.Textarea):
    """JSON as an indented text that can be edited; what does not parse is given back as it was written."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"rows": 12, "spellcheck": "false", "class": "vLargeTextField code", **(attrs or {})}
        )


class PrettyEncoder(json.JSONEncoder):
    """Indents, and leaves letters as they are."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "indent": 2, "ensure_ascii": False, "sort_keys": False})


class PlainJSONField(forms.JSONField):
    """A form's field for JSON: null and empty lists are values like others."""

    widget = JSONArea

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"encoder": PrettyEncoder, "required": False, **given})

    def to_python(self, value: Any) -> Any:
        """Says where the text stops being JSON; nothing that can be typed makes it fall over."""
        try:
            if isinstance(value, str) and value.strip():
                json.dumps(json.loads(value), cls=self.encoder)
            return super().to_python(value)
        except json.JSONDecodeError as fault:
            told = _("This is no JSON: line %(line)d, column %(column)d.")
            place = {"line": fault.lineno, "column": fault.colno}
            raise forms.ValidationError(told % place, code="invalid") from None
        except (RecursionError, ValueError):
            told = _("This is no JSON that can be read: it is too deep, or a number is too long.")
            raise forms.ValidationError(told, code="invalid") from None

    def bound_data(self, data: Any, initial: Any) -> Any:  # Django's signature
        """What is given back stands as it was written, whatever it is."""
        return None if data is None else InvalidJSONInput(data)


def faults_of(save: Callable[[], object]) -> Mapping[str, Sequence[str]]:
    """The faults by field that a save would be refused for; none where it would go through. Nothing is kept.

    A form asks the judge himself this way, and needs no rules of its own beside his.
    """
    try:
        with transaction.atomic():
            save()
            transaction.set_rollback(True)
    except Invalid as refusal:
        return refusal.errors
    return {}


def show_faults(
    form: forms.BaseForm,
    faults: Mapping[str, Sequence[str]],
    names: Mapping[str, str] | None = None,
) -> None:
    """Put each fault at its field of the form; the rest of its path (`.url`, `[3].to`) begins the sentence.

    `names` says which field stands for another name. A fault of no field goes to the top.
    """
    for path, texts in faults.items():
        first = path.replace("[", ".").partition(".")[0]
        field = (names or {}).get(first, first)
        rest = path[len(first) :].lstrip(".")
        known = field in form.fields
        for text in texts:
            told = f"{rest}: {text}" if rest else str(text)
            form.add_error(field if known else None, told if known else f"{path}: {text}")


class UniqueNames:
    """For a form: names that must differ without regard to case say so at their field."""

    unique_names: Sequence[str] = ("name",)

    def clean(self) -> dict[str, Any]:
        super().clean()  # type: ignore[misc]  # mixed into a ModelForm, which has all of this
        cleaned: dict[str, Any] = self.cleaned_data  # type: ignore[attr-defined]
        for name in self.unique_names:
            value = cleaned.get(name)
            others = self._meta.model._default_manager.exclude(pk=self.instance.pk)  # type: ignore[attr-defined]  # noqa: SLF001
            if value and others.filter(**{f"{name}__iexact": value}).exists():
                self.add_error(name, _("“%(name)s” is taken.") % {"name": value})  # type: ignore[attr-defined]
        return cleaned


def when(field: str, label: Any) -> Callable[[Any, Any], SafeString]:
    """A column for a moment: the date in the reader's zone, as `<time>`. Sorts as the field does."""

    @admin.display(description=label, ordering=field, empty_value="–")
    def column(_admin: Any, row: Any) -> SafeString:
        moment: datetime | None = getattr(row, field)
        return moments.element(moment) if moment else SafeString("–")

    return column


def code(value: Any) -> SafeString:
    """A value as it stands in JSON, in a box of its own."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html('<pre class="codebox" tabindex="0">{}</pre>', text)


def lines(text: str) -> SafeString:
    """A text that users wrote, with its lines, escaped."""
    return format_html('<pre class="codebox" tabindex="0">{}</pre>', text)


def note_field() -> forms.CharField:
    """The field of a form that asks why a version is made."""
    return forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        required=False,
        widget=AdminTextInputWidget,
        help_text=gettext_lazy("Kept with this version, for those who ask later."),
    )
