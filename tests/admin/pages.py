"""What a page of the administration says."""

import re
from html import unescape
from typing import Any

_ERRORS = re.compile(r'<ul class="errorlist[^"]*" id="id_(\w+)_error">(.*?)</ul>', re.DOTALL)
_ITEM = re.compile(r"<li>(.*?)</li>", re.DOTALL)


def text(response: Any) -> str:
    """The page as it was sent."""
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def errors(response: Any) -> dict[str, list[str]]:
    """The errors that stand at fields."""
    return {
        field: [unescape(item) for item in _ITEM.findall(items)]
        for field, items in _ERRORS.findall(text(response))
    }
