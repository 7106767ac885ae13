"""Making lifecycles and publishing their versions."""

from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from lifecycles import service
from lifecycles.definition import Fault
from lifecycles.models import Lifecycle
from lifecycles.service import DefinitionInvalid
from tessera.accounts.models import User
from tessera.lib import clock
from tessera.lib.errors import Invalid
from tests.lifecycles.processes import CLASSIC, PUBLISHED, published

FAULTY = published(defaults={"on_create": "open"})
OTHER = published(maps={})


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def lifecycle(ada: User) -> Lifecycle:
    return service.create("Orders", PUBLISHED, actor=ada, note="first")


def test_a_lifecycle_begins_with_version_1(ada: User) -> None:
    moment = datetime(2026, 3, 31, 9, tzinfo=UTC)
    with clock.at(moment):
        made = service.create(" Orders ", PUBLISHED, actor=ada, note="first")
    made.refresh_from_db()
    version = made.current
    assert version is not None
    assert (made.name, made.draft) == ("Orders", None)
    assert (version.lifecycle, version.number, version.definition) == (made, 1, PUBLISHED)
    assert (version.note, version.creator, version.created_at) == ("first", ada, moment)


def test_the_digest_is_that_of_the_json_with_sorted_keys(lifecycle: Lifecycle) -> None:
    assert service.digest_of({"b": ["é", 1], "a": None}) == (
        # printf '{"a":null,"b":["é",1]}' | sha256sum
        "419ff44f480459a5cdd6aeb75a186f36f6233aabfe4b00e778651f4001e9a9bd"
    )
    stored = lifecycle.versions.get()
    assert stored.sha256 == service.digest_of(stored.definition) == service.digest_of(PUBLISHED)


def test_publishing_makes_the_next_version_current_and_keeps_the_last(
    lifecycle: Lifecycle, ada: User
) -> None:
    first = lifecycle.current
    second = service.publish(lifecycle, OTHER, actor=ada, note="without maps")
    assert lifecycle.current == second
    lifecycle.refresh_from_db()
    assert lifecycle.current == second
    assert list(lifecycle.versions.values_list("number", "definition")) == [
        (1, PUBLISHED),
        (2, OTHER),
    ]
    assert first is not None
    assert lifecycle.versions.get(number=1) == first


def test_what_is_current_already_makes_no_new_version(lifecycle: Lifecycle, ada: User) -> None:
    again = service.publish(lifecycle, dict(reversed(PUBLISHED.items())), actor=ada)
    assert again == lifecycle.current
    assert lifecycle.versions.count() == 1


def test_an_older_definition_can_be_published_again(lifecycle: Lifecycle, ada: User) -> None:
    service.publish(lifecycle, OTHER, actor=ada)
    assert service.publish(lifecycle, PUBLISHED, actor=ada).number == 3


def test_a_faulty_definition_is_refused_and_changes_nothing(
    lifecycle: Lifecycle, ada: User
) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        service.publish(lifecycle, FAULTY, actor=ada)
    fault = Fault("defaults.on_create", "'Open' is no initial status")
    assert refusal.value.faults == (fault,)
    assert refusal.value.body() == {
        "code": "invalid",
        "detail": "definition.defaults.on_create: 'Open' is no initial status",
        "errors": {"definition.defaults.on_create": ["'Open' is no initial status"]},
    }
    assert lifecycle.versions.count() == 1


def test_a_guard_is_given_to_whoever_can_read_it(lifecycle: Lifecycle, ada: User) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        service.publish(lifecycle, CLASSIC, actor=ada, check_guard=lambda guard: f"no {guard[:3]}")
    assert refusal.value.errors == {"definition.transitions[3].guard": ["no CF."]}


