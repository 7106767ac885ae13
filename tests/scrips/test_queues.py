"""A scrip in several queues: where it runs, in which order, and as what it is kept."""

from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from hypothesis import given, settings
from hypothesis import strategies as st

from scrips.explain import explain
from scrips.models import Scrip, ScripQueue, ScripVersion
from scrips.places import Reach
from scrips.rules import rules_for
from scrips.service import save_order, save_scrip
from tessera.accounts.models import ApiToken, ConfigGeneration, User
from tessera.lib.errors import Invalid
from tests.api.caller import Caller, error
from tests.drawing import examples
from tests.office import Office
from tests.people import holder
from tests.scrips.test_engine import comment, comments, mail
from tests.tickets.test_door import create
from tickets import config
from tickets.access import Actor
from tickets.models import Transaction


@pytest.fixture
def api(office: Office) -> Caller:
    return Caller(ApiToken.issue(User.objects.get(username="root")))


def body(**more: Any) -> dict[str, Any]:
    rule = {"name": "n", "condition_type": "OnCreate", "action_type": "AddComment"}
    return {**rule, "action_config": {"content": "x"}, **more}


def test_a_scrip_runs_in_each_of_its_queues_and_nowhere_else(office: Office) -> None:
    comment(office, "OnCreate", "here", queue_ids=[office.support.pk, office.other.pk])
    queues = (office.support, office.other, office.incidents)
    said = [comments(create(office, queue_id=queue.pk)) for queue in queues]
    assert said == [["here"], ["here"], []]


def test_each_queue_has_its_own_order(office: Office) -> None:
    both = [office.support.pk, office.other.pk]
    everywhere = comment(office, "OnCreate", "all", sort_order=5)
    one = comment(office, "OnCreate", "one", queue_ids=both, sort_order=1)
    two = comment(office, "OnCreate", "two", queue_ids=both, sort_order=9)

    wanted = [two.pk, everywhere.pk, one.pk]
    save_order(office.other.pk, wanted, actor=office.admin, note="Two first")

    assert comments(create(office)) == ["one", "all", "two"]
    assert comments(create(office, queue_id=office.other.pk)) == ["two", "all", "one"]
    assert comments(create(office, queue_id=office.incidents.pk)) == ["all"]
    notes = ScripVersion.objects.filter(note="Two first").values_list("scrip_id", flat=True)
    assert set(notes) == {everywhere.pk, one.pk}


def test_the_past_is_explained_in_the_queues_and_the_order_of_that_day(office: Office) -> None:
    first = comment(office, "OnCreate", "a", name="First", queue_ids=[office.support.pk])
    second = comment(office, "OnCreate", "b", name="Second", sort_order=1)
    ticket = create(office).ticket
    save_order(office.support.pk, [second.pk, first.pk], actor=office.admin)
    later = create(office).ticket
    save_scrip(first, {"queue_ids": [office.other.pk]}, actor=office.admin)
    last = create(office).ticket

    def told(ticket_id: int) -> list[str]:
        row = Transaction.objects.get(ticket=ticket_id, seq=1)
        now = Actor(office.admin.person, config.current())
        return [each.name for each in explain(row, now)]

    assert told(ticket.id) == ["First", "Second"]
    assert told(later.id) == ["Second", "First"]
    assert told(last.id) == ["Second"]


def test_versions_of_the_first_days_are_still_read() -> None:
    old = {"queue_id": 7, "sort_order": 3}
    assert Reach.of_snapshot(old) == Reach.among([7], 3)
    assert Reach.of_snapshot({**old, "queue_id": None}).queue_ids is None


PLACES = st.lists(st.tuples(st.sets(st.integers(0, 2)), st.integers(-2, 2)), min_size=1, max_size=6)


