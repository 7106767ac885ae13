"""The form of a rule with the texts of its mail, and what the page shows beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips.builder import marks, written
from scrips.builder.forms import CHOOSE, ScripForm
from scrips.builder.written import Written
from scrips.letters import letter, names
from scrips.letters.letter import Fault
from scrips.letters.looks import number
from scrips.letters.names import Group
from scrips.models import Scrip, Template
from scrips.trial import Texts, round_of
from tessera.lib.drawn import drawn
from tessera.lib.errors import Refused
from tessera.lib.query.fold import fold
from tickets.ids import NoIds

# The button that takes over the texts of the template that is chosen.
COPY = "texts"
_TEXTS = ("subject_template", "body_template", "content_type")


class RuleForm(ScripForm):
    """A rule. Where its mail takes no template that there is, the texts stand here, and are saved with it."""

    subject_template = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=500,
        required=False,
        widget=AdminTextInputWidget(
            {"class": "vLargeTextField code", "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text=gettext_lazy("The ticket's key is put before it. Empty: the ticket's subject."),
    )
    body_template = forms.CharField(
        label=gettext_lazy("Body"),
        required=False,
        widget=forms.Textarea({"rows": 10, "class": "vLargeTextField code", "spellcheck": "false"}),
    )
    content_type = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=Template.ContentType.choices,
        required=False,
        initial=Template.ContentType.TEXT.value,
    )
    texts_name = forms.CharField(
        label=gettext_lazy("Template’s name"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "With a name it is a template of its own, for other rules too. Left empty, it is this rule’s,"
            " and called like it."
        ),
    )
    # The version of the texts that the page was made of.
    texts_seen = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.own = written.own_of(self.instance.pk)
        if self.own is None and not self.instance.pk:
            self._begin_as_copied()
        elif self.own:
            self._begin(self.own)
            self.initial["texts_seen"] = self.own.version
        if "template" in self.fields:
            self.fields["template"].empty_label = _("None: written here")  # type: ignore[attr-defined]  # a choice of rows
        if self.is_bound and self.data.get(CHOOSE) == COPY:
            self.data = _with_texts(self.data)

    def _begin_as_copied(self) -> None:
        """A copy of a rule with a template of its own gets texts of its own too."""
        chosen = number(str(self.initial.get("template") or ""))
        users = list(Scrip.objects.filter(template=chosen)[:2]) if chosen else []
        row = written.own_of(users[0].pk) if len(users) == 1 else None
        if row:
            self._begin(row)

    def _begin(self, row: Template) -> None:
        self.initial["template"] = None
        self.initial.update({name: getattr(row, name) for name in _TEXTS})

    @property
    def writes(self) -> bool:
        """Whether the mail says what is written here."""
        asked = self.cleaned_data
        return asked.get("action_type") == "SendEmail" and asked.get("template", self) is None

    @property
    def written(self) -> Written:
        """What is written here."""
        asked = self.cleaned_data
        return Written(
            texts=self.texts,
            name=asked.get("texts_name", ""),
            seen=None if self.drafting else asked.get("texts_seen"),
        )

    @property
    def texts(self) -> Texts:
        """As they were sent, sound or not."""
        subject, body, kind = (str(self[name].value() or "").strip() for name in _TEXTS)
        return Texts(subject, body.replace("\r\n", "\n"), kind or Template.ContentType.TEXT.value)

    @property
    def texts_seen_now(self) -> int | None:
        """Of what the page that is shown next is made: who saves again was told of the version between."""
        if self.drafting:
            return number(str(self.data.get("texts_seen", "")))
        return self.own.version if self.own else None

    @property
    def given(self) -> dict[str, Any]:
        ours = {*_TEXTS, "texts_name", "texts_seen"}
        values = {name: value for name, value in super().given.items() if name not in ours}
        if self.writes and self.own:
            values["template_id"] = self.own.pk
        return values

    def save_version(self) -> Scrip:
        if not self.writes:
            return super().save_version()
        note = self.cleaned_data["note"]
        return written.save_rule(self.held, self.given, self.written, actor=self.actor, note=note)

    @property
    def draft(self) -> Scrip:
        """With the texts as they stand here."""
        if not self.writes:
            return super().draft
        row = written.draft_rule(self.held, self.bare, self.written, actor=self.actor)
        row.pk = self.instance.pk
        return row


def _with_texts(sent: Any) -> Any:
    """The form as it was sent, with the texts of the template that is chosen, to be changed here."""
    row = Template.objects.filter(pk=number(sent.get("template")) or 0).first()
    if row is None:
        return sent
    fresh = sent.copy()
    fresh["template"] = ""
    for name in _TEXTS:
        fresh[name] = getattr(row, name)
    return fresh


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Beside the texts: their faults by line, and the names there are, with what they say of the ticket that is tried.

    `about` tells apart of what they speak; whoever has them already gets none.
    """

    own: Template | None
    faults: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    about: str = ""
    # Whether no ticket is tried, whose values would stand beside them.
    bare: bool = False
    # The names wait folded below the texts, which are what the page is for.
    folded: bool = True

    @property
    def names(self) -> SafeString:
        """The list of names; where it says nothing of a ticket, as it was drawn before."""
        if not self.groups:
            return SafeString("")
        key = tuple((each.key, *each.names, each.more) for each in self.groups)
        return drawn(("names", self.about, key), self._drawn) if self.bare else self._drawn()

    def _drawn(self) -> SafeString:
        return SafeString(render_to_string("admin/scrips/template/_names.html", {"look": self}))


def panel(form: RuleForm, ticket_id: int | None, *, known: str = "") -> Panel:
    """What stands beside the texts of the form."""
    queues = form.known.own
    about = f"{','.join(str(queue.id) for queue in queues)}/{ticket_id or ''}"
    groups: Sequence[Group] = ()
    if about != known:
        specs = {spec.key: spec for queue in queues or form.known.queues for spec in queue.fields}
        fields = sorted(specs.values(), key=lambda spec: fold(spec.name))
        groups = names.groups(fields, _context(ticket_id, form))
    faults: Mapping[str, Sequence[Fault]] = {}
    if form.is_bound and CHOOSE not in form.data and form.writes:
        one = queues[0].id if len(queues) == 1 else None
        faults = letter.static_faults(form.texts, one, form.actor.config)
    if form.is_bound and CHOOSE not in form.data:
        marks.mark(form.parts["action"])
    return Panel(own=form.own, faults=faults, groups=groups, about=about, bare=ticket_id is None)


def _context(ticket_id: int | None, form: RuleForm) -> Mapping[str, Any] | None:
    if ticket_id is None:
        return None
    try:
        return round_of(ticket_id, None, form.actor, ids=NoIds()).context
    except Refused:
        return None
