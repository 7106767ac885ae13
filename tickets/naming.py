"""What may stand for a ticket where one is named: its id, or the key by which people call it, `TKT-0012`."""

import re

from django.utils.translation import gettext as _

from tessera.lib import values
from tessera.lib.values import BadValue

_KEY = re.compile(r"TKT-0*([1-9][0-9]{0,18})", re.IGNORECASE | re.ASCII)
_DIGITS = re.compile(r"0*([1-9][0-9]{0,18})")


def from_json(raw: object) -> int:
    """The id that a number or a key names. Raises `BadValue`."""
    if not isinstance(raw, str):
        return values.identity(raw)
    if found := _KEY.fullmatch(raw):
        return values.identity(int(found[1]))
    raise BadValue(_("must be a ticket's id, or its key such as TKT-0012"))


def from_text(raw: str) -> int:
    """The id that `12`, `TKT-0012` or `tkt-12` names. Raises `BadValue`."""
    found = _DIGITS.fullmatch(raw)
    return values.identity(int(found[1])) if found else from_json(raw)


def typed(raw: str) -> int | None:
    """The id that somebody means who typed this; None where it names no ticket."""
    try:
        return from_text(raw.strip())
    except BadValue:
        return None
