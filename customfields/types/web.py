"""Addresses of the web and of mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from customfields import inputs
from customfields.types.base import FieldType, trimmed
from tessera.lib import values
from tessera.lib.values import BadValue

if TYPE_CHECKING:
    from customfields.spec import FieldSpec, Vocabulary

_LONGEST = 2_000
# RFC 3986 has none of these in a URL, and browsers read some of them in ways of their own.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\s<>\"\\^`{|}]")


class URL(FieldType):
    """A link to a web page: http or https, so that following it can run nothing. Kept as written."""

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        link = trimmed(raw, longest=_LONGEST)
        if _FORBIDDEN.search(link) or not _leads_somewhere(link):
            raise BadValue(_("must be a web address such as https://example.com/page"))
        return link

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        return super().input(spec, held) if inputs.many(spec, held) else forms.URLInput()

    @classmethod
    def display(cls, spec: FieldSpec, value: Any) -> SafeString:  # noqa: ARG003
        link = '<a href="{}" rel="noopener noreferrer nofollow">{}</a>'
        return format_html(link, value, value)


class Email(FieldType):
    """One e-mail address, kept as written."""

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        return values.email(trimmed(raw, longest=254))

    @classmethod
    def input(cls, spec: FieldSpec, held: Sequence[Any]) -> forms.Widget:
        return super().input(spec, held) if inputs.many(spec, held) else forms.EmailInput()

    @classmethod
    def display(cls, spec: FieldSpec, value: Any) -> SafeString:  # noqa: ARG003
        return format_html('<a href="mailto:{}">{}</a>', quote(value, safe="@"), value)


def _leads_somewhere(link: str) -> bool:
    try:
        parts = urlsplit(link)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
