"""People, groups and keys in the administration. `tickets.admin_people` registers them, guarded by the grants."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth import models as auth_models
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.accounts import (
    audit_admin,  # noqa: F401  # registers the audit
    tokens,
)
from tessera.accounts.models import ApiToken, Group, User
from tessera.lib import clock
from tessera.lib.admin import SiteAdmin, UniqueNames, when
from tessera.lib.errors import LimitReached

# Django's own groups give rights that nobody here asks for.
admin.site.unregister(auth_models.Group)


class UserForm(UniqueNames, UserChangeForm[User]):
    """A user without the password: it is set on a page of its own, and its hash is shown nowhere."""

    password = None  # type: ignore[assignment]  # Django's way to take a field out of a form
    unique_names = ("username", "email")

    class Meta:
        model = User
        fields = (
            "username",
            "email",
            "first_name",
            "last_name",
            "time_zone",
            "language",
            "disabled",
        )


class NewUserForm(AdminUserCreationForm[User]):
    """A user, and a first password where one is wanted."""

    class Meta:
        model = User
        fields = ("username", "email")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email and User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("“%(name)s” is taken."), params={"name": email})
        return email


class UserAdmin(SiteAdmin[User], DjangoUserAdmin[User]):
    """People. They are disabled, never deleted: the log speaks of them."""

    form = UserForm
    add_form = NewUserForm
    ordering = ("username",)
    list_display = ("username", "name", "email", "disabled", "kind")
    list_filter = ("disabled", "kind")
    search_fields = (
        *("username__istartswith", "email__istartswith"),
        *("first_name__istartswith", "last_name__istartswith"),
    )
    search_help_text = gettext_lazy("The beginning of a username, an address or a name")
    filter_horizontal = ()
    readonly_fields = ("kind", "set_password", "made")
    fieldsets = (
        (
            None,
            {"fields": ("username", "email", "first_name", "last_name", "time_zone", "language")},
        ),
        (gettext_lazy("Access"), {"fields": ("set_password", "disabled", "kind")}),
        (None, {"fields": ("made",)}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),
    )
    made = when("created_at", gettext_lazy("created"))

    @admin.display(description=gettext_lazy("password"))
    def set_password(self, user: User) -> SafeString:
        """Whether there is one, and where it is set."""
        told = _("Set.") if user.has_usable_password() else _("None: no login by password.")
        link = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('{} <a href="{}">{}</a>', told, link, _("Set another"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The system user is always as it is."""
        if obj is not None and obj.kind == User.Kind.SYSTEM:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody locks himself out."""
        own = ("disabled",) if obj is not None and obj.pk == request.user.pk else ()
        return (*self.readonly_fields, *own)


class GroupForm(UniqueNames, forms.ModelForm[Group]):
    """A group."""

    class Meta:
        model = Group
        fields = ("name", "members")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if "members" in self.fields:
            people = User.objects.filter(kind=User.Kind.PERSON)
            self.fields["members"].queryset = people  # type: ignore[attr-defined]  # a ModelMultipleChoiceField


class GroupAdmin(SiteAdmin[Group]):
    """People who are given rights, or written to, together."""

    form = GroupForm
    list_display = ("name", "size")
    search_fields = ("name__istartswith",)
    search_help_text = gettext_lazy("The beginning of a name")
    autocomplete_fields = ("members",)

    @admin.display(description=gettext_lazy("members"))
    def size(self, group: Group) -> int:
        """Counted with the list."""
        return len(group.members.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).prefetch_related("members")


class TokenForm(forms.ModelForm[ApiToken]):
    """A token before it is issued."""

    expires_at = forms.DateTimeField(
        label=gettext_lazy("Expires"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("In your time zone. Empty: never."),
    )

    class Meta:
        model = ApiToken
        fields = ("user", "name", "expires_at")
        help_texts: ClassVar = {
            "user": gettext_lazy("A program that has the key may do all that this person may do."),
            "name": gettext_lazy("What it is for, so that you know it again."),
        }

    def clean(self) -> dict[str, Any]:
        """In the transaction in which it is issued."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk is None and "user" in found:
            try:
                tokens.ask_room(found["user"])
            except LimitReached as refusal:
                self.add_error("user", str(refusal.detail))
        return found


class UseFilter(admin.SimpleListFilter):
    """Which keys are worth a look: those that open something without need."""

    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("never", _("Never used")),
            ("old", _("Not used for 90 days")),
            ("endless", _("Never expires")),
            ("expired", _("Expired")),
            ("disabled", _("Of a disabled user")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = clock.now()
        wanted = {
            "never": Q(last_used_at=None),
            "old": Q(last_used_at__lt=now - timedelta(days=90)),
            "endless": Q(expires_at=None),
            "expired": Q(expires_at__lte=now),
            "disabled": Q(user__disabled=True),
        }.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


class ApiTokenAdmin(SiteAdmin[ApiToken]):
    """Keys for programs. A key is shown once, when it is made; deleting it revokes it."""

    form = TokenForm
    list_display = ("begins_with", "user", "name", "made", "expires", "used")
    list_filter = (UseFilter,)
    list_select_related = ("user",)
    ordering = ("-created_at",)
    search_fields = ("user__username__istartswith", "name__istartswith")
    search_help_text = gettext_lazy("The beginning of a username or of a name")
    autocomplete_fields = ("user",)
    made = when("created_at", gettext_lazy("created"))
    expires = when("expires_at", gettext_lazy("expires"))
    used = when("last_used_at", gettext_lazy("last used"))

    @admin.display(description=gettext_lazy("begins with"))
    def begins_with(self, token: ApiToken) -> str:
        """The first characters, to tell keys apart."""
        return f"{token.hint}…"

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One way to save: the key is shown next, and nothing else."""
        one = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**one, **(extra_context or {})})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = ("user", "name", "expires_at")
        return fields if obj is None else ("begins_with", *fields, "made", "used")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("begins_with", "user", "made", "used")

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """A new one is issued; its key lives in this request and nowhere else."""
        if change:
            obj.save(update_fields=["name", "expires_at"])
            return
        key = ApiToken.issue(obj.user, name=obj.name, expires_at=obj.expires_at)
        obj.pk = ApiToken.objects.values_list("pk", flat=True).get(digest=ApiToken.digest_of(key))
        obj.refresh_from_db()
        request.issued_key = key  # type: ignore[attr-defined]  # read by response_add below

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page with the key: no message, because messages may lie in a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy the key now"),
            "key": request.issued_key,  # type: ignore[attr-defined]
            "token": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/accounts/apitoken/issued.html", context)
