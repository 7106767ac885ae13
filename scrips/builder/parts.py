"""One half of a rule on its page: the kind of its condition or action, and that kind's settings as controls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from scrips.builder.controls import MISSING, Control, Sent
from scrips.builder.known import Known
from scrips.builder.making import REGISTRIES, control_of, properties_of
from scrips.builder.query import Query
from scrips.builder.sentence import condition_in_words
from scrips.builder.values import Fields
from scrips.conditions.user_defined import tree_of
from tessera.lib.admin import PrettyEncoder
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.parse import parse_query
from tessera.lib.query.rules import RulesInvalid
from tessera.lib.query.spell import to_text


@dataclass
class Part:
    """What a page shows of one half. `text` is the same as JSON, as far as it is known.

    `rich` are settings that no fields can show; then the text alone counts. `asked` says that the text was edited.
    """

    name: str
    kind: str
    controls: Sequence[Control]
    settings: Any
    text: str
    known: Known
    rich: bool = False
    asked: bool = False
    loose: list[str] = field(default_factory=list)
    # The text as the page had it: by it an edited one is told from one that was left alone.
    before: str = ""

    def __post_init__(self) -> None:
        self.before = self.before or self.text

    @property
    def label(self) -> str:
        """The kind in words."""
        known = REGISTRIES[self.name].get(self.kind)
        return str(known.label) if known else self.kind

    @property
    def in_words(self) -> str:
        """What a query or rules say; "" for other kinds, and for what can't be read."""
        if self.kind != "UserDefined" or not isinstance(self.settings, Mapping):
            return ""
        return condition_in_words(self.settings, self.known.config)

    @property
    def open(self) -> bool:
        """Whether the text is to be seen at once."""
        return self.rich or bool(self.loose)

    @property
    def query(self) -> Query | None:
        """The control of its query, if it has one."""
        return next((each for each in self.controls if isinstance(each, Query)), None)

    @property
    def unsound(self) -> bool:
        """Whether rows of its query say nothing that can be asked."""
        return self.query is not None and self.query.unsound

    def take(self, faults: Mapping[str, Sequence[str]]) -> None:
        """Put each fault below `…_config` at its control; what has none stands at the text."""
        for path, texts in faults.items():
            first, _dot, rest = path.partition(".")
            if first.partition("[")[0] != f"{self.name}_config":
                continue
            control = None if self.rich else self._control(rest)
            for told in map(str, texts):
                if control is not None:
                    asked = control.required or isinstance(control, Query)
                    bare = asked and control.value is MISSING
                    named = rest.partition(".")[2]
                    control.take(_("This field is required.") if bare else told, named)
                else:
                    self.loose.append(f"{rest}: {told}" if rest else told)
        if self.query and self.query.faults and self.query.shown:
            self._point(self.query)

    def _point(self, control: Query) -> None:
        try:
            parse_query(control.shown, self.known.config.condition_vocabulary, in_memory=True)
        except QueryInvalid as fault:
            control.wrong_at = fault.position

    def _control(self, rest: str) -> Control | None:
        keys = rest.replace("[", ".").split(".")
        name = keys[0]
        if self.kind == "UserDefined" and name == "rules":
            named = [each for each in self.controls if _key(self, each) == "rules"]
            return named[0] if named else self.controls[0]
        found = next((each for each in self.controls if _key(self, each) == name), None)
        if isinstance(found, Fields) and len(keys) > 1:
            for spec, child in zip(found.specs, found.children, strict=True):
                if spec.key.lower() == keys[1].lower():
                    return child
        return found


def _key(part: Part, control: Control) -> str:
    return control.name.removeprefix(f"{part.name}_{part.kind}_")


def held(name: str, kind: str, settings: Any, known: Known) -> Part:
    """A half as it is kept."""
    controls, rich = _filled(name, kind, settings, known)
    return Part(name, kind, controls, settings, pretty(settings), known, rich=rich)


def sent(name: str, data: Sent, known: Known) -> Part:
    """A half as a browser sent it: its fields, unless the text was edited, or is all that there is."""
    kind = str(data.get(f"{name}_type", ""))
    text = str(data.get(f"{name}_config", "")).replace("\r\n", "\n").strip()
    before = str(data.get(f"{name}_shown", "")).replace("\r\n", "\n").strip()
    alone = data.get(f"{name}_rich") == kind
    if text == before and not alone:
        return _of_fields(name, kind, data, known)
    try:
        settings = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        # Told at the text, which stays as it was typed.
        part = _of_fields(name, kind, data, known)
        part.text, part.before, part.asked = text, before, True
        return part
    if not alone and data.get(f"{name}_kind") == kind:
        part = _of_fields(name, kind, data, known)
        if _both(part, before, settings):
            told = _("The fields and this text were both changed, and say different things.")
            part.text, part.before, part.loose = text, before, [told]
            return part
    part = held(name, kind, settings, known)
    part.asked = True
    return part


def _both(part: Part, before: str, new: Any) -> bool:
    """Whether the fields were changed too, and otherwise than the text."""
    try:
        old = json.loads(before or "{}")
    except (ValueError, RecursionError):
        return False
    same = (normal(part.name, part.kind, each, part.known) for each in (old, new))
    return part.settings not in tuple(same)


def _of_fields(name: str, kind: str, data: Sent, known: Known) -> Part:
    """Read one after the other: what one offers may depend on those before it."""
    settings: dict[str, Any] = {}
    controls = []
    # Of the two shapes of a condition the page has one; a new one begins with the query.
    first = "rules" if f"{name}_{kind}_rules" in data else "query"
    for key in properties_of(name, kind):
        control = control_of(name, kind, key, settings, known)
        if kind == "UserDefined" and control.name not in data and key != first:
            continue
        value = control.read(data)
        control.value = value
        if value is not MISSING:
            settings[key] = value
        controls.append(control)
    return Part(name, kind, controls, settings, pretty(settings), known)


def normal(name: str, kind: str, settings: Any, known: Known) -> Any:
    """Settings as their fields would give them back; what the fields can't show, as it is."""
    controls, rich = _filled(name, kind, settings, known)
    if rich:
        return settings
    return {
        each.name.removeprefix(f"{name}_{kind}_"): value
        for each in controls
        if each.value is not MISSING and (value := each.normal(each.value)) is not MISSING
    }


def _as_query(settings: Mapping[str, Any], known: Known) -> Mapping[str, Any]:
    """Rules as the query that says the same: fields show that. Those that can't be read any more stay as they are."""
    if settings.keys() != {"rules"}:
        return settings
    try:
        return {"query": to_text(tree_of(settings, known.config.condition_vocabulary))}
    except RulesInvalid:
        return settings


def _filled(name: str, kind: str, settings: Any, known: Known) -> tuple[Sequence[Control], bool]:
    """The controls with their values, and whether some value has no place in them."""
    properties = properties_of(name, kind)
    if not isinstance(settings, Mapping):
        return (), True
    if kind == "UserDefined":
        settings = _as_query(settings, known)
    controls = []
    rich = bool(settings.keys() - properties.keys())
    for key in properties:
        if kind == "UserDefined" and key == "rules" and key not in settings:
            continue
        if kind == "UserDefined" and key == "query" and "rules" in settings:
            continue
        control = control_of(name, kind, key, settings, known)
        control.value = settings.get(key, MISSING)
        rich = rich or (control.value is not MISSING and not control.fits(control.value))
        controls.append(control)
    return controls, rich


def pretty(settings: Any) -> str:
    """JSON for people."""
    return json.dumps(settings, cls=PrettyEncoder)
