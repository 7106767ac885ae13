"""Bodies in: JSON and uploads, bounded before they are read."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.parsers import MultiPartParser as RestMultiPartParser

from tessera.lib.api.errors import Malformed, MediaTypeRefused, TooLarge
from tessera.lib.errors import Invalid

# Deep enough for any definition people write; far below what Python's own parser survives.
MAX_DEPTH = 64
# Possessive, its end left open: no input makes it look twice at the same character.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
# An integer of more digits is too large for every field, which says so by its name.
_DIGITS = 40
# Room for the other fields and the boundaries of an upload.
_FORM_ROOM = 64 * 1024


class JSONParser(BaseParser):
    """A JSON object of at most `TESSERA_MAX_BODY` bytes.

    Raises TooLarge; Malformed for what is not JSON as RFC 8259 has it (NaN, a name given twice and
    numbers beyond a double too); Invalid for what nests too deeply or is no object.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002  # DRF's signature
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded body."""
        limit = settings.TESSERA_MAX_BODY
        _refuse_announced(parser_context, limit)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(_too_large(limit))
        return decode(raw)


class MultiPartParser(RestMultiPartParser):
    """A form with files, of at most `TESSERA_MAX_UPLOAD` bytes."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        """The fields and the files."""
        _refuse_announced(parser_context, settings.TESSERA_MAX_UPLOAD + _FORM_ROOM)
        return super().parse(stream, media_type, parser_context)


def decode(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; see `JSONParser`."""
    _refuse_depth(raw)
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except ValueError as fault:  # UnicodeDecodeError and JSONDecodeError are such
        raise Malformed(_("The body is not JSON: %(fault)s") % {"fault": fault}) from None
    if not isinstance(value, dict):
        raise Invalid({"body": [_("must be a JSON object")]})
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(name for name, _value in pairs)
        twice, _times = counted.most_common(1)[0]
        raise ValueError(_("“%(name)s” stands in one object twice") % {"name": twice[:80]})
    return found


def _integer(text: str) -> int:
    return int(text[:_DIGITS])


def _no_constant(name: str) -> Any:
    raise ValueError(_("%(name)s is no JSON number") % {"name": name})


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(_("%(text)s is too large a number") % {"text": text[:40]})
    return number


def _refuse_depth(raw: bytes) -> None:
    """Before parsing, because parsers recurse. Names the field that nests too deeply."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    depth, string, field = 0, b"", b""
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token in (b"[", b"{"):
            if depth == 1:
                field = string
            depth += 1
            if depth > MAX_DEPTH:
                name = field[1:-1].decode("utf-8", "replace") or "body"
                raise Invalid(
                    {name: [_("is nested more than %(depth)d levels deep") % {"depth": MAX_DEPTH}]}
                )
        elif token in (b"]", b"}"):
            depth -= 1
        elif depth == 1:
            string = token


def _refuse_announced(context: Mapping[str, Any] | None, limit: int) -> None:
    """A body that says that it is too large, or packed, is not read at all."""
    told = context["request"].META if context else {}
    if told.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        raise MediaTypeRefused(_("Send the body as it is, without Content-Encoding."))
    try:
        announced = int(told.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Malformed(_("The header Content-Length is no number.")) from None
    if announced > limit:
        raise TooLarge(_too_large(limit))


def _too_large(limit: int) -> str:
    return _("The body is larger than %(limit)d bytes.") % {"limit": limit}
