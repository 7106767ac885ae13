"""What the door would refuse besides what a form refuses by itself: all that is wrong is told at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from django.forms import Field

from customfields.inputs import ValueField
from tessera.lib.errors import Invalid, Refused
from tickets.outcome import Preview


class Telling(Protocol):
    """A form that shows the door's faults at its fields."""

    fields: dict[str, Field]

    @property
    def errors(self) -> Mapping[str, Any]: ...

    def tell(self, errors: Mapping[str, Sequence[str]], *, but: Collection[str] = ()) -> None:
        """Show them, but for those of the form's fields of these names."""


def tell(form: Telling, ask: Callable[[], Preview]) -> None:
    """Of a form with faults, asked what came of the rest of it. Any other refusal comes first when it is mended."""
    if not form.errors:  # nothing was typed yet
        return
    try:
        refusal = ask().refusal
    except Refused:
        return
    if isinstance(refusal, Invalid):
        form.tell(refusal.errors, but=_doubtful(form))


def _doubtful(form: Telling) -> frozenset[str]:
    """The fields that are wrong, and those that depend on them: nobody knows yet what they would have to fit."""
    found = set(form.errors)
    controllers = {
        name: [f"cf_{key}" for key in field.spec.controllers]
        for name, field in form.fields.items()
        if isinstance(field, ValueField)
    }
    while more := {n for n, those in controllers.items() if not found.isdisjoint(those)} - found:
        found |= more
    return frozenset(found)
