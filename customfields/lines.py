"""Choices as text, one a line, for forms that work without a script:

    Graz | green | when: AT; CH | was: Gratz

The value first, then in any order a colour, `disabled`, `when:` with the parent's values and `was:` with the old name.
A backslash takes `|`, `;` and itself as they are.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from customfields.choices import COLOURS, Choice
from tessera.lib.suggest import nearest
from tessera.lib.values import BadValue

_SPECIAL = re.compile(r"([\\|;])")
_ESCAPED = re.compile(r"\\(.)")
DISABLED = "disabled"


def to_lines(choices: Iterable[Choice]) -> str:
    """The text of choices."""
    return "\n".join(map(_line, choices))


def from_lines(text: str) -> list[dict[str, Any]]:
    """The choices of a text, as the API takes them; empty lines count for nothing. Raises `BadValue` with the line."""
    lines = enumerate(re.split(r"\r\n|\n|\r", text), 1)
    return [_choice(line, number) for number, line in lines if line.strip()]


def _line(choice: Choice) -> str:
    parts = [_escaped(choice.value)]
    if choice.colour:
        parts.append(choice.colour)
    if choice.disabled:
        parts.append(DISABLED)
    if choice.when:
        parts.append("when: " + "; ".join(map(_escaped, choice.when)))
    return " | ".join(parts)


def _choice(line: str, number: int) -> dict[str, Any]:
    value, *rest = _split("|", line)
    found: dict[str, Any] = {"value": _plain(value)}
    for part in rest:
        name, colon, said = part.partition(":")
        if part == DISABLED:
            found["disabled"] = True
        elif part in COLOURS:
            found["colour"] = part
        elif colon and name.strip() == "when":
            found["when"] = [_plain(each) for each in _split(";", said) if each]
        elif colon and name.strip() == "was":
            found["was"] = _plain(said.strip())
        elif part:
            near = nearest(part, [*COLOURS, DISABLED])
            hint = _("; did you mean “%s”?") % near if near else ""
            told = _("line %(number)d knows no “%(part)s”") % {"number": number, "part": part[:40]}
            raise BadValue(told + hint)
    return found


def _split(separator: str, text: str) -> list[str]:
    """The parts between separators that no backslash protects, trimmed; backslashes stay."""
    pieces = re.findall(rf"\\.|{re.escape(separator)}|.", text, re.DOTALL)
    parts = [""]
    for piece in pieces:
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