@given(drawn=PLACES, seed=st.randoms(use_true_random=False))
@settings(max_examples=examples(25))
def test_every_order_can_be_had_in_one_queue_and_leaves_the_others_as_they_were(
    office: Office, drawn: list[tuple[set[int], int]], seed: Any
) -> None:
    Scrip.objects.all().delete()
    queues = [office.support.pk, office.other.pk, office.incidents.pk]
    for places, order in drawn:
        mine = [queues[place] for place in sorted(places)]
        comment(office, "OnCreate", "x", queue_ids=mine, sort_order=order)

    def orders() -> list[list[int]]:
        rules = rules_for(config.fresh())
        return [[rule.id for rule in rules.of(queue, "TransactionCreate")] for queue in queues]

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")
    before = orders()
    for found, queue in zip(before, queues, strict=True):
        rows = {row.pk: row.reach for row in Scrip.objects.filter(pk__in=found)}
        keys = [(rows[number].place(queue), number) for number in found]
        assert all(one < other for one, other in pairwise(keys))
    wanted = list(before[1])
    seed.shuffle(wanted)
    save_order(queues[1], wanted, actor=office.admin)
    assert orders() == [before[0], wanted, before[2]]


@pytest.mark.parametrize("wrong", [[], [0], "twice", "far"])
def test_an_order_names_each_scrip_of_the_queue_once(office: Office, wrong: Any) -> None:
    mine = comment(office, "OnCreate", "x")
    far = comment(office, "OnCreate", "x", queue_ids=[office.other.pk])
    named = {"twice": [mine.pk, mine.pk], "far": [mine.pk, far.pk]}
    wanted = named[wrong] if isinstance(wrong, str) else wrong
    with pytest.raises(Invalid) as caught:
        save_order(office.support.pk, wanted, actor=office.admin)
    assert set(caught.value.errors) == {"scrip_ids"}
    assert ScripQueue.objects.filter(sort_order__isnull=False).count() == 0


def test_a_place_counts_as_configuration(office: Office) -> None:
    rule = comment(office, "OnCreate", "x", queue_ids=[office.support.pk])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")
    before = ConfigGeneration.current()
    rule.places.update(sort_order=5)
    assert ConfigGeneration.current() != before


def test_readers_can_tell_one_queue_several_and_all(office: Office, api: Caller) -> None:
    support, other = office.support.pk, office.other.pk
    bodies = [
        body(),
        body(queue_id=None),
        body(queue_id=support),
        body(queue_ids=[other, support]),
        body(queue_ids=[]),
    ]
    made = [api.post("/api/scrips", each).json() for each in bodies]
    assert [(each["queue_id"], each["queue_ids"]) for each in made] == [
        (None, []),
        (None, []),
        (support, [support]),
        (None, sorted([support, other])),
        (None, []),
    ]
    found = api.get(f"/api/scrips?queue_id={other}").json()["results"]
    assert [each["id"] for each in found] == [made[3]["id"]]
    moved = api.patch(f"/api/scrips/{made[3]['id']}", {"queue_id": other}).json()
    assert (moved["queue_id"], moved["version"]) == (other, 2)


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"queue_ids": None}, "queue_ids"),
        ({"queue_ids": "1"}, "queue_ids"),
        ({"queue_ids": [True]}, "queue_ids"),
        ({"queue_ids": [10**9, 1]}, "queue_ids"),
        ({"queue_id": 10**9}, "queue_id"),
    ],
)
def test_queues_that_there_are_not_are_refused(
    api: Caller, given_: dict[str, Any], field: str
) -> None:
    assert error(api.post("/api/scrips", body(**given_))) == (
        400,
        "invalid",
        {field: error(api.post("/api/scrips", body(**given_)))[2][field]},
    )


def test_the_two_ways_to_name_queues_must_agree(office: Office, api: Caller) -> None:
    both = {"queue_id": office.support.pk, "queue_ids": [office.other.pk]}
    assert set(error(api.post("/api/scrips", body(**both)))[2]) == {"queue_id"}
    same = {"queue_id": office.support.pk, "queue_ids": [office.support.pk]}
    assert api.post("/api/scrips", body(**same)).status_code == 201


