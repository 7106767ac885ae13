"""Days of a zone whose clocks go back to midnight, so that the day has two of them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from customfields.models import CustomField
from tessera.accounts.models import User
from tessera.lib.query.dates import midnight
from tessera.lib.query.evaluate import Query
from tessera.lib.query.parse import parse_query
from tests.office import Office
from tickets import service, state
from tickets.access import Actor
from tickets.facts import query_facts
from tickets.models import QueueField
from tickets.people import People
from tickets.search import search
from tickets.search.pairs import _MIDNIGHT


@pytest.mark.parametrize("relation", ["Due > CF.day", "CF.day < Due", "NOT Due < CF.day"])
def test_day_with_two_midnights_begins_with_the_first_in_the_database_and_in_memory(
    office: Office, relation: str
) -> None:
    field = CustomField.objects.create(key="day", name="Day", field_type="Date")
    QueueField.objects.create(queue=office.support, field=field, position=9)
    User.objects.filter(pk=office.admin.id).update(time_zone="Atlantic/Azores")
    actor = Actor.of(User.objects.get(pk=office.admin.id))
    between = "2026-10-25T00:30:00Z"  # the first half past midnight; the second is an hour later
    values: dict[str, Any] = {"subject": "x", "queue": "Support", "due_at": between}
    values |= {"custom_fields": {"day": "2026-10-25"}}
    number = service.create(values, actor=actor).ticket.id

    found = [row.pk for row in search(relation, actor).rows]
    now = datetime(2026, 11, 1, tzinfo=UTC)
    facts = query_facts(
        state.fetch([number])[number], config=actor.config, people=People(), now=now, log=tuple
    )
    held = Query(parse_query(relation, actor.config.vocabulary))
    assert found == [number]
    assert held.holds(replace(facts, zone=ZoneInfo("Atlantic/Azores")))


def test_midnights_of_the_database_are_those_of_python_at_every_change_of_clocks(db: None) -> None:
    zones = (
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "Atlantic/Azores",
        "Asia/Beirut",
    )
    with connection.cursor() as cursor:
        for name in zones:
            day = _MIDNIGHT % ("d::date", "%s")
            cursor.execute(
                f"SELECT d::date, {day} FROM generate_series('2020-01-01'::date, '2025-12-31', '1 day') AS d",  # noqa: S608  # ours
                [name],
            )
            rows = cursor.fetchall()
            assert [moment for _day, moment in rows] == [
                midnight(day, ZoneInfo(name)) for day, _moment in rows
            ]
