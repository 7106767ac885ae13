"""Compiling, checking and rendering a template."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from types import TracebackType

from django.conf import settings as site
from django.utils import translation
from django.utils.translation import gettext
from jinja2 import Template, nodes
from jinja2.exceptions import TemplateError, TemplateSyntaxError

from scrips.rendering.braces import rewritten
from scrips.rendering.budget import MAX_OUTPUT, metered
from scrips.rendering.caps import MAX_SOURCE
from scrips.rendering.errors import OverrunError, RenderFailed, TemplateInvalid
from scrips.rendering.names import Kind, objections
from scrips.rendering.sandbox import Sandbox
from scrips.rendering.tree import Metered, check
from scrips.rendering.values import Later

_SANDBOXES = {html: Sandbox(html=html) for html in (False, True)}
MOST_FAULTS = 20
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{4000}")

# What Python raises for a template that asks for what cannot be done.
_FAILURES = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(RecursionError, MemoryError),
)


def validate(
    source: str,
    *,
    html: bool = False,
    known_fields: frozenset[str] | None = None,
    names: Mapping[str, Kind] | None = None,
) -> None:
    """Raises `TemplateInvalid` for a text that is no template or names what does not exist.

    `known_fields` are the keys that `ticket.cf` has; None lets any pass. `names` gives the class
    (or `tuple[Class, ...]`) behind each top-level name, and has the attributes checked as well.
    """
    if "{" not in source and len(source) <= MAX_SOURCE:
        return
    _found_sound(source, html, known_fields, tuple((names or {}).items()))


@lru_cache(maxsize=1024)
def _found_sound(
    source: str,
    html: bool,  # noqa: FBT001  # a key of what is kept
    known_fields: frozenset[str] | None,
    names: tuple[tuple[str, Kind], ...],
) -> None:
    """As `validate`; what was found sound once is so for good."""
    with _refusals(source):
        tree = _parsed(source, html=html)
        for fault in objections(tree, known_fields=known_fields, names=dict(names)):
            raise fault
        _generated(tree, html=html)


def faults(
    source: str,
    *,
    html: bool = False,
    known_fields: frozenset[str] | None = None,
    names: Mapping[str, Kind] | None = None,
) -> list[TemplateInvalid]:
    """All that `validate` would refuse, by line, at most `MOST_FAULTS`: where it does not parse the one fault alone,
    else every name that does not exist, each once on its line.
    """
    try:
        with _refusals(source):
            tree = _parsed(source, html=html)
            found = objections(tree, known_fields=known_fields, names=names or {})
            told = {(fault.line, fault.reason): fault for fault in islice(found, MOST_FAULTS)}
            _generated(tree, html=html)
    except TemplateInvalid as fault:
        return [fault]
    return [told[key] for key in sorted(told)]


def render(
    source: str, context: Mapping[str, object], *, html: bool = False, language: str = ""
) -> str:
    """The text that the template makes of these values; in `html` all values are escaped.

    Dates and numbers are in the `language`, by default the site's: whoever looks or acts changes no text.

    Raises `RenderFailed`, with the line, for a template that is invalid, that asks for what is not
    there, or that goes over a bound of `budget`.
    """
    if "{" not in source and len(source) <= MAX_SOURCE:
        return source
    try:
        template = _compiled(source, html=html)
    except TemplateInvalid as error:
        raise RenderFailed(error.line, error.reason) from error
    try:
        with translation.override(language or site.LANGUAGE_CODE):
            return _output(template, _worked_out(context, source))
    except _FAILURES as error:
        line = _line(template, error.__traceback__)
        raise RenderFailed(line, _reason(error)) from error


def _worked_out(context: Mapping[str, object], source: str) -> Mapping[str, object]:
    """The names with their values, those that cost something only where the template speaks of them."""
    return {
        name: value.value() if isinstance(value, Later) and name in source else value
        for name, value in context.items()
    }


def _output(template: Template, context: Mapping[str, object]) -> str:
    parts: list[str] = []
    length = 0
    with metered():
        for part in template.root_render_func(template.new_context(dict(context))):
            parts.append(part)
            length += len(part)
            if length > MAX_OUTPUT:
                raise OverrunError(gettext("the text has more than %d characters") % MAX_OUTPUT)
    output = "".join(parts)
    # "\ud800" in a template is half a character, and no database takes a zero byte.
    if "\0" in output or any("\ud800" <= character <= "\udfff" for character in output):
        raise ValueError(gettext("the text has characters that cannot be stored"))
    return output


@lru_cache(maxsize=1024)
def _compiled(source: str, *, html: bool) -> Template:
    with _refusals(source):
        return _generated(_parsed(source, html=html), html=html)


def _parsed(source: str, *, html: bool) -> nodes.Template:
    if len(source) > MAX_SOURCE:
        raise TemplateInvalid(1, gettext("the template has more than %d characters") % MAX_SOURCE)
    sandbox = _SANDBOXES[html]
    tree = sandbox.parse(rewritten(source))
    check(tree, sandbox.filters, sandbox.tests)
    return tree


def _generated(tree: nodes.Template, *, html: bool) -> Template:
    sandbox = _SANDBOXES[html]
    code = sandbox.compile(Metered().visit(tree))
    return sandbox.template_class.from_code(sandbox, code, sandbox.make_globals(None))


@contextmanager
def _refusals(source: str) -> Iterator[None]:
    """Turns everything that parser and compiler raise into the template's own error."""
    try:
        yield
    except TemplateSyntaxError as error:
        raise TemplateInvalid(error.lineno, error.message or "") from error
    except (RecursionError, MemoryError, SyntaxError) as error:
        # Python's limits on nested code: met only where the caps above left them a gap.
        raise TemplateInvalid(1, gettext("the template nests too deeply")) from error
    except (ValueError, OverflowError) as error:
        number = _LONG_NUMBER.search(source)
        line = source.count("\n", 0, number.start()) + 1 if number else 1
        raise TemplateInvalid(line, gettext("the number is too large")) from error


def _line(template: Template, traceback: TracebackType | None) -> int:
    """The template's line in which the exception came up: its deepest frame in the template."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__jinja_template__") is template:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return gettext("the template nests too deeply")
    return str(error) or type(error).__name__
