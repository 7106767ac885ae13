"""Fields that are marked as indexed have an index, which searches and orders by them use."""

from collections.abc import Iterator

import pytest
from django.db import connection

from customfields.models import CustomField
from tessera.accounts.models import User
from tessera.lib.errors import Invalid
from tests.office import make_office
from tickets import config, indexing, service
from tickets.access import Actor
from tickets.models import Queue, QueueField
from tickets.orders import orders_of, with_columns
from tickets.search import search


@pytest.fixture
def fields(transactional_db: None) -> Iterator[dict[str, CustomField]]:
    office = make_office()
    del office
    made = {
        key: CustomField.objects.create(key=key, name=key, field_type=type_, indexed=True)
        for key, type_ in (("asset", "Freeform"), ("seats", "Decimal"), ("since", "Date"))
    }
    yield made
    CustomField.objects.update(indexed=False)
    indexing.sync()


def plan(query: str, order: str) -> str:
    office = Actor.of(_root())
    actor = Actor(office.person, config.current())
    terms = orders_of(actor.config).parse(order)
    rows = with_columns(search(query, actor).rows, terms, actor.config)
    with connection.cursor() as cursor:
        for other in ("seqscan", "bitmapscan", "sort"):  # on few rows they are as good
            cursor.execute(f"SET enable_{other} = off")
        try:
            return rows.order_by(*(term.sort() for term in terms))[:51].explain()
        finally:
            for other in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"RESET enable_{other}")


def _root() -> User:
    return User.objects.get(username="root")


def test_indexes_come_and_go_with_the_mark(fields: dict[str, CustomField]) -> None:
    names = [f"ticket_field_{field.pk}" for field in fields.values()]
    assert sorted(indexing.sync()) == sorted(names)
    assert indexing.sync() == []

    CustomField.objects.filter(key="asset").update(indexed=False)
    CustomField.objects.filter(key="seats").update(disabled=True)
    assert sorted(indexing.sync()) == sorted(names[:2])


def test_an_index_that_was_broken_off_is_made_again(fields: dict[str, CustomField]) -> None:
    indexing.sync()
    name = f"ticket_field_{fields['asset'].pk}"
    with connection.cursor() as cursor:
        # As a build leaves it whose connection died.
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name]
        )
    assert indexing.sync() == [name, name]
    assert indexing.sync() == []


def test_the_longest_text_that_is_taken_fits_into_the_index(fields: dict[str, CustomField]) -> None:
    indexing.sync()
    root = Actor.of(_root())
    queue = Queue.objects.get(name="Support")
    QueueField.objects.create(queue=queue, field=fields["asset"], position=9)
    root = Actor(root.person, config.current())
    for number in range(40):  # what does not compress: each character folds to three
        text = "".join("ΐΰ"[(number + n * n // 3) % 2] for n in range(400))
        given = {"subject": text[:255], "queue_id": queue.pk, "custom_fields": {"asset": text}}
        service.create(given, actor=root)
    with pytest.raises(Invalid) as refused:
        service.create({**given, "custom_fields": {"asset": text + "x"}}, actor=root)
    assert "custom_fields.asset" in refused.value.errors


@pytest.mark.parametrize(
    ("key", "query", "order"),
    [
        ("asset", "CF.asset = 'A-1'", "cf.asset"),
        ("asset", "CF.asset >= 'A' AND CF.asset < 'B'", "cf.asset"),
        ("seats", "CF.seats > 12.5", "-cf.seats"),
        ("since", "CF.since > 2026-01-01", "cf.since"),
        ("since", "CF.since = 2026-01-01", "cf.since"),
        ("asset", "Status != stalled", "-cf.asset"),
    ],
)
def test_searches_and_orders_use_the_index(
    fields: dict[str, CustomField], key: str, query: str, order: str
) -> None:
    indexing.sync()
    assert f"ticket_field_{fields[key].pk}" in plan(query, order)
