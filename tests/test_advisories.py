"""`make audit` tells that nothing is known from that nobody could be asked."""

from typing import Any

import pytest

from scripts.advisories import CLEAN, FOUND, UNKNOWN, judge

FINE = {"name": "django", "version": "5.2.8", "vulns": []}
WEAK = {
    "name": "jinja2",
    "version": "3.1.5",
    "vulns": [{"id": "CVE-2025-27516", "fix_versions": ["3.1.6"]}],
}
SKIPPED = {"name": "redis", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "code", "says"),
    [
        ([FINE], CLEAN, "No weakness is known of the 1 packages"),
        ([FINE, SKIPPED, WEAK], FOUND, "jinja2 3.1.5: CVE-2025-27516, mended in 3.1.6"),
        ([FINE, SKIPPED], UNKNOWN, "redis: they were NOT audited"),
        ([SKIPPED], UNKNOWN, "NOTHING WAS AUDITED"),
        ([], UNKNOWN, "NOTHING WAS AUDITED"),
    ],
)
def test_what_was_not_looked_up_is_no_good_news(
    packages: list[dict[str, Any]], code: int, says: str
) -> None:
    ended, said = judge(packages)

    assert ended == code
    assert says in "\n".join(said)
