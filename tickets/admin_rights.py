"""Roles and grants in the administration. `tickets.granting` judges and saves; the forms ask it."""

from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.widgets import AdminTextInputWidget, AutocompleteSelect
from django.db import transaction
from django.db.models import Count, Model, QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from tessera.accounts.models import Group, Role, User
from tessera.accounts.rights import BUILT_IN
from tessera.lib.errors import Forbidden, Refused
from tickets import config, granting
from tickets import rights_widget as rights
from tickets.admin_judged import JudgedAdmin, JudgedForm, acting, fresh, plain_choice
from tickets.models import Grant, Queue
from tickets.rights_matrix import matrix
from tickets.rights_widget import RightsWidget

M = TypeVar("M", bound=Model)
_RECEIVERS = ("user", "group", "ticket_role")
_NAMED = 5  # how many of those that stay are named


class RoleForm(JudgedForm[Role]):
    """A role: a name, what it inherits, and rights of its own."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=AdminTextInputWidget)
    inherits = plain_choice(
        Role.objects.all(),
        label=gettext_lazy("Inherits"),
        required=False,
        empty_label=gettext_lazy("nothing"),
        help_text=gettext_lazy("All that the other role may, this one may too."),
    )
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"), required=False, widget=RightsWidget
    )

    class Meta:
        model = Role
        fields = ("name", "inherits", "rights")

    class Media:
        js: ClassVar = [Script("js/rights.js", type="module")]

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if self.instance.name in BUILT_IN and "name" in self.fields:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = _(
                "A built-in role keeps its name, and is never deleted."
            )
        if "rights" in self.fields:
            self._offer_rights()

    def _offer_rights(self) -> None:
        self.roles = {role.pk: role for role in Role.objects.all()}
        self.inherited = rights.inheritance(self.roles)
        offered = rights.groups(self.actor.config, frozenset(self.instance.rights))
        field: Any = self.fields["rights"]
        field.choices = [(right.name, right.name) for _label, held in offered for right in held]
        field.widget.shown = rights.Shown(offered, self.inherited, self._parent())

    def _parent(self) -> int | None:
        """The role that is inherited now, or that was sent."""
        value = self["inherits"].value()
        return int(value) if str(value).isdecimal() and int(value) in self.roles else None

    def clean_rights(self) -> list[str]:
        """What is ticked, and what the role holds itself under a tick that stands fast."""
        parent = self.cleaned_data.get("inherits")
        comes = self.inherited[parent.pk].keys() if parent else frozenset()
        return sorted({*self.cleaned_data["rights"], *comes & set(self.instance.rights)})

    def save_judged(self) -> Role:
        """The role is read anew: what the form holds is not what is kept."""
        cleaned = self.cleaned_data
        row = fresh(self.instance)
        parent = cleaned["inherits"]
        values = {**cleaned, "inherits": parent.name if parent else None}
        return granting.save_role(row, values, actor=self.actor)

    def field_of(self, refusal: Forbidden) -> str:
        """At the rights, unless what is lacking comes with the inherited role alone."""
        return "rights" if refusal.extra.get("right") in self.cleaned_data["rights"] else "inherits"


@admin.register(Role)
class RoleAdmin(JudgedAdmin[Role]):
    """Roles. One goes only when nobody holds it, no other role inherits it, and it was not built in."""

    form = RoleForm
    fields = ("name", "inherits", "rights")
    list_display = ("title", "may", "inherits", "granted")
    list_display_links = ("title",)
    list_select_related = ("inherits",)
    actions: Any = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Role]:
        return super().get_queryset(request).annotate(times=Count("grants"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With all rights of all roles below the list."""
        context = {"matrix": matrix(config.current())}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def title(self, role: Role) -> SafeString:
        """With a word where it is always there."""
        tag = (
            format_html(' <span class="tag nowrap">{}</span>', _("built in"))
            if role.name in BUILT_IN
            else ""
        )
        return format_html("{}{}", role.name, tag)

    @admin.display(description=gettext_lazy("rights of its own"), empty_value="–")
    def may(self, role: Role) -> str:
        """Their names."""
        return ", ".join(role.rights)

    @admin.display(description=gettext_lazy("granted"), ordering="times")
    def granted(self, role: Role) -> SafeString:
        """How often, leading to whom."""
        times: int = getattr(role, "times", 0)
        told = ngettext("%(times)d time", "%(times)d times", times) % {"times": times}
        url = reverse("admin:tickets_grant_changelist")
        link = format_html('<a href="{}?role__id__exact={}">{}</a>', url, role.pk, told)
        return link if times else SafeString("–")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """That it is granted or inherited, the page itself says."""
        built_in = obj is not None and obj.name in BUILT_IN
        return not built_in and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Role) -> None:
        granting.delete_role(obj)


