"""The administration: Django's admin as one room of the site, with one login for all and a start of its own."""

from typing import Any

from django.contrib.admin import AdminSite as DjangoAdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from tessera.desk.census import steps


class AdminSite(DjangoAdminSite):
    """Wears the face of the pages (templates/admin), and counts what there is on its start."""

    site_title = _("Tessera")
    site_header = _("Tessera")
    index_title = _("Administration")

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002  # Django's
        """Everybody logs in at the same place; who may not enter is told so there."""
        if self.has_permission(request):
            return redirect("admin:index")
        wanted = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('login')}?{urlencode({'next': wanted})}")

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The start: where to begin, and how much there is of it."""
        user = request.user

        def may_see(name: str) -> bool:
            app, _underscore, model = name.partition("_")
            return user.has_perm(f"{app}.view_{model}")

        return super().index(request, {"steps": steps(may_see), **(extra_context or {})})
