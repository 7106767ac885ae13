"""From a definition's JSON to its rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from lifecycles.own_shape import KEYS, OF_TRANSITION
from lifecycles.parts import ANY, BEGIN, KINDS
from lifecycles.table.rows import UNKNOWN, FormerRow, MapRow, StatusRow, Table, TransitionRow
from tessera.lib.query.fold import fold

# More rows than this no page can bear; the definition is then edited as JSON.
MOST_STATUSES = 100
MOST_TRANSITIONS = 250
_TEXTS = frozenset(OF_TRANSITION) - {"from", "roles"}
_MESSAGES = (None, "comment", "correspond")


def read(raw: object) -> Table | None:
    """The rows of a definition in this project's own shape, with its faults where rows can bear them; None for one
    that says more, or other things, than rows can show."""
    if not isinstance(raw, dict) or not set(raw) <= set(KEYS):
        return None
    statuses = _statuses(raw)
    transitions = raw.get("transitions", [])
    if statuses is None or not _are_transitions(transitions) or not _are_tables(raw):
        return None
    keys: dict[str, str] = {}
    for row in statuses:
        keys.setdefault(fold(row.name), row.key)
    if not _all_known(raw, keys):
        return None

    def ref(name: str) -> str:
        return keys.get(fold(name), UNKNOWN + name)

    chosen = raw.get("defaults", {}).get("on_create")
    return Table(
        statuses=statuses,
        transitions=tuple(
            _transition(f"t{index}", each, ref) for index, each in enumerate(transitions)
        ),
        maps=tuple(_maps(raw, ref)),
        formers=tuple(FormerRow(was, ref(now)) for was, now in raw.get("becomes", {}).items()),
        on_create="" if chosen is None else ref(chosen),
    )


def _statuses(raw: Mapping[str, Any]) -> tuple[StatusRow, ...] | None:
    lists = raw.get("statuses", {})
    if not isinstance(lists, dict) or not set(lists) <= set(KINDS):
        return None
    if not all(_are_texts(each) for each in lists.values()):
        return None
    colors, roles = (_folded(raw.get(key, {})) for key in ("colors", "responsible"))
    found = [(kind, name) for kind in KINDS for name in lists.get(kind, [])]
    if len(found) > MOST_STATUSES or colors is None or roles is None:
        return None
    return tuple(
        StatusRow(
            key=f"s{index}",
            name=name,
            kind=kind,
            color=colors.get(fold(name), ""),
            role=roles.get(fold(name), ""),
            was=name,
        )
        for index, (kind, name) in enumerate(found)
    )


def _folded(raw: object) -> dict[str, str] | None:
    """By folded name, where the object is one of texts and names nothing twice."""
    if not isinstance(raw, dict) or not _are_texts(list(raw.values())):
        return None
    found = {fold(key): value for key, value in raw.items()}
    return found if len(found) == len(raw) else None


def _are_texts(raw: object) -> bool:
    return isinstance(raw, list) and all(isinstance(each, str) for each in raw)


def _are_transitions(raw: object) -> bool:
    if not isinstance(raw, list) or len(raw) > MOST_TRANSITIONS:
        return False
    return all(isinstance(each, dict) and _is_transition(each) for each in raw)


def _is_transition(raw: Mapping[str, Any]) -> bool:
    texts = all(isinstance(raw[key], str) for key in _TEXTS & set(raw) if raw[key] is not None)
    source = raw.get("from", [])
    known = set(raw) <= set(OF_TRANSITION) and raw.get("message") in _MESSAGES
    return known and texts and (isinstance(source, str) or _are_texts(source)) and _has_roles(raw)


def _has_roles(raw: Mapping[str, Any]) -> bool:
    return raw.get("roles") is None or _are_texts(raw["roles"])


def _are_tables(raw: Mapping[str, Any]) -> bool:
    defaults, maps = raw.get("defaults", {}), raw.get("maps", {})
    if not isinstance(defaults, dict) or not set(defaults) <= {"on_create"}:
        return False
    if not isinstance(defaults.get("on_create"), str | None) or not isinstance(maps, dict):
        return False
    tables = (*maps.values(), raw.get("becomes", {}))
    return all(_folded(each) is not None for each in tables)


def _all_known(raw: Mapping[str, Any], keys: Mapping[str, str]) -> bool:
    """Whether what is said of statuses is said of those that have a row."""
    named: list[str] = [*raw.get("colors", {}), *raw.get("responsible", {})]
    return all(fold(name) in keys for name in named)


def _transition(key: str, raw: Mapping[str, Any], ref: Any) -> TransitionRow:
    given = raw.get("from", [])
    sources = [given] if isinstance(given, str) else given
    texts = {name: raw.get(name) or "" for name in ("name", "label", "right", "guard", "message")}
    return TransitionRow(
        key=key,
        sources=tuple(each if each in (ANY, BEGIN) else ref(each) for each in sources),
        target=ref(raw["to"]) if raw.get("to") else "",
        roles=tuple(raw.get("roles") or ()),
        **texts,
    )


def _maps(raw: Mapping[str, Any], ref: Any) -> Iterable[MapRow]:
    rows = (
        (other, mine, theirs)
        for other, table in raw.get("maps", {}).items()
        for mine, theirs in table.items()
    )
    for index, (other, mine, theirs) in enumerate(rows):
        yield MapRow(f"m{index}", other, ref(mine), theirs)
