"""A saved reply."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from scrips.models import SavedReply
from scrips.rendering.caps import MAX_SOURCE
from scrips.replies import SHARES, Visibility
from tessera.accounts.models import Group
from tickets.access import Actor, anywhere, sees_queue


class ReplyForm(forms.Form):
    """Name, text, for which queue, and who sees it."""

    AT: ClassVar[Mapping[str, str]] = {"group_id": "group", "queue_id": "queue"}

    name = forms.CharField(label=_("Name"), max_length=100)
    text = forms.CharField(
        label=_("Text"),
        max_length=MAX_SOURCE,
        strip=False,
        widget=forms.Textarea({"rows": 10}),
        help_text=_(
            "It may speak of the ticket and of you: {{ ticket.key }}, {{ ticket.subject }},"
            " {{ ticket.requestors[0].first_name }}, {{ ticket.cf.KEY }}, {{ queue.name }}, {{ actor.name }}."
        ),
    )
    queue = forms.TypedChoiceField(
        label=_("For tickets of"), required=False, coerce=int, empty_value=None
    )
    visibility = forms.ChoiceField(label=_("Who sees it"), widget=forms.RadioSelect)
    group = forms.TypedChoiceField(label=_("Group"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: Any = None, *, reply: SavedReply, actor: Actor) -> None:
        self.reply, self.actor = reply, actor
        initial = {
            "name": reply.name,
            "text": reply.text,
            "queue": reply.queue_id,
            "visibility": reply.visibility,
            "group": reply.group_id,
        }
        super().__init__(data, initial=initial, auto_id="f_%s", use_required_attribute=False)
        self._choose("queue", [("", _("all queues")), *self._queues()])
        said = [(Visibility.PRIVATE.value, _("Only I"))]
        groups = self._groups()
        if anywhere(actor, SHARES) or reply.visibility != Visibility.PRIVATE:
            said += [(Visibility.GROUP.value, _("A group"))] if groups else []
            said += [(Visibility.ALL.value, _("Everybody"))]
        self._choose("visibility", said)
        if groups and len(said) > 1:
            self._choose("group", [("", "—"), *groups])
        else:
            del self.fields["group"]
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "autofocus": True}

    def _choose(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def _queues(self) -> list[tuple[int, str]]:
        queues = self.actor.config.queues.values()
        return [(each.id, each.name) for each in queues if sees_queue(self.actor, each.id)]

    def _groups(self) -> list[tuple[int, str]]:
        """Those that it can be shared with: one's own, and the one that it is shared with."""
        wanted = set(self.actor.person.groups)
        if self.reply.group_id is not None:
            wanted.add(self.reply.group_id)
        return list(Group.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else []

    def wanted(self) -> dict[str, Any]:
        """What `scrips.replies.change` takes. Only of a form that is valid."""
        held = self.cleaned_data
        return {
            "name": held["name"],
            "text": held["text"].replace("\r\n", "\n"),
            "queue_id": held["queue"],
            "visibility": held["visibility"],
            # Chosen before another visibility was, and left standing.
            "group_id": held.get("group") if held["visibility"] == Visibility.GROUP else None,
        }

    def tell(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Show the faults at their fields."""
        for name, texts in errors.items():
            at = self.AT.get(name, name)
            for text in texts:
                self.add_error(at if at in self.fields else None, text[:1].upper() + text[1:])
