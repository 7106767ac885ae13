"""The administration: Django's admin as one room of the site, with one login for all and a start of its own."""

from typing import Any

from django.contrib.admin import AdminSite as DjangoAdminSite
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from tessera.accounts import audit
from tessera.accounts.models import User
from tessera.accounts.snapshots import Snapshot, snapshot
from tessera.desk.census import steps


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
        """The start: where to begin, and how much there is of it."""
        user = request.user

        def may_see(name: str) -> bool:
            app, _underscore, model = name.partition("_")
            return user.has_perm(f"{app}.view_{model}")

        return super().index(request, {"steps": steps(may_see), **(extra_context or {})})


def _writer(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
