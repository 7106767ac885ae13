"""The parts of a ticket's side that are edited in place, and what happens when two people edit one at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.forms import BoundField

from tessera.desk import words
from tessera.desk.forms.facts import BasicsForm, FactsForm, FieldsForm, LinksForm, PeopleForm
from tickets import replay
from tickets.access import Actor, held_on, visible_to
from tickets.state import TicketState

FORMS: Mapping[str, type[FactsForm]] = {
    "people": PeopleForm,
    "basics": BasicsForm,
    "fields": FieldsForm,
    "links": LinksForm,
}
# Any one of these opens the section: the door judges each change for itself.
RIGHTS: Mapping[str, tuple[str, ...]] = {
    "people": ("ModifyTicket",),
    "basics": ("ModifyTicket",),
    "fields": ("ModifyCustomField", "ModifyTicket"),
    "links": ("ModifyTicket",),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One input. `now` is what somebody else made of it meanwhile, as text; None: nobody did."""

    field: BoundField
    now: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section that is being edited; `conflicts` says of which fields what they hold now."""

    name: str
    form: FactsForm
    version: int
    conflicts: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> Iterator[Row]:
        """The inputs, in order."""
        return (Row(each, self.conflicts.get(each.name)) for each in self.form)


def may_edit(name: str, state: TicketState, actor: Actor) -> bool:
    """Whether the section is opened to the actor."""
    held = held_on(actor, state)
    return any(held.has(right) for right in RIGHTS[name])


def begun(name: str, state: TicketState, actor: Actor) -> Section:
    """The section as the ticket stands."""
    return Section(name=name, form=_maker(name, state, actor)(None, state), version=state.version)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a form asks for beyond what its writer had read. `section` has it as a form that is bound to it."""

    section: Section
    changes: Mapping[str, Any] | None


def merged(name: str, state: TicketState, actor: Actor, data: Any, version: int | None) -> Merged:
    """What was filled in against the ticket as it was read, put onto the ticket as it is.

    What its writer left alone is nobody's wish, whatever it has become; where both changed the same field, `changes` is
    None and the section shows both values. It is None too where something is wrong. The log is read only where the
    ticket has changed meanwhile.
    """
    make = _maker(name, state, actor)
    then = None if version in (None, state.version) else replay.at(state.id, version or 0)
    # Another queue has other fields: then there is nothing to compare with.
    if then is None or then.queue_id != state.queue_id:
        then = state
    form = make(data, then)
    if not form.is_valid():
        return Merged(Section(name=name, form=form, version=state.version), None)
    mine = list(form.changed_data)
    held_then, held_now = form.held(), make(None, state).held()
    both = [each for each in mine if held_then.get(each) != held_now.get(each)]
    if not both:
        return Merged(Section(name=name, form=form, version=state.version), form.wanted(mine))
    shown = make(None, state, {each: form[each].data for each in mine})
    told = {each: _text(make(None, state)[each]) for each in both}
    return Merged(Section(name=name, form=shown, version=state.version, conflicts=told), None)


def _text(held: BoundField) -> str:
    """A field's value as one reads it."""
    value = held.value()
    choices = dict(getattr(held.field, "choices", ()) or ())
    return words.plain(choices.get(value, value))


def _maker(name: str, state: TicketState, actor: Actor) -> Callable[..., FactsForm]:
    form = FORMS[name]
    more: dict[str, Any] = {}
    if form is LinksForm:
        ids = {other for held in state.links.values() for other in held}
        found = visible_to(actor, among=ids).values_list("pk", flat=True) if ids else ()
        more["seen"] = frozenset(found)

    def make(data: Any, state: TicketState, instead: Mapping[str, Any] | None = None) -> FactsForm:
        return form(data, state=state, actor=actor, instead=instead, **more)

    return make
