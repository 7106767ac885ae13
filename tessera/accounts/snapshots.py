"""A row as plain JSON, for telling what changed of it. Secrets are compared, and never shown."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from tessera.lib import secretbox

# {"field": value}; and of two of them {"field": [old, new]}.
Snapshot = dict[str, Any]

HIDDEN = "********"
# Longer values have version tables of their own; here they say that they changed, and how they begin.
_LONGEST = 1000
_SECRET = re.compile(
    r"password|passwd|secret|token|digest|authori[sz]ation|cookie|credential|api.?key",
    re.IGNORECASE,
)
_IN_A_URL = re.compile(r"(?<=://)[^/\s@]+@")
# What follows from the rest, or moves by itself.
_DERIVED = {"last_login", "last_used_at", "auth_epoch", "updated_at", "unread_since"}


class _Sealed(str):
    """A fingerprint that stands for a secret between two snapshots."""

    __slots__ = ()


def snapshot(row: models.Model) -> Snapshot:
    """The row's own fields, and the ids of its relations to many (a statement for each)."""
    meta = row._meta  # noqa: SLF001  # documented, whatever its name
    found = {
        field.attname: _plain(field.attname, field.value_from_object(row))
        for field in meta.concrete_fields
        if not field.primary_key and field.attname not in _DERIVED
    }
    for relation in meta.many_to_many:
        through: Any = getattr(row, relation.name).through
        rows = through._base_manager.filter(**{relation.m2m_field_name(): row.pk})  # noqa: SLF001  # the same
        ids = rows.values_list(f"{relation.m2m_reverse_field_name()}_id", flat=True)
        found[relation.name] = list(ids) if through._meta.ordering else sorted(ids)  # noqa: SLF001  # the same
    return found


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Snapshot:
    """`{"field": [old, new]}` of those that differ, secrets hidden and long values cut.

    None stands for a row that is not there; what is empty in the other is then left out.
    """
    old, new = before or {}, after or {}
    found = {}
    for name in sorted({*old, *new}):
        pair = [old.get(name), new.get(name)]
        if pair[0] != pair[1] and not (None in (before, after) and _nothing(pair)):
            found[name] = [_shown(value) for value in pair]
    return found


def _nothing(pair: list[Any]) -> bool:
    return all(value in (None, "", [], {}, False) for value in pair)


def _plain(name: str, value: Any) -> Any:
    """The value as JSON has it, with a seal in the place of each secret, at every depth."""
    if _SECRET.search(name):
        return _seal(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(str(key), part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain("", part) for part in value]
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _seal(value: Any) -> Any:
    if value in (None, "", [], {}):
        return value
    text = json.dumps(_opened(value), cls=DjangoJSONEncoder, sort_keys=True)
    return _Sealed(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())


def _opened(value: Any) -> Any:
    """What is kept encrypted is another text after each save, and the same secret still."""
    if isinstance(value, list):
        return [_opened(part) for part in value]
    try:
        return secretbox.open_(value) if isinstance(value, str) else value
    except secretbox.SecretUnreadable:
        return value


def _shown(value: Any) -> Any:
    hidden = _hidden(value)
    text = json.dumps(hidden, ensure_ascii=False)
    return hidden if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _hidden(value: Any) -> Any:
    if isinstance(value, _Sealed):
        return HIDDEN
    if isinstance(value, str):
        return _IN_A_URL.sub(f"{HIDDEN}@", value)
    if isinstance(value, dict):
        return {key: _hidden(part) for key, part in value.items()}
    return [_hidden(part) for part in value] if isinstance(value, list) else value
