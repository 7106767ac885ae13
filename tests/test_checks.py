"""System checks."""

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings


@pytest.mark.parametrize(
    ("path", "code"),
    [("scrips.engine.nothing", "tessera.E001"), ("scrips.engine.MAX_DEPTH", "tessera.E002")],
)
def test_a_listener_that_is_not_there_is_an_error(settings: Settings, path: str, code: str) -> None:
    settings.TICKET_LISTENERS = [path]
    assert code in [message.id for message in run_checks()]


def test_the_site_has_no_faults() -> None:
    assert [message for message in run_checks() if not message.is_silenced()] == []
