"""Controls of the builder: each shows one setting as fields of a page, and reads it back. None of them judges."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import cached_property

from scrips.letters.letter import Fault

# What is not among the settings.
MISSING: Any = object()
Choices = Sequence[tuple[str, str]]
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


class Sent(Protocol):
    """What a browser sent; a `QueryDict` is one."""

    def get(self, name: str, default: Any = None, /) -> Any:
        """The last value of that name."""

    def getlist(self, name: str) -> list[Any]:
        """All values of that name."""

    def __contains__(self, name: object, /) -> bool:
        """Whether there is one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that is rendered by itself, the line of its box where it begins, and what it is called there."""

    line: int
    text: str
    name: str = ""


class Control:
    """One setting. `widget` names its template, `value` is what it shows: `MISSING` where there is none."""

    widget = "text"

    def __init__(
        self,
        name: str,
        label: str,
        *,
        required: bool = False,
        choices: Choices = (),
        hint: str = "",
    ) -> None:
        self.name, self.label, self.required, self.hint = name, label, required, hint
        self._choices = choices
        self.value: Any = MISSING
        # Whether others offer something else when it changes.
        self.steers = False
        # Whether it is a text with names in it, that an editor shows.
        self.rendered = False
        self.faults: list[str] = []
        # The same by their lines, where it is such a text.
        self.marks: Sequence[Fault] = ()

    def steering(self) -> "Control":
        """The same, on which others depend."""
        self.steers = True
        return self

    def take(self, told: str, key: str = "") -> None:
        """A fault of it, or of what it has under that name."""
        del key
        self.faults.append(told)

    @property
    def pieces(self) -> Sequence[Piece]:
        """The texts in it that are rendered."""
        return [Piece(1, self.shown)]

    @property
    def id(self) -> str:
        """Of its first input."""
        return f"id_{self.name}"

    @property
    def described(self) -> str:
        """The ids of what is told about it."""
        told = [f"{self.id}_error"] if self.faults else []
        return " ".join([*told, f"{self.id}_hint"] if self.hint else told)

    @property
    def shown(self) -> str:
        """The text in its input."""
        return "" if self.value in (MISSING, None) else str(self.value)

    @cached_property
    def choices(self) -> Choices:
        """What it offers, and what it has now besides: a choice that is gone is still told."""
        known = {key for key, _label in self._choices}
        return [*self._choices, *((each, each) for each in self.chosen if each not in known)]

    @property
    def chosen(self) -> list[str]:
        """Those of its choices that it has."""
        return [self.shown] if self.shown else []

    @property
    def children(self) -> "Sequence[Control]":
        """Controls inside of it."""
        return ()

    def read(self, sent: Sent) -> Any:
        """The setting as it was sent, or `MISSING`."""
        return str(sent.get(self.name, "")).strip() or MISSING

    def normal(self, value: Any) -> Any:
        """The setting as `read` would give it back."""
        return value if value not in ("", None) else MISSING

    def fits(self, value: Any) -> bool:
        """Whether its fields can show this setting, so that nothing is lost on the way back."""
        return isinstance(value, str) and "\n" not in value and value == value.strip()


class Lines(Control):
    """A text of several lines, exactly as it is typed."""

    widget = "lines"
    # How many of them are to be seen.
    rows = 6

    def read(self, sent: Sent) -> Any:
        text = str(sent.get(self.name, "")).replace("\r\n", "\n")
        return text if text.strip() else MISSING

    def fits(self, value: Any) -> bool:
        return isinstance(value, str) and "\r" not in value


class Choice(Control):
    """One of several; `otherwise` is what counts while none is chosen."""

    widget = "choice"

    def __init__(self, name: str, label: str, *, otherwise: str = "", **given: Any) -> None:
        super().__init__(name, label, **given)
        self.otherwise = otherwise


class Person(Control):
    """A username, offered while one types."""

    widget = "user"


class Named(Choice):
    """One of several things that have a name, and an id by which a setting may know them too."""

    def read(self, sent: Sent) -> Any:
        raw = super().read(sent)
        known = {key for key, _label in self._choices}
        by_id = raw is not MISSING and raw not in known and _WHOLE.fullmatch(raw)
        return int(raw) if by_id else raw

    def fits(self, value: Any) -> bool:
        return isinstance(value, str) or type(value) is int


class Number(Control):
    """A number; a text where it is none, such as a template of one."""

    widget = "number"

    def read(self, sent: Sent) -> Any:
        raw = super().read(sent)
        return raw if raw is MISSING else _number(raw)

    def normal(self, value: Any) -> Any:
        return _number(value) if isinstance(value, str) and value else super().normal(value)

    def fits(self, value: Any) -> bool:
        return super().fits(value) or type(value) in (int, float)


def _number(raw: str) -> Any:
    if _WHOLE.fullmatch(raw):
        return int(raw)
    return float(raw) if _DECIMAL.fullmatch(raw) else raw


class Flag(Control):
    """Yes or no; no is not among the settings."""

    widget = "flag"

    def read(self, sent: Sent) -> Any:
        return True if sent.get(self.name) else MISSING

    def normal(self, value: Any) -> Any:
        return True if value else MISSING

    def fits(self, value: Any) -> bool:
        return isinstance(value, bool)


class Ticks(Control):
    """Any of several. Where `single`, one alone is given without a list."""

    widget = "ticks"

    def __init__(self, name: str, label: str, *, single: bool = False, **given: Any) -> None:
        super().__init__(name, label, **given)
        self.single = single

    @property
    def chosen(self) -> list[str]:
        if self.value in (MISSING, None):
            return []
        return [str(each) for each in _listed(self.value)]

    def read(self, sent: Sent) -> Any:
        return self.normal([str(each) for each in sent.getlist(self.name)])

    def normal(self, value: Any) -> Any:
        found = [] if value is None else _listed(value)
        if not found:
            return MISSING
        return found[0] if self.single and len(found) == 1 else found

    def fits(self, value: Any) -> bool:
        if isinstance(value, list):
            return all(isinstance(each, str) for each in value) and len({*value}) == len(value)
        return self.single and isinstance(value, str)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


class People(Control):
    """Roles as boxes to tick, and addresses, one a line."""

    widget = "people"

    @property
    def chosen(self) -> list[str]:
        roles = {key for key, _label in self._choices}
        return [each for each in self._entries if each in roles]

    @property
    def shown(self) -> str:
        roles = {key for key, _label in self._choices}
        return "\n".join(each for each in self._entries if each not in roles)

    @property
    def folded(self) -> bool:
        """Whether it can be out of the way: copies go to nobody most of the time."""
        return self.value is MISSING and not self.faults and not self.name.endswith("_to")

    @property
    def _entries(self) -> list[str]:
        return [] if self.value in (MISSING, None) else [str(each) for each in self.value]

    def read(self, sent: Sent) -> Any:
        roles = [str(each) for each in sent.getlist(self.name)]
        typed = str(sent.get(f"{self.name}_more", "")).splitlines()
        return self.normal([*roles, *(line.strip() for line in typed if line.strip())])

    def normal(self, value: Any) -> Any:
        order = [key for key, _label in self._choices]
        roles = [key for key in order if key in value]
        return [*roles, *(each for each in value if each not in order)] or MISSING

    def fits(self, value: Any) -> bool:
        return isinstance(value, list) and all(
            isinstance(each, str) and each.strip() == each and len(each.splitlines()) == 1
            for each in value
        )


class Secret(Control):
    """A secret, or two while one takes the other's place."""

    widget = "secret"

    @property
    def both(self) -> tuple[str, str]:
        """The two boxes' texts."""
        held = [] if self.value in (MISSING, None) else _listed(self.value)
        first, second, *_rest = (*(str(each) for each in held), "", "")
        return first, second

    def read(self, sent: Sent) -> Any:
        found = [str(each) for each in sent.getlist(self.name)[:2] if each]
        return self.normal(found)

    def normal(self, value: Any) -> Any:
        found = [each for each in _listed(value) if each]
        return MISSING if not found else found[0] if len(found) == 1 else found

    def fits(self, value: Any) -> bool:
        held = _listed(value)
        return value is None or (len(held) <= 2 and all(isinstance(each, str) for each in held))


