"""A new password for somebody who forgot his: a link by mail, which counts once."""

from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import (
    INTERNAL_RESET_SESSION_TOKEN,
    PasswordResetCompleteView,
    PasswordResetConfirmView,
    PasswordResetDoneView,
    PasswordResetView,
)
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from tessera.accounts import device, login, resets
from tessera.accounts.models import User
from tessera.desk import publishing, tasks
from tessera.desk.forms.session import NewPasswordForm, ResetForm
from tessera.desk.views.session import paced
from tessera.lib.errors import Throttled


class Asked(PasswordResetView):
    """Who asks gets one answer, in the same time, whether anybody has that address."""

    template_name = "desk/session/reset.html"
    form_class: Any = ResetForm

    def form_valid(self, form: Any) -> HttpResponse:
        """A worker writes the mail; for an address that nobody has it finds nothing to do."""
        try:
            user_id = resets.ERRAND.ask(form.cleaned_data["email"])
        except Throttled as refusal:
            form.add_error(None, form.refuse(refusal))
            return paced(self.form_invalid(form), form)
        publishing.send(tasks.send_password_reset, user_id)
        return redirect("password_reset_done")


class Sent(PasswordResetDoneView):
    """What happens now."""

    template_name = "desk/session/reset_sent.html"


class Chosen(PasswordResetConfirmView):
    """The page that the link leads to."""

    template_name = "desk/session/reset_confirm.html"
    form_class: Any = NewPasswordForm

    def get_user(self, uidb64: str) -> User | None:
        """Nobody who may not come in."""
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        """The link is asked once more under a lock: of two who come with it at once, one finds it used."""
        token = self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, "")
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=form.user.pk)
            if not user.is_active or not default_token_generator.check_token(user, token):
                return redirect(self.request.path)
            form.user = user
            form.save()
            resets.done(user)
        response = redirect("password_reset_complete")
        device.remember(response, self.request, login.fold(user.username))
        return response


class Done(PasswordResetCompleteView):
    """And now in."""

    template_name = "desk/session/reset_done.html"
