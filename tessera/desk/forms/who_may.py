"""What is asked of the page "Who may?": of whom or of which right, and where."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.accounts.models import Group, User
from tessera.desk.access import ticket_number
from tessera.lib.errors import NotFound
from tickets import rights_widget, service
from tickets.access import Actor
from tickets.state import TicketState

_NEAR = 5
_LONGEST = 254


class PlaceForm(forms.Form):
    """A ticket, or a queue, or neither: everywhere. A ticket that the reader may not see is none."""

    subject = ""  # the field that says of whom, or of what
    ticket = forms.CharField(
        label=gettext_lazy("On a ticket"),
        required=False,
        max_length=40,
        widget=forms.TextInput({"placeholder": "TKT-0012", "autocomplete": "off"}),
    )
    queue = forms.ChoiceField(label=gettext_lazy("Or in a queue"), required=False)

    def __init__(self, *args: Any, reader: Actor, **given: Any) -> None:
        super().__init__(*args, **given)
        self.reader = reader
        # Those whose names begin so, where nobody has the name that was given: [(what to send, words)].
        self.near: list[tuple[str, str]] = []
        queues = sorted(reader.config.queues.values(), key=lambda queue: queue.name.lower())
        field: Any = self.fields["queue"]
        field.choices = [("", _("Everywhere")), *((str(q.id), q.name) for q in queues)]

    def clean_ticket(self) -> TicketState | None:
        key: str = self.cleaned_data["ticket"].strip()
        if not key:
            return None
        number = ticket_number(key)
        try:
            if number is not None:
                return service.visible(number, self.reader)
        except NotFound:
            pass
        raise ValidationError(_("There is no ticket “%(key)s”."), params={"key": key})

    def clean_queue(self) -> int | None:
        queue: str = self.cleaned_data["queue"]
        return int(queue) if queue else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("ticket") and cleaned.get("queue"):
            self.add_error("queue", _("Give either a ticket or a queue."))
        return cleaned

    @property
    def place(self) -> dict[str, Any]:
        """The place as `tickets.access` asks for it."""
        ticket, queue = self.cleaned_data["ticket"], self.cleaned_data["queue"]
        return {"ticket": ticket} if ticket else {"queue_id": queue}


class PersonForm(PlaceForm):
    """A user, by username or e-mail address."""

    subject = "user"
    field_order = ("user", "ticket", "queue")
    user = forms.CharField(
        label=gettext_lazy("Who"),
        max_length=_LONGEST,
        widget=forms.TextInput(
            {"placeholder": gettext_lazy("A username or an e-mail address"), "autocomplete": "off"}
        ),
    )

    def clean_user(self) -> User:
        wanted: str = self.cleaned_data["user"].strip()
        exact = User.objects.filter(Q(username__iexact=wanted) | Q(email__iexact=wanted))
        # Somebody may be called as another is written to: the name goes first.
        found = sorted(exact, key=lambda user: user.username.lower() != wanted.lower())
        if found:
            return found[0]
        self.near = [(user.username, user.described) for user in people_like(wanted)[:_NEAR]]
        raise ValidationError(_("There is no user “%(name)s”."), params={"name": wanted})


class GroupForm(PlaceForm):
    """A group, by name."""

    subject = "group"
    field_order = ("group", "ticket", "queue")
    group = forms.CharField(
        label=gettext_lazy("Members of the group"),
        max_length=_LONGEST,
        widget=forms.TextInput(
            {"placeholder": gettext_lazy("The group’s name"), "autocomplete": "off"}
        ),
    )

    def clean_group(self) -> Group:
        wanted: str = self.cleaned_data["group"].strip()
        found = Group.objects.filter(name__iexact=wanted).first()
        if found is not None:
            return found
        self.near = [(group.name, group.name) for group in groups_like(wanted)[:_NEAR]]
        raise ValidationError(_("There is no group “%(name)s”."), params={"name": wanted})


class RightForm(PlaceForm):
    """A right, whoever has it."""

    subject = "right"
    field_order = ("right", "ticket", "queue")
    right = forms.ChoiceField(label=gettext_lazy("The right"))

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        field: Any = self.fields["right"]
        offered = rights_widget.groups(self.reader.config, frozenset())
        words = _("%(right)s: %(told)s")
        field.choices = [
            ("", "–"),
            *(
                (label, [(r.name, words % {"right": r.name, "told": r.told}) for r in rights])
                for label, rights in offered
            ),
        ]


FORMS: dict[str, type[PlaceForm]] = {
    form.subject: form for form in (PersonForm, GroupForm, RightForm)
}


def people_like(text: str) -> QuerySet[User]:
    """Users of whom every word begins a username, an address or a name, by username."""
    found = User.objects.order_by("username")
    for word in text.replace("\x00", "").split()[:5]:
        found = found.filter(
            Q(username__istartswith=word)
            | Q(email__istartswith=word)
            | Q(first_name__istartswith=word)
            | Q(last_name__istartswith=word)
        )
    return found if text.strip() else found.none()


def groups_like(text: str) -> QuerySet[Group]:
    """Groups whose names begin so."""
    word = text.replace("\x00", "").strip()
    found = Group.objects.order_by("name")
    return found.filter(name__istartswith=word) if word else found.none()
