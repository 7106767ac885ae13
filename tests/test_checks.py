"""System checks."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from tests.runtime.system import tessera


@pytest.mark.parametrize(
    ("path", "code"),
    [("scrips.engine.nothing", "tessera.E001"), ("scrips.engine.MAX_DEPTH", "tessera.E002")],
)
def test_a_listener_that_is_not_there_is_an_error(settings: Settings, path: str, code: str) -> None:
    settings.TICKET_LISTENERS = [path]
    assert code in [message.id for message in run_checks()]


def test_the_site_has_no_faults() -> None:
    assert [message for message in run_checks() if not message.is_silenced()] == []


@pytest.mark.parametrize(
    ("base_url", "warned"),
    [
        ("https://tickets.example.com", []),
        ("http://tickets.example.com", ["security.W004", "security.W012", "security.W016"]),
    ],
)
def test_a_site_that_is_served_by_https_is_ready_for_it(
    tmp_path: Path, base_url: str, warned: list[str]
) -> None:
    checked = tessera(tmp_path, "check", "--deploy", TESSERA_BASE_URL=base_url)

    told = [line for line in checked.stderr.splitlines() if line.startswith("?: (")]
    assert [line.partition("(")[2].partition(")")[0] for line in told] == warned
