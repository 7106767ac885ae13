"""What the forms of roles and grants have in common: `tickets.granting` judges and saves, and the forms ask it."""

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.admin import SiteAdmin
from tessera.lib.errors import Forbidden, NotFound, Refused
from tickets import granting
from tickets.access import Actor, actor_of

M = TypeVar("M", bound=Model)


def acting(request: HttpRequest) -> Actor:
    """The person at the other end."""
    assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
    return actor_of(request.user)


class JudgedForm(forms.ModelForm[M], Generic[M]):
    """Tries the very save that would follow: what `granting` refuses stands at its field."""

    # Set on the class that the admin makes for each request.
    actor: ClassVar[Actor]

    def save_judged(self) -> M:
        """Save by the service. Raises `Refused`."""
        raise NotImplementedError

    def field_of(self, refusal: Forbidden) -> str:
        """Where a refusal is told that names no field."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                site.show_faults(self, site.faults_of(self.save_judged))
            except Forbidden as refusal:
                self.add_error(self.field_of(refusal), str(refusal))
        return cleaned

    def validate_unique(self) -> None:
        """The service asked that."""

    def validate_constraints(self) -> None:
        """And that."""


class JudgedAdmin(SiteAdmin[M], Generic[M]):
    """What is refused after all, because somebody else was faster, is told and not a fault of the server."""

    class Media:
        css: ClassVar = {"all": ["css/rights.css"]}

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **given)
        form.actor = acting(request)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._told(
            request,
            lambda: super(JudgedAdmin, self).changeform_view(
                request, object_id, form_url, extra_context
            ),
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._told(
            request, lambda: super(JudgedAdmin, self).delete_view(request, object_id, extra_context)
        )

    def _told(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return view()
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        """By the service, never by the row itself."""
        obj.pk = form.save_judged().pk
        obj.refresh_from_db()


def fresh(row: M) -> M | None:
    """A row that is there already as it is now; None for a new one. Raises `NotFound` where it is gone.

    Roles are locked first, as whoever writes roles or grants does: it stays so until the transaction ends.
    """
    if row.pk is None:
        return None
    granting.take_turns()
    held = type(row)._default_manager.filter(pk=row.pk).first()  # noqa: SLF001  # documented, whatever its name
    if held is None:
        raise NotFound(_("Somebody has deleted it meanwhile."))
    return held


def plain_choice(rows: QuerySet[Any], **given: Any) -> forms.ModelChoiceField[Any]:
    """A choice among few rows, without the links that the admin puts beside it."""
    return forms.ModelChoiceField(rows, **given)
