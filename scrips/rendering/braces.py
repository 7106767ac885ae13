"""The spelling `{$ expression }`, rewritten to Jinja's own before it is parsed."""

import re

from django.utils.translation import gettext

from scrips.rendering.errors import TemplateInvalid

_OPENING = re.compile(r"\{[#%{$]")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
_END_OF_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_IN_CODE = re.compile(
    r"""'[^'\\]*(?:\\.[^'\\]*)*' | "[^"\\]*(?:\\.[^"\\]*)*" | [][(){}'"]""",
    re.DOTALL | re.VERBOSE,
)


def rewritten(source: str) -> str:
    """The source with each `{$ expression }` as `{{ expression }}`, on the same lines.

    The expression ends at the first `}` that is not within quotes or brackets of its own. In
    comments, in `{% raw %}` and within Jinja's own braces `{$` has no meaning. Raises
    `TemplateInvalid` for one that is not closed.
    """
    if "{$" not in source:
        return source
    parts: list[str] = []
    done = 0
    while opening := _OPENING.search(source, done):
        parts.append(source[done : opening.start()])
        end = _end(source, opening)
        if end < 0 and opening[0] == "{$":
            line = source.count("\n", 0, opening.start()) + 1
            raise TemplateInvalid(line, gettext("'{$' is not closed by '}'"))
        if end < 0:
            done = opening.start()
            break
        piece = source[opening.start() : end]
        parts.append("{{ " + piece[2:-1] + " }}" if opening[0] == "{$" else piece)
        done = end
    return "".join([*parts, source[done:]])


def _end(source: str, opening: re.Match[str]) -> int:
    """Where the comment, raw part, tag or expression ends that opens here; -1 if it does not."""
    if opening[0] == "{#":
        closing = source.find("#}", opening.end())
        return closing + 2 if closing >= 0 else -1
    if raw := _RAW.match(source, opening.start()):
        found = _END_OF_RAW.search(source, raw.end())
        return found.end() if found else -1
    return _end_of_code(source, opening.end(), {"{%": "%}", "{{": "}}", "{$": "}"}[opening[0]])


def _end_of_code(source: str, position: int, closing: str) -> int:
    depth = 0
    while found := _IN_CODE.search(source, position):
        mark, position = found[0], found.end()
        if mark in ("'", '"'):
            return -1  # a text that does not end
        if depth == 0 and mark == "}":
            # `%}` is found by its brace, of `}}` and `}` it is the first.
            start = found.start() - (closing == "%}")
            if source.startswith(closing, start):
                return start + len(closing)
        depth += (mark in ("(", "[", "{")) - (mark in (")", "]", "}"))
        depth = max(0, depth)
    return -1
