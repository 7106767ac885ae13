"""Parts of pages as they were drawn, by all that they say: of most nothing changes from one look to the next.

Each process keeps its own. What is kept is markup that a template made, and never anything of who looks at it but
what its key says.
"""

from collections.abc import Callable, Hashable

from django.utils.safestring import SafeString
from django.utils.translation import get_language

# Characters, all parts together; past that all are drawn anew.
MOST = 8_000_000
_kept: dict[Hashable, SafeString] = {}
_size = 0


def drawn(key: Hashable, draw: Callable[[], SafeString]) -> SafeString:
    """The part of that key in the reader's language: as it was drawn, or drawn now."""
    global _size  # noqa: PLW0603  # of the one store of the process
    key = (get_language(), key)
    found = _kept.get(key)
    if found is None:
        found = draw()
        if _size + len(found) > MOST:
            _kept.clear()
            _size = 0
        _kept[key] = found
        _size += len(found)
    return found