class Pairs(Lines):
    """Names with texts, one a line: `Name: text`."""

    rows = 3
    # As they were typed: what is wrong is told by the lines of that.
    typed: str | None = None

    @property
    def shown(self) -> str:
        if self.typed is not None:
            return self.typed
        if isinstance(self.value, Mapping):
            return "\n".join(f"{name}: {text}" for name, text in self.value.items())
        return super().shown

    def read(self, sent: Sent) -> Any:
        text = super().read(sent)
        if text is MISSING:
            return MISSING
        self.typed = text
        return {each.name: each.text for each in self.pieces}

    @property
    def pieces(self) -> Sequence[Piece]:
        """The text of each name."""
        lines = enumerate(self.shown.split("\n"), start=1)
        pairs = [(place, *line.partition(":")) for place, line in lines if line.strip()]
        return [Piece(place, text.strip(), name.strip()) for place, name, _colon, text in pairs]

    def take(self, told: str, key: str = "") -> None:
        """With the name: of several it is one alone."""
        super().take(f"{key}: {told}" if key else told)

    def fits(self, value: Any) -> bool:
        return value is None or (
            isinstance(value, Mapping)
            and all(
                isinstance(text, str)
                and len(f"{name}: {text}".splitlines()) == 1
                and ":" not in name
                and (name, text) == (name.strip(), text.strip())
                for name, text in value.items()
            )
        )

    def normal(self, value: Any) -> Any:
        return value or MISSING


class Rules(Lines):
    """Rules as JSON, which have no fields of their own."""

    @property
    def shown(self) -> str:
        if self.value in (MISSING, None) or isinstance(self.value, str):
            return super().shown
        return json.dumps(self.value, indent=2, ensure_ascii=False)

    def read(self, sent: Sent) -> Any:
        text = super().read(sent)
        try:
            return text if text is MISSING else json.loads(text)
        except (ValueError, RecursionError):
            return text

    def fits(self, value: Any) -> bool:
        return isinstance(value, Mapping)
