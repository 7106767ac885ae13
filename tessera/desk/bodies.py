"""What messages say, drawn for one page within its time: by their markup, else in words, else in their first words."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markupsafe import Markup

from tessera.lib import html, plaintext, quotes

# Seconds of its own work, and characters, that all messages of a page may take. The worst that fits a message takes
# 0.7 s: fifty of them were half a minute.
_SECONDS, _ROOM = 0.3, 600_000
# What is left where these are spent.
_FIRST = 1_500
# What took so long is kept; so many at most, in each process.
_DEAR, _KEPT = 0.02, 64

_kept: OrderedDict[tuple[str, bytes, str | None], "Body"] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Body:
    """A message on a page: `markup` where it has one, else `parts`; `short` says that these are its first words."""

    markup: Markup | None = None
    parts: tuple[quotes.Part, ...] = ()
    short: bool = False


class Page:
    """The messages of one page, in the order in which they are drawn."""

    def __init__(self, *, seconds: float = _SECONDS, room: int = _ROOM) -> None:
        self._seconds, self._room = seconds, room

    def body(self, content: str, content_type: str) -> Body:
        """The message whole, while there is time and room for it."""
        key = (content_type, sha256(content.encode(errors="replace")).digest(), get_language())
        body = _known(key)
        if body is None:
            if self._is_over(content, content_type):
                return _first(content, content_type)
            begun = time.thread_time()
            body = _whole(content, content_type)
            spent = time.thread_time() - begun
            self._seconds -= spent
            if spent > _DEAR:
                _keep(key, body)
        self._room -= _size(body)
        return body if self._room >= 0 else _first(content, content_type)

    def _is_over(self, content: str, content_type: str) -> bool:
        """Whether there is no room for it, or no time. A plain text takes none; of HTML much is seldom words."""
        if content_type == "text/plain":
            return len(content) > self._room
        return self._seconds <= 0 or self._room <= 0


def words(content: str, content_type: str) -> str:
    """The message without markup."""
    if content_type == "text/html":
        return plaintext.from_html(content)
    return content.replace("\r\n", "\n")


def _whole(content: str, content_type: str) -> Body:
    markup = html.message(content, content_type, quote=_("Quoted text"))
    if markup is not None:
        return Body(markup)
    return Body(parts=quotes.parts(words(content, content_type)))


def _first(content: str, content_type: str) -> Body:
    if len(content) <= _FIRST:
        return Body(parts=quotes.parts(words(content, content_type)))
    some = content[: 20 * _FIRST]
    told = plaintext.roughly(some) if content_type == "text/html" else some
    return Body(parts=quotes.parts(told.strip()[:_FIRST] + " …"), short=True)


def _size(body: Body) -> int:
    if body.markup is not None:
        return len(body.markup)
    return sum(len(each) for part in body.parts for each in part.paragraphs)


def _known(key: tuple[str, bytes, str | None]) -> Body | None:
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
        return found


def _keep(key: tuple[str, bytes, str | None], body: Body) -> None:
    with _lock:
        _kept[key] = body
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
