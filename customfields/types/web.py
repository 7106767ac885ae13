"""Addresses of the web and of mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

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


class Email(FieldType):
    """One e-mail address, kept as written."""

    @classmethod
    def read(cls, spec: FieldSpec, raw: object, vocabulary: Vocabulary) -> str:  # noqa: ARG003
        return values.email(trimmed(raw, longest=254))


def _leads_somewhere(link: str) -> bool:
    try:
        parts = urlsplit(link)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
