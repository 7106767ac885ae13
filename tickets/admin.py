"""Queues in the administration, and the rows of tickets to look at. A ticket itself is shown by `tessera.desk`."""

from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from tessera.lib import admin as site
from tessera.lib.admin import PlainChoices, ReadOnlyAdmin, SiteAdmin, UniqueNames, when
from tessera.lib.errors import Invalid
from tessera.lib.query.fold import fold
from tickets import (  # noqa: F401  # register themselves
    admin_fields,
    admin_lifecycles,
    admin_people,
    admin_rights,
    fielding,
    naming,
)
from tickets.models import (
    Attachment,
    Link,
    Message,
    Queue,
    QueueField,
    Transaction,
    Watcher,
)
from tickets.models.ticket import ticket_key

M = TypeVar("M", bound=Model)


class QueueForm(UniqueNames, forms.ModelForm[Queue]):
    """A queue takes a lifecycle that was published."""

    class Meta:
        model = Queue
        fields = (
            "name",
            "description",
            "lifecycle",
            "correspond_address",
            "comment_address",
            "disabled",
        )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        published = Lifecycle.objects.exclude(current=None)
        self.fields["lifecycle"].queryset = published  # type: ignore[attr-defined]  # a ModelChoiceField
        if self.instance.pk is None:
            self.initial.setdefault("lifecycle", published.filter(name="default").first())


class FieldFormSet(forms.BaseInlineFormSet[QueueField, Queue, Any]):
    """Each box has a name: in a table the column's heading alone does not give it one."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, label in (
            ("position", _("Position")),
            ("field", _("Custom field")),
            ("DELETE", _("Take it off the queue")),
        ):
            widget = form.fields[name].widget
            # The admin wraps the box of a foreign key with links.
            getattr(widget, "widget", widget).attrs["aria-label"] = label

    def clean(self) -> None:
        """Where a field is, those that it depends on must be."""
        super().clean()
        kept = [
            form.cleaned_data["field"]
            for form in self.forms
            if form.cleaned_data.get("field") and not form.cleaned_data.get("DELETE")
        ]
        try:
            fielding.refuse_lone_in(kept, "field")
        except Invalid as refusal:
            raise forms.ValidationError(refusal.errors["field"]) from None


class FieldInline(PlainChoices, admin.TabularInline[QueueField, Queue]):
    """The queue's custom fields in their order."""

    model = QueueField
    formset = FieldFormSet
    extra = 0
    fields = ("position", "field")
    ordering = ("position", "pk")
    verbose_name = _("custom field")
    verbose_name_plural = _("Custom fields, in the order of their positions")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """Not the hidden ones, but for those that are there already."""
        if db_field.name == "field":
            given["queryset"] = CustomField.objects.filter(disabled=False)
        return super().formfield_for_foreignkey(db_field, request, **given)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueueField]:
        """Hidden fields keep their place unseen."""
        return super().get_queryset(request).filter(field__disabled=False)


