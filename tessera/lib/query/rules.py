"""Rules as JSON, the other spelling of a query: `{"all": [{"field", "op", "value"}], "not": …}`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from django.utils.translation import gettext

from tessera.lib.query.check import by_id, operand_fault
from tessera.lib.query.limits import MAX_DEPTH, MAX_LIST, MAX_TERMS, MAX_VALUE
from tessera.lib.query.operators import nearest_operator
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term, Value
from tessera.lib.query.vocabulary import UnknownFieldError, Vocabulary
from tessera.lib.suggest import nearest

_GROUP = ("all", "any", "not")
_RULE = ("field", "op", "value")
_NULL = (Op.IS_NULL, Op.IS_NOT_NULL)
_LISTS = (Op.IN, Op.NOT_IN)

Json: TypeAlias = object


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place: `rules.all.0.op`."""

    path: str
    reason: str


class RulesInvalid(ValueError):
    """The rules are not understood; `faults` names every place, in the order of the text."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.reason}" for fault in faults))
        self.faults = faults


def parse_rules(rules: Json, vocabulary: Vocabulary, *, path: str = "rules") -> Node:
    """The tree of what stands under `"rules"`. Raises `RulesInvalid` with all faults at once."""
    parser = _Parser(vocabulary)
    tree = parser.group(rules, path, 1)
    if parser.count > MAX_TERMS:
        parser.fault(path, gettext("there are more than %d rules") % MAX_TERMS)
    if parser.faults or tree is None:
        raise RulesInvalid(tuple(parser.faults))
    return tree


class _Parser:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.faults: list[Fault] = []
        self.count = 0

    def fault(self, path: str, reason: str) -> None:
        self.faults.append(Fault(path, reason))

    def node(self, given: Json, path: str, depth: int) -> Node | None:
        """A rule or a group of rules."""
        if isinstance(given, Mapping) and any(name in given for name in _RULE):
            return self._rule(given, path)
        return self.group(given, path, depth)

    def group(self, given: Json, path: str, depth: int) -> Node | None:
        if not isinstance(given, Mapping):
            self.fault(path, gettext("must be an object with 'all', 'any' or 'not'"))
            return None
        if depth > MAX_DEPTH:
            self.fault(path, gettext("rules nest more than %d deep") % MAX_DEPTH)
            return None
        self._unknown_keys(given, path, _GROUP)
        if "all" in given and "any" in given:
            self.fault(path, gettext("takes either 'all' or 'any'"))
        elif not any(name in given for name in _GROUP):
            self.fault(path, gettext("needs 'all', 'any' or 'not'"))
        children: list[Node] = []
        if "all" in given:
            children += self._list(given["all"], f"{path}.all", depth)
        if "any" in given:
            children.append(Or(tuple(self._list(given["any"], f"{path}.any", depth))))
        if "not" in given and (child := self.node(given["not"], f"{path}.not", depth + 1)):
            children.append(Not(child))
        return children[0] if len(children) == 1 else And(tuple(children))

    def _list(self, given: Json, path: str, depth: int) -> list[Node]:
        if not isinstance(given, list) or not given:
            self.fault(path, gettext("must be a list of at least one rule"))
            return []
        if len(given) > MAX_TERMS:
            self.fault(path, gettext("there are more than %d rules") % MAX_TERMS)
            return []
        found = [self.node(one, f"{path}.{at}", depth + 1) for at, one in enumerate(given)]
        return [node for node in found if node is not None]

    def _rule(self, given: Mapping[str, Json], path: str) -> Term | None:
        self.count += 1
        if self.count > MAX_TERMS:
            return None  # told once, at the end
        self._unknown_keys(given, path, _RULE)
        field = self._field(given.get("field"), f"{path}.field")
        op = self._op(given.get("op"), f"{path}.op")
        if op is None:
            return None
        before = len(self.faults)
        value = self._value(given.get("value"), op, f"{path}.value")
        if field is None or len(self.faults) > before:
            return None
        term = by_id(Term(field, op, value))
        if unfit := operand_fault(term):
            place = unfit.place if unfit.at is None else f"{unfit.place}.{unfit.at}"
            self.fault(f"{path}.{place}", unfit.reason)
            return None
        return term

    def _field(self, given: Json, path: str) -> FieldRef | None:
        if not isinstance(given, str):
            self.fault(path, gettext("must be the name of a field"))
            return None
        try:
            return self._vocabulary.field(given)
        except UnknownFieldError as error:
            self.fault(path, str(error))
            return None

    def _op(self, given: Json, path: str) -> Op | None:
        if not isinstance(given, str):
            self.fault(path, gettext("must be an operator"))
            return None
        try:
            return Op(" ".join(given.upper().split()))
        except ValueError:
            near = nearest_operator(given)
            told = gettext("unknown operator '%s'") % given[:50]
            self.fault(path, told + gettext("; did you mean '%s'?") % near if near else told)
            return None

    def _value(self, given: Json, op: Op, path: str) -> Value:
        if op in _NULL:
            if given is not None:
                self.fault(path, gettext("'%s' takes no value") % op.value)
            return None
        if op in _LISTS:
            if not isinstance(given, list) or not 0 < len(given) <= MAX_LIST:
                sentence = gettext("'%(op)s' takes a list of 1 to %(most)d values")
                self.fault(path, sentence % {"op": op.value, "most": MAX_LIST})
                return None
            return tuple(self._text(one, f"{path}.{at}") for at, one in enumerate(given))
        if isinstance(given, Mapping) and set(given) == {"field"}:
            return self._field(given["field"], f"{path}.field")
        return self._text(given, path)

    def _text(self, given: Json, path: str) -> str:
        if isinstance(given, bool):
            return "true" if given else "false"
        if isinstance(given, int | float):
            return str(given) if abs(given) < 10**40 else self._not_text(path)
        if isinstance(given, str) and len(given) <= MAX_VALUE:
            return given
        return self._not_text(path)

    def _not_text(self, path: str) -> str:
        self.fault(
            path, gettext("must be a text of at most %d characters, or a number") % MAX_VALUE
        )
        return ""

    def _unknown_keys(self, given: Mapping[str, Json], path: str, known: tuple[str, ...]) -> None:
        for name in given:
            if name not in known:
                near = nearest(str(name), known)
                told = gettext("unknown key")
                self.fault(
                    f"{path}.{str(name)[:50]}",
                    told + gettext("; did you mean '%s'?") % near if near else told,
                )
