"""What one says of oneself, and keys for one's programs."""

import zoneinfo
from datetime import datetime
from functools import cache
from typing import Any

from django import forms
from django.conf import global_settings, settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import ApiToken, User
from tessera.lib import clock
from tessera.lib.longselect import LongSelect


class ProfileForm(forms.ModelForm[User]):
    """Name, time zone and language. Username and address are what others know one by: administrators change them."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        widget=LongSelect,
        help_text=_("Every time on the pages is shown in it."),
    )

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        help_text=_("Of the pages, and of dates and numbers in mails that are for you alone."),
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "time_zone", "language")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["time_zone"].choices = _zones()  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["language"].choices = languages()  # type: ignore[attr-defined]  # a ChoiceField
        for name in ("first_name", "last_name"):
            self.fields[name].widget.attrs["autocomplete"] = {
                "first_name": "given-name",
                "last_name": "family-name",
            }[name]

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002, ARG002  # Django's signature
        """These fields alone."""
        self.instance.save(update_fields=self.Meta.fields)
        return self.instance


@cache
def _zones() -> tuple[tuple[str, str], ...]:
    """All there are. Looked for once: it reads a folder tree."""
    names = sorted(zoneinfo.available_timezones())
    return tuple((name, name.replace("_", " ")) for name in names)


def languages() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Those that the pages are translated to, then all others, by their own names."""
    translated = dict(settings.LANGUAGES)
    named = [
        (code, get_language_info(code)["name_local"]) for code, _name in global_settings.LANGUAGES
    ]
    named.sort(key=lambda each: each[1].casefold())
    return [
        ("", gettext("What the browser asks for")),
        *((code, name) for code, name in named if code in translated),
        (
            gettext("In mails only: dates and numbers"),
            [(code, name) for code, name in named if code not in translated],
        ),
    ]


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
