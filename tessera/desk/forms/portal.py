"""What customers fill in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.accounts.models import User
from tessera.desk.forms.new import BeginForm
from tessera.desk.forms.session import Paced
from tessera.desk.portal.fields import asked
from tessera.desk.portal.requests import LONGEST_WORDS
from tickets.config import QueueSpec


class AskForm(BeginForm):
    """A request for help, in the name of whoever sends it."""

    def __init__(self, data: Any = None, *, queue: QueueSpec, user: User) -> None:
        self.user = user
        super().__init__(data, queue=queue, specs=asked(queue))
        self.fields["content"].required = True
        self.fields["content"].label = gettext_lazy("What is it about?")

    @property
    def main(self) -> list[forms.BoundField]:
        """The words."""
        return [self["subject"], self["content"]]

    def values(self, file_ids: Sequence[int] = ()) -> dict[str, Any]:
        """He is the requestor, whoever else may be able to see it."""
        return {**super().values(file_ids), "requestors": [self.user.email]}

    def elsewhere(self, name: str, text: str) -> str:
        """What only staff know is not named."""
        if name.startswith("message"):
            return text[:1].upper() + text[1:]
        return _(
            "This can't be sent from here: it needs something that only staff can fill in. Write a mail instead."
        )


class WordsForm(forms.Form):
    """What somebody looks for among his own."""

    q = forms.CharField(
        label=gettext_lazy("Search your requests"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.TextInput(
            {
                "type": "search",
                "class": "input",
                "autocomplete": "off",
                "placeholder": gettext_lazy("Words, or a key such as TKT-0012"),
            }
        ),
    )


class LinkForm(Paced, forms.Form):
    """The address that the link goes to."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
