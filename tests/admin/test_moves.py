"""Moving tickets to a version in the administration."""

import re
from typing import Any

import pytest
from django.test import Client

from lifecycles.models import Lifecycle
from tests.admin.pages import errors, text
from tests.office import Office
from tests.people import holder
from tests.tickets.test_door import create
from tests.tickets.test_moving import flow, statuses
from tickets import lifecycle_facts, moving
from tickets.models import Queue, Ticket, VersionMove

__all__ = ["flow"]


def plan_of(lifecycle: Lifecycle, version: int = 2) -> str:
    return f"/admin/lifecycles/lifecycle/{lifecycle.pk}/move/?version={version}"


def boxes(page: str) -> list[str]:
    """The names of the boxes that ask what a status becomes."""
    return re.findall(r'<select name="(becomes_\w+)"', page)


def begin(site: Client, lifecycle: Lifecycle, becomes: str = "parked") -> VersionMove:
    (box,) = boxes(text(site.get(plan_of(lifecycle))))
    answer = site.post(plan_of(lifecycle), {box: becomes})
    assert answer.status_code == 302, errors(answer)
    return VersionMove.objects.latest("pk")


def page_of(move: VersionMove, end: str = "") -> str:
    return f"/admin/lifecycles/lifecycle/{move.lifecycle_id}/moves/{move.pk}/{end}"


def test_change_page_counts_the_tickets_of_other_versions(site: Client, flow: Lifecycle) -> None:
    page = text(site.get(f"/admin/lifecycles/lifecycle/{flow.pk}/change/"))

    assert "3 tickets live by other versions." in page
    assert f'href="{plan_of(flow)}">Move them to version 2</a>' in page


def test_count_ends_where_nobody_reads_on(
    site: Client, flow: Lifecycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle_facts, "MOST_COUNTED", 2)

    page = text(site.get(f"/admin/lifecycles/lifecycle/{flow.pk}/change/"))

    assert "2 tickets and more live by other versions." in page


def test_plan_shows_tickets_by_version_and_status_and_asks_for_what_went_away(
    site: Client, flow: Lifecycle
) -> None:
    page = text(site.get(plan_of(flow)))

    rows = re.findall(r"<tr><td>(\d)</td><th[^>]*>(\w+)</th><td[^>]*>(\d)</td><td>(.*?)</td>", page)
    assert rows == [
        ("1", "done", "1", "stays"),
        ("1", "new", "1", "stays"),
        ("1", "waiting", "1", "<strong>you choose below</strong>"),
    ]
    (box,) = boxes(page)
    assert f'<label for="id_{box}">“waiting” becomes:</label>' in page
    assert re.findall(r'<option value="(\w+)"', page.split(f'name="{box}"')[-1]) == [
        "new",
        "parked",
        "done",
    ]
    assert "run for each ticket whose status changes (1 of 3)" in page


def test_status_without_an_answer_says_so_at_its_field(site: Client, flow: Lifecycle) -> None:
    (box,) = boxes(text(site.get(plan_of(flow))))

    empty = errors(site.post(plan_of(flow), {}))
    unknown = errors(site.post(plan_of(flow), {box: "waiting"}))

    assert empty == {box: ["Choose what it becomes."]}
    assert list(unknown) == [box]
    assert not VersionMove.objects.exists()


def test_status_that_came_up_meanwhile_is_asked_for(
    site: Client, office: Office, flow: Lifecycle
) -> None:
    Ticket.objects.filter(status="waiting").update(status="new")
    assert boxes(text(site.get(plan_of(flow)))) == []
    Ticket.objects.filter(status="done").update(status="waiting")

    answer = site.post(plan_of(flow), {})

    assert list(errors(answer)) == boxes(text(answer))
    assert len(boxes(text(answer))) == 1


def test_begun_move_is_shown_until_it_is_done(site: Client, flow: Lifecycle) -> None:
    move = begin(site, flow)

    running = text(site.get(page_of(move)))
    moving.carry_out(move.pk)
    done = text(site.get(page_of(move)))

    assert 'max="3" value="0"' in running
    assert "0 of 3 tickets" in running
    assert "It is running." in running
    assert 'max="3" value="3"' in done
    assert "It is done." in done
    assert "<td>parked</td>" in done
    assert statuses(flow) == [("new", 2), ("parked", 2), ("done", 2), ("new", 2)]
    assert "nothing to move" in text(site.get(plan_of(flow)))
    assert page_of(move) in text(site.get(plan_of(flow)))


def test_move_is_stopped_and_resumed(site: Client, flow: Lifecycle) -> None:
    move = begin(site, flow)

    stopped = text(site.post(page_of(move, "stop/"), follow=True))
    moving.carry_out(move.pk)
    assert VersionMove.objects.get().attempted == 0
    resumed = text(site.post(page_of(move, "resume/"), follow=True))
    moving.carry_out(move.pk)

    assert "It is stopped: what was moved stays moved." in stopped
    assert "It is running." in resumed
    assert VersionMove.objects.get().status == "done"