class PersonChoice(forms.ModelChoiceField[User]):
    """A user among many thousands, found by typing."""

    def label_from_instance(self, obj: User) -> str:
        return obj.described


class TypedIn(AutocompleteSelect):
    """A choice among many, found by typing; says what to type."""

    def __init__(self, field: str, told: StrOrPromise) -> None:
        super().__init__(Grant._meta.get_field(field), admin.site)  # noqa: SLF001  # Django's own way to a field
        self._told = told

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Django leaves the words empty."""
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        return {**attrs, "data-placeholder": str(self._told)}


class GrantForm(JudgedForm[Grant]):
    """A role for somebody, somewhere."""

    to = forms.ChoiceField(
        label=gettext_lazy("Give to"),
        choices=[
            ("user", gettext_lazy("a user")),
            ("group", gettext_lazy("a group")),
            ("ticket_role", gettext_lazy("whoever is on the ticket, or everyone")),
        ],
        initial="user",
        widget=forms.RadioSelect,
    )
    user = PersonChoice(
        User.objects.all(),
        label=gettext_lazy("User"),
        required=False,
        widget=TypedIn("user", gettext_lazy("Type a username, a name or an address")),
    )
    group = forms.ModelChoiceField(
        Group.objects.all(),
        label=gettext_lazy("Group"),
        required=False,
        widget=TypedIn("group", gettext_lazy("Type the group’s name")),
    )
    ticket_role = forms.ChoiceField(
        label=gettext_lazy("Whoever is"),
        choices=[("", "–"), *Grant.TicketRole.choices],
        required=False,
        help_text=gettext_lazy("Counts on the tickets on which somebody is that."),
    )
    role = plain_choice(
        Role.objects.all(),
        label=gettext_lazy("The role"),
        empty_label="–",
        help_text=gettext_lazy("You can only give what you hold yourself."),
    )
    queue = plain_choice(
        Queue.objects.all(),
        label=gettext_lazy("Where"),
        required=False,
        empty_label=gettext_lazy("everywhere"),
    )

    class Meta:
        model = Grant
        fields = (*_RECEIVERS, "role", "queue")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        set_already = (name for name in _RECEIVERS if self.initial.get(name))
        self.initial.setdefault("to", next(set_already, "user"))

    def clean(self) -> dict[str, Any]:
        """What is not chosen does not count, whatever stands in its box."""
        to = self.cleaned_data.get("to")
        for name in _RECEIVERS:
            if name != to:
                self.cleaned_data[name] = "" if name == "ticket_role" else None
                self.errors.pop(name, None)
        if to and to not in self.errors and not self.cleaned_data[to]:
            self.add_error(to, _("Say to whom."))
        return super().clean()

    def save_judged(self) -> Grant:
        """The grant is read anew: what the form holds is not what is kept."""
        to, queue = self.cleaned_data, self.cleaned_data["queue"]
        wanted = granting.Wanted(
            role=to["role"],
            user_id=to["user"].pk if to["user"] else None,
            group_id=to["group"].pk if to["group"] else None,
            ticket_role=to["ticket_role"],
            queue_id=queue.pk if queue else None,
        )
        return granting.save_grant(fresh(self.instance), wanted, actor=self.actor)

    def field_of(self, refusal: Forbidden) -> str:
        return "role"


class PlaceFilter(admin.SimpleListFilter):
    """By where it counts."""

    title = gettext_lazy("where")
    parameter_name = "queue"
    _EVERYWHERE = "everywhere"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        queues = Queue.objects.order_by("name").values_list("pk", "name")
        return [(self._EVERYWHERE, _("Everywhere")), *((str(pk), name) for pk, name in queues)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.value()
        if not asked:
            return queryset
        if asked == self._EVERYWHERE:
            return queryset.filter(queue=None)
        known = asked.isascii() and asked.isdigit() and len(asked) < 19
        return queryset.filter(queue=int(asked)) if known else queryset.none()


@admin.register(Grant)
class GrantAdmin(JudgedAdmin[Grant]):
    """Who holds which role where. A row reads as a sentence."""

    form = GrantForm
    fields = ("to", *_RECEIVERS, "role", "queue")
    list_display = ("whom", "has", "place")
    list_display_links = ("whom",)
    list_select_related = ("role", "user", "group", "queue")
    list_filter = ("role", PlaceFilter)
    ordering = ("role__name", "pk")
    search_fields = (
        *("user__username__istartswith", "user__email__istartswith"),
        *("user__first_name__istartswith", "user__last_name__istartswith"),
        "group__name__istartswith",
    )
    search_help_text = gettext_lazy("The beginning of a user's or group's name")
    actions = ("delete_selected",)

    @admin.display(description=gettext_lazy("who"))
    def whom(self, grant: Grant) -> str:
        """The beginning of the sentence."""
        return grant.user.described if grant.user else grant.who

    @admin.display(description=gettext_lazy("may what"), ordering="role__name")
    def has(self, grant: Grant) -> SafeString:
        """Its middle, leading to the role."""
        url = reverse("admin:accounts_role_change", args=[grant.role_id])
        role = format_html('<a href="{}">{}</a>', url, grant.role.name)
        return format_html(_("has the role {}"), role)

    @admin.display(description=gettext_lazy("where"), ordering="queue__name")
    def place(self, grant: Grant) -> str:
        """Its end."""
        return grant.where

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        granting.end_grant(obj, actor=acting(request))

    @admin.action(permissions=["delete"], description=gettext_lazy("End the selected grants"))
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet[Grant]
    ) -> HttpResponse | None:
        """Asks first, as Django's action of this name does; then ends each by the service."""
        if not request.POST.get("post"):
            return delete_selected(self, request, queryset)
        ended = 0
        refused: dict[str, list[str]] = {}
        for grant in queryset.select_related(*self.list_select_related):
            if why := self._ended(request, grant):
                refused.setdefault(why, []).append(str(grant))
            else:
                ended += 1
        self._tell(request, ended, refused)
        return None

    def _ended(self, request: HttpRequest, grant: Grant) -> str | None:
        """End one, with its entry in the history. Gives the reason where it stays."""
        try:
            with transaction.atomic():
                self.log_deletions(request, [grant])
                granting.end_grant(grant, actor=acting(request))
        except Refused as refusal:
            return str(refusal)
        return None

    def _tell(self, request: HttpRequest, ended: int, refused: dict[str, list[str]]) -> None:
        if ended:
            told = ngettext("%(count)d grant was ended.", "%(count)d grants were ended.", ended)
            self.message_user(request, told % {"count": ended}, messages.SUCCESS)
        for why, grants in refused.items():
            told = ngettext("%(count)d grant stays.", "%(count)d grants stay.", len(grants))
            named = "; ".join(grants[:_NAMED]) + ("; …" if len(grants) > _NAMED else "")
            self.message_user(
                request, f"{told % {'count': len(grants)}} {why} ({named})", messages.ERROR
            )
