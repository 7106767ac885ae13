"""The forms of scrips and templates in the administration. `scrips.service` judges and saves; they ask it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips import service
from scrips.actions import ACTIONS
from scrips.builder import parts
from scrips.builder.known import Known
from scrips.builder.making import REGISTRIES
from scrips.builder.meanwhile import Meanwhile, since
from scrips.builder.parts import Part
from scrips.conditions import CONDITIONS
from scrips.models import Scrip
from tessera.lib import admin as site
from tessera.lib.admin import PlainJSONField
from tickets import config as configuration
from tickets.access import Actor
from tickets.models import Queue

# What a page is sent for that is not to be saved.
CHOOSE, TRY, LIVE, BACKTEST = "_choose", "_try", "_live", "_backtest"


class VersionedForm(forms.ModelForm[Any]):
    """Tries the very save that would follow: what the service refuses stands at its field."""

    # Set on the class that the admin makes for each request.
    actor: ClassVar[Actor]

    @property
    def held(self) -> Any:
        """The row that is being changed, or None for a new one."""
        return self.instance if self.instance.pk else None

    @property
    def given(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "note"}
        for name in ("queue", "template"):
            if name in values:
                row = values.pop(name)
                values[f"{name}_id"] = None if row is None else row.pk
        return values

    def save_version(self) -> Any:
        """Save by the service. Raises `Invalid`."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self.told(site.faults_of(self.save_version))
        return cleaned

    def told(self, faults: Mapping[str, Sequence[str]]) -> None:
        """Put what the service refused at the fields."""
        names = {"queue_id": "queue", "queue_ids": "own_queues", "template_id": "template"}
        site.show_faults(self, faults, names)


def _kinds(registry: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, kind.label) for key, kind in registry.items()]