def test_a_template_of_one_queue_serves_no_scrip_of_several(office: Office, api: Caller) -> None:
    rule = mail(office, queue_ids=[office.support.pk])
    assert rule.template is not None
    owned = {"queue_id": office.support.pk}
    path = f"/api/templates/{rule.template.pk}"
    assert api.patch(path, owned).status_code == 200
    both = {"queue_ids": [office.support.pk, office.other.pk]}
    assert set(error(api.patch(f"/api/scrips/{rule.pk}", both))[2]) == {"template_id"}


def test_an_order_is_read_and_written_over_http(office: Office, api: Caller) -> None:
    one, two = comment(office, "OnCreate", "1"), comment(office, "OnCreate", "2")
    path = f"/api/queues/{office.support.pk}/scrips/order"
    assert api.get(path).json() == {"scrip_ids": [one.pk, two.pk]}
    answer = api.post(path, {"scrip_ids": [two.pk, one.pk], "note": "Why not"})
    assert (answer.status_code, answer.json()) == (200, {"scrip_ids": [two.pk, one.pk]})
    assert comments(create(office)) == ["2", "1"]
    assert error(api.post(path, {"scrip_ids": [one.pk]}))[:2] == (400, "invalid")
    assert api.get("/api/queues/987654/scrips/order").status_code == 404


def test_who_rules_one_queue_changes_no_scrip_that_is_also_for_another(office: Office) -> None:
    lead = holder("lead", "AdminScrips", "SeeQueue", queue=office.support)
    api = Caller(ApiToken.issue(lead))
    both = comment(office, "OnCreate", "x", queue_ids=[office.support.pk, office.other.pk])
    mine = comment(office, "OnCreate", "x", queue_ids=[office.support.pk])
    path = f"/api/scrips/{both.pk}"

    assert api.get(path).json()["queue_ids"] == [office.support.pk]
    refused = [
        api.patch(path, {"name": "y"}),
        api.delete(path),
        api.patch(f"/api/scrips/{mine.pk}", {"queue_ids": [office.support.pk, office.other.pk]}),
        api.patch(f"/api/scrips/{mine.pk}", {"queue_ids": []}),
        api.post("/api/scrips", body(queue_ids=[office.other.pk])),
        api.post("/api/scrips", body(queue_id=office.support.pk, queue_ids=[office.other.pk])),
        api.post("/api/scrips", body(queue_ids=["x"])),
    ]
    assert [each.status_code for each in refused] == [403] * len(refused)
    assert api.post("/api/scrips", body(queue_ids=[office.support.pk])).status_code == 201
    assert api.get(f"/api/queues/{office.other.pk}/scrips/order").status_code == 404
    assert api.get(f"/api/queues/{office.support.pk}/scrips/order").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_scrips_that_there_were_keep_their_queue() -> None:
    def at(name: str) -> Any:
        executor = MigrationExecutor(connection)
        executor.migrate([("scrips", name)])
        return MigrationExecutor(connection).loader.project_state([("scrips", name)]).apps

    apps = at("0004_backtests")
    try:
        lifecycle = apps.get_model("lifecycles", "Lifecycle").objects.first()
        queue = apps.get_model("tickets", "Queue").objects.create(name="Old", lifecycle=lifecycle)
        old = apps.get_model("scrips", "Scrip").objects
        mine = old.create(name="Mine", queue=queue, condition_type="OnCreate")
        whole = old.create(name="Whole", condition_type="OnCreate")
        at("0007_scrip_without_queue")
        assert Scrip.objects.get(pk=mine.pk).reach.listed == [queue.pk]
        assert Scrip.objects.get(pk=whole.pk).reach.queue_ids is None
        apps = at("0004_backtests")
        back = apps.get_model("scrips", "Scrip").objects
        assert back.get(pk=mine.pk).queue_id == queue.pk
        assert back.get(pk=whole.pk).queue_id is None
    finally:
        ((_app, newest),) = MigrationExecutor(connection).loader.graph.leaf_nodes("scrips")
        at(newest)
