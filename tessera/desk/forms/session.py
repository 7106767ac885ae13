"""Coming in, and getting back in by mail."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from tessera.accounts import login
from tessera.accounts.models import User
from tessera.lib.errors import Throttled


class Paced:
    """For a form that may be refused because of too many tries: `refusal` then says so, and the view answers 429."""

    refusal: Throttled | None = None

    def refuse(self, refusal: Throttled) -> ValidationError:
        """Keep it, and give what the page tells."""
        self.refusal = refusal
        return ValidationError(str(refusal.detail), code="throttled")


class LoginForm(Paced, AuthenticationForm):
    """Name and password, judged by `tessera.accounts.login`."""

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Who it is, or one answer to an unknown name, a wrong password and a disabled user."""
        name, password = (self.cleaned_data.get(key) for key in ("username", "password"))
        if name and password and self.request is not None:
            try:
                self.user_cache = login.attempt(self.request, name, password)
            except Throttled as refusal:
                raise self.refuse(refusal) from None
            if self.user_cache is None:
                raise self.get_invalid_login_error()
        return self.cleaned_data


class ResetForm(Paced, forms.Form):
    """The address that the link goes to."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """A password under the site's rules, twice."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002, ARG002  # Django's signature
        """Writes the password alone: whatever else happened to the user meanwhile stands."""
        user: User = self.user
        user.set_password(self.cleaned_data["new_password1"])
        user.save(update_fields=["password"])
        return user


class OwnPasswordForm(Paced, NewPasswordForm):
    """The same for somebody who is logged in, and has to know the old one."""

    old_password = forms.CharField(
        label=_("Old password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    field_order = ("old_password", "new_password1", "new_password2")

    @sensitive_variables()
    def clean_old_password(self) -> str:
        """Asked at a pace: a session that was left open is no way to guess it."""
        old: str = self.cleaned_data["old_password"]
        try:
            right = login.check_own_password(self.user, old)
        except Throttled as refusal:
            raise self.refuse(refusal) from None
        if not right:
            raise ValidationError(_("That is not your password."), code="password_incorrect")
        return old