class ScripForm(VersionedForm):
    """A rule, its settings as fields or as JSON. Secrets are never shown; one left as it is shown is kept."""

    own_queues = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Queues"),
        queryset=Queue.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: for every queue."),
    )
    condition_type = forms.ChoiceField(label=gettext_lazy("When"), choices=_kinds(CONDITIONS))
    condition_config = PlainJSONField(label=gettext_lazy("Condition's settings"))
    action_type = forms.ChoiceField(label=gettext_lazy("Then"), choices=_kinds(ACTIONS))
    action_config = PlainJSONField(label=gettext_lazy("Action's settings"))
    note = site.note_field()
    # The version that the page was made of.
    seen = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = Scrip
        fields = (
            "name",
            "description",
            "condition_type",
            "condition_config",
            "action_type",
            "action_config",
            "template",
            "stage",
            "sort_order",
            "disabled",
            "shadow",
        )
        help_texts: ClassVar = {
            "stage": gettext_lazy(
                "One change may bring several things, such as a status and a comment: the rule looks at each, or at the"
                " end once at all of them."
            ),
            "sort_order": gettext_lazy("The lower runs first; of equal ones the older."),
        }

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.meanwhile: Meanwhile | None = None
        if self.drafting and "name" in self.fields:
            self.fields["name"].required = False
        if self.instance.pk:
            self.initial["seen"] = self.instance.version
            self.initial["own_queues"] = self.instance.reach.listed
            self.initial["action_config"] = service.public_action_config(
                self.instance.action_config
            )

    @property
    def drafting(self) -> bool:
        """Whether it was sent to be looked at, and not to be saved."""
        return self.is_bound and any(name in self.data for name in (CHOOSE, TRY, LIVE, BACKTEST))

    def is_valid(self) -> bool:
        """Never, while it is only looked at: nobody saves it then."""
        return super().is_valid() and not self.drafting

    def full_clean(self) -> None:
        """Who only chooses a kind has not filled in its settings yet: that is no fault."""
        if self.is_bound and CHOOSE in self.data:
            self._errors, self.cleaned_data = forms.utils.ErrorDict(), {}
        else:
            super().full_clean()

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """The condition and the action, as they are kept or as they were sent."""
        known = self.known
        if self.is_bound:
            return {name: parts.sent(name, self.data, known) for name in REGISTRIES}  # type: ignore[arg-type]  # a request's
        return {
            name: parts.held(
                name, self._first(f"{name}_type"), self._first(f"{name}_config"), known
            )
            for name in REGISTRIES
        }

    @cached_property
    def known(self) -> Known:
        """What its settings may name, for the queues that are ticked."""
        config = configuration.current()
        if self.is_bound:
            sent = self.data.getlist("own_queues")  # type: ignore[attr-defined]  # a request's
            ids = [int(each) for each in sent if each.isdecimal() and len(each) < 19]
        else:
            ids = [getattr(row, "pk", row) for row in self.initial.get("own_queues", ())]
        own = tuple(config.queues[number] for number in ids if number in config.queues)
        return Known(config, self.actor, own)

    def _first(self, name: str) -> Any:
        """What an unsent form begins with."""
        held = self.get_initial_for_field(self.fields[name], name)
        if name.endswith("_config"):
            return held or {}
        return held or {"condition_type": "OnCreate", "action_type": "SendEmail"}[name]

    @property
    def given(self) -> dict[str, Any]:
        """The queues by their ids."""
        values = {name: value for name, value in super().given.items() if name != "seen"}
        queues = values.pop("own_queues", ())
        if self.drafting:
            values["name"] = values["name"] or _("A new rule")
        return {**values, "queue_ids": sorted(row.pk for row in queues)}

    @property
    def draft(self) -> Scrip:
        """The rule as it would be saved, for trying. Raises `Invalid`.

        Without the secret: it signs what is sent, and of a draft nothing is.
        """
        row = service.draft_scrip(self.bare, actor=self.actor)
        # What a webhook says of the rule that calls it.
        row.pk = self.instance.pk
        return row

    @property
    def bare(self) -> dict[str, Any]:
        """What is given, without the secret."""
        values = self.given
        settings = values["action_config"]
        return {**values, "action_config": {k: v for k, v in settings.items() if k != "secret"}}

    def save_version(self) -> Scrip:
        note = self.cleaned_data["note"]
        return service.save_scrip(self.held, self.given, actor=self.actor, note=note)

    def clean(self) -> dict[str, Any]:
        """With the settings as the fields say them, or the text."""
        for name, part in self.parts.items():
            field = f"{name}_config"
            if field in self.errors:
                part.loose = [str(each) for each in self.errors[field]]
            elif part.loose:
                self.add_error(field, part.loose)
            elif part.unsound:
                self.add_error(field, _("Some conditions are not finished."))
            else:
                self.cleaned_data[field] = self._as_it_was(name, part)
        self.meanwhile = self._meanwhile()
        if self.meanwhile:
            self.add_error(None, _("Somebody else saved this rule while you changed it."))
        return super().clean()

    def _meanwhile(self) -> Meanwhile | None:
        """What others saved since the page was made. Of one that is only tried it does not matter yet."""
        seen = self.cleaned_data.get("seen")
        if self.held is None or seen is None or self.drafting:
            return None
        row = Scrip.objects.select_for_update().filter(pk=self.instance.pk).first()
        if row is None:
            self.add_error(None, _("Somebody else deleted this rule meanwhile."))
            return None
        return since(row, seen, self.given)

    @property
    def seen_now(self) -> int | None:
        """What the page that is shown next was made of: whoever saves again has seen what others saved."""
        if self.meanwhile:
            return self.meanwhile.number
        sent = str(self.data.get("seen", "")) if self.is_bound else ""
        return int(sent) if sent.isdecimal() and len(sent) < 10 else self.initial.get("seen")

    def _as_it_was(self, name: str, part: Part) -> Any:
        """The settings; as they are kept where they mean the same, so that nothing counts as changed."""
        kind, held = self.initial.get(f"{name}_type"), self.initial.get(f"{name}_config")
        if part.kind == kind and held is not None and not part.asked:
            before = parts.normal(name, part.kind, held, part.known)
            return held if before == part.settings else part.settings
        return part.settings

    def told(self, faults: Mapping[str, Sequence[str]]) -> None:
        """Each also at its control."""
        for part in self.parts.values():
            part.take(faults)
        super().told(faults)