def test_second_move_waits_for_the_first(site: Client, flow: Lifecycle) -> None:
    (box,) = boxes(text(site.get(plan_of(flow))))
    first = begin(site, flow)

    again = text(site.post(plan_of(flow), {box: "parked"}))

    assert VersionMove.objects.count() == 1
    assert "one move of a lifecycle runs at a time" in again
    assert page_of(first) in again
    change = text(site.get(f"/admin/lifecycles/lifecycle/{flow.pk}/change/"))
    assert "Tickets are being moved to version 2." in change


def test_stopped_move_is_not_resumed_beside_another(site: Client, flow: Lifecycle) -> None:
    first = begin(site, flow)
    site.post(page_of(first, "stop/"))
    begin(site, flow)

    page = text(site.post(page_of(first, "resume/"), follow=True))

    assert "Another move of this lifecycle is running" in page
    assert ">Resume</button>" not in page


def test_tickets_that_could_not_be_moved_are_linked(site: Client, flow: Lifecycle) -> None:
    move = begin(site, flow)
    move.faults = [{"ticket_id": 12, "detail": "No <b>way</b>."}]
    move.failed = 1
    move.save()

    page = text(site.get(page_of(move)))

    assert '<a class="nowrap" href="/tickets/TKT-0012">TKT-0012</a>' in page
    assert "No &lt;b&gt;way&lt;/b&gt;." in page


@pytest.mark.parametrize("version", ["0", "9", "x", "-1", "2" * 40, "²"])
def test_plan_of_a_version_that_there_is_not_is_not_found(
    site: Client, flow: Lifecycle, version: str
) -> None:
    address = f"/admin/lifecycles/lifecycle/{flow.pk}/move/"
    assert site.get(address, {"version": version}).status_code == 404


def test_move_of_another_lifecycle_is_not_found(site: Client, flow: Lifecycle) -> None:
    move = begin(site, flow)
    other = Lifecycle.objects.get(name="default")

    answers = [
        site.get(f"/admin/lifecycles/lifecycle/{other.pk}/moves/{move.pk}/"),
        site.post(f"/admin/lifecycles/lifecycle/{other.pk}/moves/{move.pk}/stop/"),
        site.get(f"/admin/lifecycles/lifecycle/{'9' * 30}/moves/{move.pk}/"),
        site.get(f"/admin/lifecycles/lifecycle/{flow.pk}/moves/{'9' * 30}/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert VersionMove.objects.get().status == "running"


def test_who_may_not_change_lifecycles_moves_nothing(site: Client, flow: Lifecycle) -> None:
    move = begin(site, flow)
    client = Client()
    client.force_login(holder("lea", "AdminQueue"))

    answers = [
        client.get(plan_of(flow)),
        client.post(plan_of(flow)),
        client.get(page_of(move)),
        client.post(page_of(move, "stop/")),
        client.post(page_of(move, "resume/")),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert VersionMove.objects.get().status == "running"


def test_right_of_lifecycles_alone_is_enough(flow: Lifecycle) -> None:
    client = Client()
    client.force_login(holder("lea", "AdminLifecycles"))

    move = begin(client, flow)

    assert move.creator.username == "lea"
    assert "0 of 3 tickets" in text(client.get(page_of(move)))


def test_nothing_is_begun_or_stopped_by_another_site(site: Client, flow: Lifecycle) -> None:
    move = begin(site, flow)
    checking = Client(enforce_csrf_checks=True)
    checking.cookies = site.cookies

    answers = [
        checking.post(plan_of(flow)),
        checking.post(page_of(move, "stop/")),
        site.get(page_of(move, "stop/")),
        site.get(page_of(move, "resume/")),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 405, 405]
    assert VersionMove.objects.get().status == "running"


def test_status_of_any_text_has_a_box_of_its_own(site: Client, office: Office) -> None:
    from lifecycles import service

    name = '"><script>alert(1)</script> wait'
    held = {"statuses": {"initial": ["new"], "active": [name], "inactive": ["done"]}}
    lifecycle = service.create("odd", held, actor=None)
    queue = Queue.objects.create(name="Odd", lifecycle=lifecycle)
    create(office, queue_id=queue.pk, status=name)
    bare: dict[str, Any] = {"statuses": {"initial": ["new"], "active": [], "inactive": ["done"]}}
    service.publish(lifecycle, bare, actor=None)

    page = text(site.get(plan_of(lifecycle)))
    move = begin(site, lifecycle, becomes="done")
    moving.carry_out(move.pk)

    assert "<script>alert" not in page + text(site.get(page_of(move)))
    assert Ticket.objects.get().status == "done"
