"""Patterns that administrators write, in RE2's syntax: their time is linear in the text's length."""

from functools import lru_cache

import re2
from django.utils.translation import gettext as _

from tessera.lib.values import BadValue


class Pattern:
    """A compiled pattern. Raises `BadValue` where RE2 does not read it."""

    def __init__(self, source: str) -> None:
        options = re2.Options()
        options.log_errors = False  # a person's slip is an answer to them, not a line in our log
        try:
            self._compiled = re2.compile(source, options)
        except re2.error as fault:
            why = fault.args[0]
            raise BadValue(
                _("is no regular expression of RE2: %(why)s")
                % {"why": why.decode("utf-8", "replace") if isinstance(why, bytes) else why}
            ) from None

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in the text."""
        return self._compiled.search(text) is not None


@lru_cache(maxsize=512)
def compiled(source: str) -> Pattern:
    """The pattern, compiled once. Raises `BadValue`."""
    return Pattern(source)
