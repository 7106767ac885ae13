"""How one likes it: each part of one's own page is a form that saves by itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import User


class PartForm(forms.ModelForm[User]):
    """Some fields of oneself."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **({"auto_id": "m_%s"} | given))

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002, ARG002  # Django's signature
        """These fields alone."""
        self.instance.save(update_fields=list(self.fields))
        return self.instance


class LooksForm(PartForm):
    """Theme and density."""

    theme = forms.ChoiceField(
        label=_("Theme"), choices=User.Theme.choices, widget=forms.RadioSelect
    )
    density = forms.ChoiceField(
        label=_("Density"),
        choices=User.Density.choices,
        widget=forms.RadioSelect,
        help_text=_("Compact shows more of a list, and more of a conversation, at once."),
    )

    class Meta:
        model = User
        fields = ("theme", "density")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        # What is shown while nothing is chosen.
        self.initial["theme"] = self.initial["theme"] or User.Theme.LIGHT.value
        self.initial["density"] = self.initial["density"] or User.Density.COMFORTABLE.value


class SignatureForm(PartForm):
    """What stands below one's replies."""

    signature = forms.CharField(
        label=_("Signature"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        help_text=_("Plain text. It is put below replies to customers, never below comments."),
    )

    class Meta:
        model = User
        fields = ("signature",)

    def clean_signature(self) -> str:
        """With line ends as texts have them here."""
        text: str = self.cleaned_data["signature"]
        return text.replace("\r\n", "\n")


class MailsForm(PartForm):
    """Which mails of rules one wants as a colleague."""

    wanted = forms.MultipleChoiceField(
        label=_("Mail me when"),
        choices=User.Mail.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Rules decide who gets a mail; what is not ticked they leave out for you. What you ask for as a customer"
            " still reaches you."
        ),
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        without = self.instance.unwanted_mails
        self.initial["wanted"] = [kind for kind in User.Mail.values if kind not in without]

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002, ARG002  # Django's signature
        wanted = self.cleaned_data["wanted"]
        self.instance.unwanted_mails = [kind for kind in User.Mail.values if kind not in wanted]
        self.instance.save(update_fields=["unwanted_mails"])
        return self.instance
