"""What one says of oneself, and keys for one's programs."""

import zoneinfo
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import ApiToken, User
from tessera.lib import clock


class ProfileForm(forms.ModelForm[User]):
    """Name and time zone. Username and address are what others know one by: administrators change them."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Every time on the pages is shown in it.")
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "time_zone")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(name, name.replace("_", " ")) for name in zones]  # type: ignore[attr-defined]  # a ChoiceField
        for name in ("first_name", "last_name"):
            self.fields[name].widget.attrs["autocomplete"] = {
                "first_name": "given-name",
                "last_name": "family-name",
            }[name]

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002, ARG002  # Django's signature
        """These fields alone."""
        self.instance.save(update_fields=self.Meta.fields)
        return self.instance


class TokenForm(forms.ModelForm[ApiToken]):
    """A token before it is made."""

    expires_at = forms.DateTimeField(
        label=_("Expires"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In your time zone. Empty: never."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "expires_at")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["name"].required = True
        self.fields["name"].help_text = _("What it is for, so that you know it again.")

    def clean_expires_at(self) -> datetime | None:
        """Still to come."""
        moment: datetime | None = self.cleaned_data["expires_at"]
        if moment is not None and moment <= clock.now():
            raise ValidationError(_("That time has passed."), code="passed")
        return moment