def test_a_guard_that_nobody_would_evaluate_is_refused(lifecycle: Lifecycle, ada: User) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        service.publish(lifecycle, CLASSIC, actor=ada)
    assert set(refusal.value.errors) == {"definition.transitions[3].guard"}


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("", {"name": ["must not be empty"]}),
        ("orders", {"name": ["there is already a lifecycle of this name"]}),
        (5, {"name": ["must be text"]}),
        ("x" * 101, {"name": ["is 101 characters long; at most 100 fit"]}),
    ],
)
def test_a_name_is_a_line_that_no_other_lifecycle_has(
    lifecycle: Lifecycle, name: Any, errors: dict[str, list[str]]
) -> None:
    with pytest.raises(Invalid) as refusal:
        service.create(name, PUBLISHED, actor=None)
    assert refusal.value.errors == errors
    other = service.create("Other", PUBLISHED, actor=None)
    with pytest.raises(Invalid) as refusal:
        service.rename(other, name)
    assert refusal.value.errors == errors
    assert Lifecycle.objects.filter(pk=other.pk, name="Other").exists()


def test_a_name_can_change_its_case(lifecycle: Lifecycle) -> None:
    service.rename(lifecycle, "ORDERS")
    assert Lifecycle.objects.get(pk=lifecycle.pk).name == "ORDERS"


@pytest.mark.django_db
def test_faults_of_the_name_and_of_the_definition_are_named_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        service.create("", [], actor=None)
    assert refusal.value.errors == {
        "name": ["must not be empty"],
        "definition": ["must be an object"],
    }


def test_a_draft_may_have_faults_and_binds_nobody(lifecycle: Lifecycle) -> None:
    parsed = service.save_draft(lifecycle, FAULTY)
    assert [fault.place for fault in parsed.faults] == ["defaults.on_create"]
    lifecycle.refresh_from_db()
    assert lifecycle.draft == FAULTY
    assert lifecycle.versions.count() == 1


def test_a_draft_is_published_when_it_has_no_fault(lifecycle: Lifecycle, ada: User) -> None:
    service.save_draft(lifecycle, FAULTY)
    with pytest.raises(DefinitionInvalid):
        service.publish_draft(lifecycle, actor=ada)
    service.save_draft(lifecycle, OTHER)
    version = service.publish_draft(lifecycle, actor=ada, note="done")
    lifecycle.refresh_from_db()
    assert (lifecycle.current, lifecycle.draft) == (version, None)
    assert (version.number, version.definition, version.note) == (2, OTHER, "done")


def test_without_a_draft_there_is_nothing_to_publish(lifecycle: Lifecycle, ada: User) -> None:
    with pytest.raises(Invalid) as refusal:
        service.publish_draft(lifecycle, actor=ada)
    assert refusal.value.errors == {"draft": ["there is no draft to publish"]}


@pytest.mark.parametrize("raw", [{"a": "\x00"}, {"a": "\ud800"}, {"a": 2**64}, {"a": float("nan")}])
def test_a_draft_that_no_database_stores_is_refused(lifecycle: Lifecycle, raw: Any) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        service.save_draft(lifecycle, raw)
    assert list(refusal.value.errors) == ["definition.a"]


def test_a_note_is_one_line(lifecycle: Lifecycle, ada: User) -> None:
    with pytest.raises(Invalid) as refusal:
        service.publish(lifecycle, OTHER, actor=ada, note="a\nb")
    assert refusal.value.errors == {"note": ["must be one line"]}
    assert lifecycle.versions.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE lifecycles_lifecycleversion SET note = 'x'",
        "DELETE FROM lifecycles_lifecycleversion",
    ],
)
def test_the_database_refuses_to_change_a_version(lifecycle: Lifecycle, change: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_get_two_numbers() -> None:
    lifecycle = service.create("Race", PUBLISHED, actor=None)
    together = Barrier(2, timeout=60)
    numbers: list[int] = []

    def publish(raw: dict[str, Any]) -> None:
        mine = Lifecycle.objects.get(pk=lifecycle.pk)
        together.wait()
        numbers.append(service.publish(mine, raw, actor=None).number)
        connection.close()

    threads = [Thread(target=publish, args=(raw,)) for raw in (OTHER, published(responsible={}))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(numbers) == [2, 3]