@admin.register(Queue)
class QueueAdmin(SiteAdmin[Queue]):
    """Queues. They are disabled, never deleted: tickets stand in them."""

    form = QueueForm
    inlines = (FieldInline,)
    list_display = ("name", "description", "lifecycle", "correspond_address", "disabled")
    list_select_related = ("lifecycle",)
    list_filter = ("disabled",)
    search_fields = ("name__istartswith",)
    search_help_text = _("The beginning of a name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OfTicketAdmin(ReadOnlyAdmin[M], Generic[M]):
    """Rows that belong to a ticket: newest first, found by the ticket's key."""

    ordering = ("-id",)
    search_fields = ("id",)  # shows the box; `get_search_results` reads it
    search_help_text = _("A ticket's key, such as TKT-0012")
    list_select_related: ClassVar[Any] = False
    ticket_path = "ticket"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:  # Django's signature
        if not search_term.strip():
            return queryset, False
        number = naming.typed(search_term)
        if number is None:
            return queryset.none(), False
        return queryset.filter(**{self.ticket_path: number}), False

    @admin.display(description=_("ticket"), ordering=None)
    def ticket_link(self, row: Any) -> SafeString:
        """Its key, leading to it."""
        return link_to_ticket(row.ticket_id)


def link_to_ticket(number: int) -> SafeString:
    """A ticket's key, leading to its page in the administration."""
    url = reverse("admin:tickets_ticket_change", args=[number])
    return format_html('<a class="nowrap" href="{}">{}</a>', url, ticket_key(number))


class TypeFilter(admin.SimpleListFilter):
    """By type. The types are known: asking the table for them would read all of it."""

    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = "Create StatusChange Set CustomField Comment Correspond AddWatcher DelWatcher"
        more = "AddLink DeleteLink EmailRecord WebhookDelivery ScripError"
        return [(name, name) for name in f"{names} {more}".split()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(Transaction)
class TransactionAdmin(OfTicketAdmin[Transaction]):
    """The log. The database itself refuses to change it."""

    list_display = ("id", "ticket_link", "seq", "type", "field", "creator", "rule", "at")
    list_select_related = ("creator",)
    list_filter = (TypeFilter,)
    sortable_by = ("id",)
    fields = (
        "ticket_link",
        "seq",
        "type",
        "field",
        "old",
        "new",
        "more",
        "creator",
        "rule",
        "at",
        "batch",
        "digest",
    )
    readonly_fields = fields
    at = when("created_at", _("created"))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Of one type the index on (type, created) gives the newest first; else the rows' own order does."""
        return ("-created_at", "-id") if request.GET.get("type") else ("-id",)

    @admin.display(description=_("made by the scrip"), empty_value="–")
    def rule(self, row: Transaction) -> SafeString | None:
        """The scrip that caused it, by its number: it may be gone."""
        if row.cause_scrip_id is None:
            return None
        url = reverse("admin:scrips_scrip_change", args=[row.cause_scrip_id])
        return format_html('<a href="{}">{}</a>', url, row.cause_scrip_id)

    @admin.display(description=_("old value"))
    def old(self, row: Transaction) -> SafeString:
        return site.code(row.old_value)

    @admin.display(description=_("new value"))
    def new(self, row: Transaction) -> SafeString:
        return site.code(row.new_value)

    @admin.display(description=_("data"))
    def more(self, row: Transaction) -> SafeString:
        return site.code(row.data)


@admin.register(Message)
class MessageAdmin(OfTicketAdmin[Message]):
    """What was said, as text."""

    list_display = ("id", "ticket_link", "start", "internal", "creator", "at")
    list_select_related = ("creator",)
    sortable_by = ("id",)
    fields = ("ticket_link", "internal", "content_type", "text", "creator", "at", "sha256")
    readonly_fields = fields
    at = when("created_at", _("created"))

    @admin.display(description=_("content"))
    def start(self, row: Message) -> str:
        """Its first words."""
        return row.content[:80]

    @admin.display(description=_("content"))
    def text(self, row: Message) -> SafeString:
        """All of it, escaped."""
        return site.lines(row.content)


@admin.register(Attachment)
class AttachmentAdmin(OfTicketAdmin[Attachment]):
    """Files; those without a message wait for one to take them."""

    ticket_path = "message__ticket"
    list_display = ("id", "download", "content_type", "size", "creator", "at")
    list_select_related = ("creator",)
    sortable_by = ("id",)
    fields = ("download", "content_type", "size", "sha256", "message", "creator", "at")
    readonly_fields = fields
    at = when("created_at", _("created"))

    @admin.display(description=_("file"))
    def download(self, row: Attachment) -> SafeString:
        """The API serves it, as an attachment."""
        url = reverse("attachments-detail", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, row.filename)


@admin.register(Watcher)
class WatcherAdmin(OfTicketAdmin[Watcher]):
    """Who watches what, in which role."""

    list_display = ("id", "ticket_link", "role", "email")
    list_select_related = False
    sortable_by = ("id",)
    search_help_text = _("A ticket's key, such as TKT-0012, or a whole e-mail address")
    fields = ("ticket_link", "role", "email")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Watcher], search_term: str
    ) -> tuple[QuerySet[Watcher], bool]:
        if "@" in search_term:
            return queryset.filter(address=fold(search_term.strip())), False
        return super().get_search_results(request, queryset, search_term)


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin[Link]):
    """Which ticket points to which."""

    ordering = ("-id",)
    list_display = ("id", "here", "type", "there")
    sortable_by = ("id",)
    search_fields = ("id",)
    search_help_text = _("A ticket's key, such as TKT-0012")
    fields = ("here", "type", "there")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Link], search_term: str
    ) -> tuple[QuerySet[Link], bool]:  # Django's signature
        if not search_term.strip():
            return queryset, False
        number = naming.typed(search_term)
        found = queryset.filter(source=number) | queryset.filter(target=number)
        return (found if number else queryset.none()), False

    @admin.display(description=_("ticket"))
    def here(self, row: Link) -> SafeString:
        return link_to_ticket(row.source_id)

    @admin.display(description=_("other ticket"))
    def there(self, row: Link) -> SafeString:
        return link_to_ticket(row.target_id)
