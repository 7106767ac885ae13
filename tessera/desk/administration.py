"""The administration: Django's admin as one room of the site, with one login for all and a start of its own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite as DjangoAdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import DatabaseError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from tessera.accounts import audit
from tessera.accounts.models import User
from tessera.accounts.rights import SUPER_USER
from tessera.accounts.snapshots import Snapshot, snapshot
from tessera.desk.access import own, reader
from tessera.desk.census import steps
from tessera.desk.dashboard import dashboard
from tessera.desk.sidebar import sidebar
from tessera.desk.views import checkup, configuration, site, who_may
from tickets import access


class Suggestions(AutocompleteJsonView):
    """What the boxes that are typed into offer: people with what tells them apart."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, Any]:
        found: dict[str, Any] = super().serialize_result(obj, to_field_name)
        return {**found, "text": obj.described} if isinstance(obj, User) else found


class AdminSite(DjangoAdminSite):
    """Wears the face of the pages (templates/admin), and counts what there is on its start."""

    site_title = _("Tessera")
    site_header = _("Tessera")
    index_title = _("Administration")

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # Django's
        """Everybody logs in at the same place; who may not enter is told so there."""
        if self.has_permission(request):
            return redirect("admin:index")
        wanted = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('login')}?{urlencode({'next': wanted})}")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # Django's
        """As Django's. What is asked for by a NUL is not there: Django asks the database, which fails at it. Pages of
        our own have a word for it."""

        @wraps(view)
        def nothing_by_nul(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return view(request, *args, **kwargs)
            except (ValueError, DatabaseError):
                if "%00" not in request.META["QUERY_STRING"]:
                    raise
                raise Http404 from None

        return super().admin_view(nothing_by_nul, cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With the pages that are no table's."""
        pages = [
            path("who-may", self.admin_view(who_may.page), name="who_may"),
            path("settings", self.admin_view(site.page), name="site_settings"),
            path("check", self.admin_view(checkup.page), name="checkup"),
            path("who-may/suggest", self.admin_view(who_may.suggest), name="who_may_suggest"),
            path("configuration", self.admin_view(configuration.page), name="configuration"),
            path(
                "configuration/export",
                self.admin_view(configuration.export),
                name="configuration_export",
            ),
        ]
        return [*pages, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> Any:
        """With the list at the side, which is drawn only where it is shown."""
        context = super().each_context(request)
        apps = context["available_apps"]
        return {**context, "sidebar": SimpleLazyObject(lambda: sidebar(request, apps))}

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Django's, in our words."""
        return Suggestions.as_view(admin_site=self)(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # Django's
        """One's own password is changed on one's own page."""
        return redirect("account")

    def look(self, row: Model) -> Snapshot:
        """What the audit compares with."""
        return snapshot(row)

    def added(self, request: HttpRequest, row: Model) -> None:
        """For the audit."""
        audit.added(row, actor=_writer(request))

    def changed(self, request: HttpRequest, row: Model, before: Snapshot) -> None:
        """For the audit. The row is read anew: what a form holds is not what was kept."""
        kept = type(row)._base_manager.get(pk=row.pk)  # noqa: SLF001  # documented, whatever its name
        audit.changed(kept, before, actor=_writer(request))

    def deleted(self, request: HttpRequest, row: Model) -> None:
        """For the audit."""
        audit.deleted(row, actor=_writer(request))

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The start: whether all is well, and where to begin."""
        user = own(request)

        def may_see(name: str) -> bool:
            app, _underscore, model = name.partition("_")
            return user.has_perm(f"{app}.view_{model}")

        shown = {
            "steps": steps(may_see),
            "board": dashboard(user),
            "everything": access.may(reader(request), SUPER_USER),
        }
        return super().index(request, {**shown, **(extra_context or {})})


def _writer(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
