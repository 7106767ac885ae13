"""What a section's entries may hold, and what they hold where the file says nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.lib.suggest import nearest

_REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be, and the sentence for one that is something else."""

    holds: Callable[[Any], bool]
    told: str | Promise


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


TEXT = Kind(
    lambda value: isinstance(value, str),
    gettext_lazy("must be text; put a number or a word such as true between quotes"),
)
NAME = Kind(
    lambda value: value is None or isinstance(value, str),
    gettext_lazy("must be a name, or null for none"),
)
FLAG = Kind(lambda value: isinstance(value, bool), gettext_lazy("must be true or false"))
NUMBER = Kind(lambda value: type(value) is int, gettext_lazy("must be a whole number"))
TEXTS = Kind(_texts, gettext_lazy("must be a list of texts"))
LIST = Kind(lambda value: isinstance(value, list), gettext_lazy("must be a list"))
OBJECT = Kind(
    lambda value: isinstance(value, dict), gettext_lazy("must be a mapping, key: value, below it")
)
RULE = Kind(
    lambda value: value is None or isinstance(value, dict),
    gettext_lazy("must be a mapping, or null for none"),
)
ANY = Kind(lambda value: True, "")  # noqa: ARG005  # whatever it is


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an entry. Without a default it must stand in the file."""

    kind: Kind
    default: Any = _REQUIRED

    @property
    def required(self) -> bool:
        return self.default is _REQUIRED


Shape = Mapping[str, Key]
Told = tuple[tuple[str | int, ...], str]


def faults_of(raw: Any, shape: Shape, *, also: Iterable[str] = ()) -> list[Told]:
    """What is wrong with the shape of an entry: `(path below it, sentence)`."""
    if not isinstance(raw, dict):
        told = _("must be a mapping of %(keys)s")
        return [((), told % {"keys": ", ".join(shape)})]
    known = {*shape, *also}
    strange = [key for key in raw if key not in known]
    found: list[Told] = [((key,), unknown(key, known)) for key in strange]
    meant = {nearest(key, known) for key in strange}
    for name, key in shape.items():
        if name not in raw:
            if key.required and name not in meant:
                found.append(((), _("“%(key)s” is missing") % {"key": name}))
        elif not key.kind.holds(raw[name]):
            found.append(((name,), str(key.kind.told)))
    return found


def filled(raw: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The entry with every key of the shape, in its order."""
    return {name: raw.get(name, key.default) for name, key in shape.items()}


def shortened(body: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The entry without what goes without saying."""
    return {
        name: body[name] for name, key in shape.items() if key.required or body[name] != key.default
    }


def unknown(word: str, known: Iterable[str]) -> str:
    """That there is no such key, with the nearest one, or all."""
    names = sorted(known)
    if near := nearest(word, names):
        return _("there is no such key; did you mean “%(near)s”?") % {"near": near}
    return _("there is no such key; there are %(known)s") % {"known": ", ".join(names)}
