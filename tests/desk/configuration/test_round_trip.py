"""A configuration that is written out and put into effect is the same configuration."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from scrips.models import Scrip, ScripVersion
from tessera.accounts.models import AuditEntry, Group, User
from tessera.desk.configuration import document, service, writing
from tessera.lib import secretbox
from tests.desk.configuration.conftest import SECRET, File, furnish
from tests.office import Office, make_office
from tickets.access import Actor

_WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30
) | st.sampled_from(
    [
        *("no", "1e3", "1_000", "0x10", "12:30:00", "2020-01-01", "=", "<<", "null", "~", ""),
        *(
            " lead\nx",
            "x\n\n",
            "tab\tx\ny",
            "\n\nx",
            "a \nb",
            "- a",
            "# a",
            "a: b",
            "[a]",
            "*",
            "&a",
        ),
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(-1e9, 1e9) | _WORDS,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_WORDS, part, max_size=3),
    max_leaves=10,
)


@pytest.fixture
def system(db: None) -> Actor:
    return Actor.of(User.objects.get(username="system"))


@given(st.dictionaries(_WORDS, _VALUES, min_size=1, max_size=3))
def test_whatever_is_written_is_read_back(value: dict[str, Any]) -> None:
    assert repr(document.read(writing.write(value)).value) == repr(value)


def test_new_system_is_as_its_own_file_has_it(system: Actor) -> None:
    text = service.export(actor=system)

    plan = service.review(text, actor=system)

    assert (plan.parts, plan.left) == ((), ())


def test_applying_what_is_there_writes_nothing(file: File) -> None:
    text = service.export(actor=file.office.admin)
    before = (AuditEntry.objects.count(), ScripVersion.objects.count())

    plan = service.apply(text, actor=file.office.admin)

    assert plan.empty
    assert (AuditEntry.objects.count(), ScripVersion.objects.count()) == before
    assert service.export(actor=file.office.admin) == text


@contextmanager
def another_system() -> Iterator[None]:
    """What is done within is not there any more afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_house_is_built_anew_from_its_file_byte_for_byte(
    system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESSERA_CONFIG_RING_THE_PAGER", SECRET)
    monkeypatch.setenv("TESSERA_CONFIG_RING_THE_PAGER_AUTHORIZATION", "Bearer hush-hush")
    with another_system():
        text = service.export(actor=furnish(make_office()).admin)

    service.apply(text, actor=system)

    assert service.export(actor=system) == text
    kept = Scrip.objects.get(name="Ring the pager").action_config
    assert secretbox.open_(kept["secret"]) == SECRET
    assert kept["headers"] == {"Authorization": "Bearer hush-hush", "X-Plain": "seen"}


def test_demo_is_built_anew_from_its_file_byte_for_byte(system: Actor) -> None:
    with another_system():
        call_command("demo", tickets=5, verbosity=0)
        text = service.export(actor=system)

    service.apply(text, actor=system)

    assert service.export(actor=system) == text


def test_export_does_not_depend_on_the_order_of_making(office: Office) -> None:
    names = ("Zebra", "ant", "Émile", "ärger", "Bee")
    for name in names:
        Group.objects.create(name=name)

    found = File(office).sections["groups"]

    assert [each["name"] for each in found] == ["ant", "Bee", "Zebra", "ärger", "Émile"]
