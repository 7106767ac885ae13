"""The plain columns: subject, priority, due date."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self

from tessera.lib import values
from tickets.changes.base import Change, wrong
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit


@dataclass(frozen=True)
class SetColumn(Change):
    """A change of one column, recorded as `Set`."""

    column: ClassVar[str]

    value: Any

    def __init_subclass__(cls) -> None:
        cls.keys = (cls.column,)
        cls.recorded = (("Set", cls.column),)

    @classmethod
    @abstractmethod
    def read(cls, raw: object) -> Any:
        """The plain value. Raises `BadValue`."""

    @classmethod
    def to_json(cls, value: Any) -> Any:
        return value

    @classmethod
    def from_json(cls, value: Any) -> Any:
        return value

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:
        if cls.column not in raw:
            return None
        try:
            return cls(cls.read(raw[cls.column]))
        except values.BadValue as error:
            raise wrong(cls.column, error) from None

    def after(self, unit: Unit, state: TicketState) -> TicketState:  # noqa: ARG002
        return replace(state, **{self.column: self.value})

    def write(self, unit: Unit, state: TicketState) -> None:
        old = getattr(state, self.column)
        if old != self.value:
            unit.record(
                self.after(unit, state),
                "Set",
                field=self.column,
                old=self.to_json(old),
                new=self.to_json(self.value),
            )

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        return replace(state, **{cls.column: cls.from_json(entry.new_value)})


class SetSubject(SetColumn):
    """A new subject; an empty one is allowed."""

    column = "subject"

    @classmethod
    def read(cls, raw: object) -> str:
        return values.line(raw, longest=255)


class SetPriority(SetColumn):
    """0 (none) to 100."""

    column = "priority"

    @classmethod
    def read(cls, raw: object) -> int:
        return values.integer(raw, least=0, most=100)


class SetDueAt(SetColumn):
    """A due date, or none."""

    column = "due_at"

    @classmethod
    def read(cls, raw: object) -> datetime | None:
        return None if raw is None else values.moment(raw)

    @classmethod
    def to_json(cls, value: datetime | None) -> str | None:
        return iso(value)

    @classmethod
    def from_json(cls, value: str | None) -> datetime | None:
        return datetime.fromisoformat(value) if value else None


def iso(value: datetime | None) -> str | None:
    """How times stand in the log and in the API: ISO 8601 in UTC, with `Z`."""
    if value is None:
        return None
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
