"""The pages of deliveries: where they stand, one as it is sent, and many at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from scrips import figures
from scrips.board import many
from scrips.models import Attempt, Delivery, Host
from tessera.lib import clock, secretbox
from tests.admin.pages import text
from tests.office import Office
from tests.scrips.deliveries import make_hook, make_mail, make_ticket
from tickets.models import Ticket

LIST = "/admin/scrips/delivery/"
MANY = f"{LIST}many/"


@pytest.fixture
def ticket(office: Office) -> Ticket:
    return make_ticket()


def settle(delivery: Delivery, status: str, **more: Any) -> Delivery:
    due = None if status in ("dead", "cancelled", "sent") else clock.now() + timedelta(hours=1)
    values = {"status": status, "next_attempt_at": due, **more}
    Delivery.objects.filter(pk=delivery.pk).update(**values)
    delivery.refresh_from_db()
    return delivery


def dead(ticket: Ticket, host: str, count: int = 1) -> list[Delivery]:
    return [
        settle(make_hook(f"https://{host}/in", ticket=ticket), "dead", died_at=clock.now())
        for _ in range(count)
    ]


def numbers(site: Client, query: str = "") -> list[int]:
    return [line.row.pk for line in site.get(LIST + query).context["listing"].lines]


def test_list_is_filtered_by_each_of_its_fields(site: Client, ticket: Ticket) -> None:
    mail, other = make_mail(), make_hook("https://b.example.com/", ticket=ticket)
    (died,) = dead(ticket, "a.example.com")

    assert numbers(site) == [died.pk, other.pk, mail.pk]
    assert numbers(site, "?status=dead") == [died.pk]
    assert numbers(site, "?status=waiting") == [other.pk, mail.pk]
    assert numbers(site, "?kind=email") == [mail.pk]
    assert numbers(site, "?host=b.example.com") == [other.pk]
    assert numbers(site, f"?ticket={ticket.key}&status=pending") == [other.pk]
    assert numbers(site, "?since=2000-01-01T00:00&until=2000-01-02T00:00") == []
    assert numbers(site, "?cursor=broken") == [died.pk, other.pk, mail.pk]


def test_what_can_not_be_read_in_a_filter_is_said_at_its_field(
    site: Client, ticket: Ticket
) -> None:
    dead(ticket, "a.example.com")

    page = site.get(f"{LIST}?ticket=nonsense&since=soon&scrip=99&host=%00")

    assert sorted(page.context["form"].errors) == ["host", "scrip", "since", "ticket"]
    assert "None of them" in text(page)


def test_pages_follow_each_other_by_the_last_row(
    site: Client, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrips.board.page._PAGE", 2)
    ids = [each.pk for each in dead(ticket, "a.example.com", 5)][::-1]

    first = site.get(f"{LIST}?status=dead").context["listing"]
    second = site.get(first.older).context["listing"]

    assert [line.row.pk for line in first.lines] == ids[:2]
    assert [line.row.pk for line in second.lines] == ids[2:4]
    assert second.newer is not None
    assert first.newer is None


def test_places_tell_what_waits_where_and_what_was_tried_of_late(
    site: Client, ticket: Ticket
) -> None:
    now = clock.now()
    dead(ticket, "a.example.com", 2)
    waiting = make_hook("https://b.example.com/", ticket=ticket)
    for ok, host in ((False, "b.example.com"), (True, "b.example.com"), (True, "c.example.com")):
        Attempt.objects.create(
            delivery=waiting,
            number=Attempt.objects.count() + 1,
            started_at=now,
            duration_ms=1,
            ok=ok,
            host=host,
            up=ok,
        )
    Host.objects.create(
        name="a.example.com", opened_at=now, probe_at=now, last_failure_at=now, last_error="broken"
    )

    found = {place.host: place for place in figures.places()}

    assert list(found) == ["a.example.com", "b.example.com", "c.example.com"]
    assert found["a.example.com"].counts == {"dead": 2}
    assert found["a.example.com"].last_error == "broken"
    assert found["b.example.com"].due == waiting.next_attempt_at
    assert (found["b.example.com"].tries, found["b.example.com"].failures) == (2, 1)
    assert found["b.example.com"].rate == "0.4"
    assert "left alone" in text(site.get(LIST))


def test_breaker_is_reset_on_the_page(site: Client, ticket: Ticket) -> None:
    now = clock.now()
    Host.objects.create(name="a.example.com", opened_at=now, probe_at=now, last_failure_at=now)

    page = text(site.post(f"{LIST}reset/", {"host": "a.example.com"}, follow=True))

    assert "failures of a.example.com are forgotten" in page
    assert Host.objects.get().opened_at is None
    assert "No such host has failed" in text(
        site.post(f"{LIST}reset/", {"host": "x\x00"}, follow=True)
    )


def test_request_is_shown_as_it_is_sent_without_what_is_secret(
    site: Client, ticket: Ticket
) -> None:
    sealed = secretbox.seal("whsec_c2VjcmV0")
    hook = make_hook(
        "https://a.example.com/in",
        ticket=ticket,
        headers={"Authorization": "Bearer topsecret", "X-Queue": "IT"},
        secret=sealed,
    )
    Attempt.objects.create(
        delivery=hook,
        number=1,
        started_at=clock.now(),
        duration_ms=812,
        ok=False,
        response_status=503,
        error="answered 503",
        answer="<b>down</b>",
    )

    page = text(site.get(f"{LIST}{hook.pk}/change/"))

    for shown in ("POST https://a.example.com/in", "X-Queue: IT", f"msg_{hook.pk}_", "812 ms"):
        assert shown in page
    assert "&lt;b&gt;down&lt;/b&gt;" in page
    assert "&quot;type&quot;: &quot;StatusChange&quot;" in page
    for secret in ("topsecret", sealed, "c2VjcmV0"):
        assert secret not in page


def test_mail_is_shown_with_its_headers_and_who_gets_it_unseen(
    site: Client, ticket: Ticket
) -> None:
    mail = make_mail(ticket=ticket, bcc=["boss@example.com"])

    page = text(site.get(f"{LIST}{mail.pk}/change/"))

    assert "Subject: [TKT-0001] Printer" in page
    assert "Auto-Submitted: auto-generated" in page
    assert "Blind copies, which stand in no header: boss@example.com" in page


def test_one_is_tried_again_or_given_up_on_its_page(site: Client, ticket: Ticket) -> None:
    (one,) = dead(ticket, "a.example.com")

    page = text(site.post(f"{LIST}{one.pk}/act/", {"act": "try_again"}, follow=True))
    assert "1 delivery is due now." in page
    site.post(f"{LIST}{one.pk}/act/", {"act": "give_up"})

    one.refresh_from_db()
    assert one.status == "cancelled"
    assert site.post(f"{LIST}{one.pk}/act/", {"act": "burn"}).status_code == 404
    assert site.post(f"{LIST}999999/act/", {"act": "give_up"}).status_code == 404
    assert site.get(f"{LIST}{10**30}/change/").status_code == 404


def test_all_that_are_found_are_counted_before_they_are_tried_again(
    site: Client, ticket: Ticket
) -> None:
    mine = dead(ticket, "a.example.com", 3)
    (other,) = dead(ticket, "b.example.com")

    asked = site.get(f"{MANY}?act=retry&host=a.example.com")
    assert asked.context["extent"].spread == [("dead", "webhook", "a.example.com", 3)]
    assert "Try 3 deliveries again?" in text(asked)
    assert Delivery.objects.filter(status="dead").count() == 4
    given = {"act": "retry", "host": "a.example.com", "last": asked.context["extent"].last}
    done = site.post(MANY, given)

    assert "3 deliveries are due now." in text(done)
    assert done.context["finished"]
    assert Delivery.objects.filter(status="pending").count() == len(mine)
    other.refresh_from_db()
    assert other.status == "dead"


def test_many_are_done_lot_by_lot_and_those_that_come_later_are_not_meant(
    site: Client, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "LOT", 2)
    ids = [each.pk for each in dead(ticket, "a.example.com", 5)]
    last = site.get(f"{MANY}?act=cancel&status=dead").context["extent"].last
    (later,) = dead(ticket, "a.example.com")

    given: dict[str, Any] = {"act": "cancel", "status": "dead", "last": last, "total": 5}
    steps = []
    for _ in range(10):
        answer = site.post(MANY, given)
        steps.append(answer.context["done"])
        if answer.context["finished"]:
            break
        given |= {"past": answer.context["lot"].past, "done": answer.context["done"]}

    assert steps == [2, 4, 5]
    assert set(Delivery.objects.filter(status="cancelled").values_list("pk", flat=True)) == set(ids)
    later.refresh_from_db()
    assert later.status == "dead"


def test_what_was_sent_is_never_tried_again_with_others(site: Client, ticket: Ticket) -> None:
    sent = settle(make_mail(ticket=ticket), "sent")
    under_way = make_mail(ticket=ticket)
    settle(under_way, "sending", lease_until=clock.now() + timedelta(minutes=1))

    assert site.get(f"{MANY}?act=retry").context["extent"].count == 0
    assert site.get(f"{MANY}?act=cancel").context["extent"].count == 0
    site.post(MANY, {"act": "retry", "last": under_way.pk})
    site.post(MANY, {"act": "cancel", "last": under_way.pk})

    sent.refresh_from_db()
    under_way.refresh_from_db()
    assert (sent.status, under_way.status) == ("sent", "sending")


def test_a_filter_that_can_not_be_read_does_nothing_to_anything(
    site: Client, ticket: Ticket
) -> None:
    (one,) = dead(ticket, "a.example.com")

    page = site.post(MANY, {"act": "cancel", "ticket": "nonsense", "last": one.pk})

    assert page.context["extent"].count == 0
    one.refresh_from_db()
    assert one.status == "dead"


def test_live_part_speaks_of_the_rows_that_are_shown_and_counts_newer_ones(
    site: Client, ticket: Ticket
) -> None:
    one, _two = dead(ticket, "a.example.com", 2)
    live = site.get(f"{LIST}live/?status=dead&ids={one.pk},x,{10**30}")

    page = text(live)
    assert f'id="s-{one.pk}" hx-swap-oob="innerHTML"' in page
    assert [line.row.pk for line in live.context["lines"]] == [one.pk]
    assert live.context["newer"] == 1
    assert 'id="places"' in page


def test_ticked_ones_that_can_not_be_treated_so_are_told_of_by_their_reason(
    site: Client, ticket: Ticket
) -> None:
    (died,) = dead(ticket, "a.example.com")
    sent = [settle(make_mail(ticket=ticket), "sent") for _each in range(12)]

    ticked = [each.pk for each in (*sent, died)]
    given = {"action": "try_again", "_selected_action": ticked}
    answer = site.post(LIST, given, follow=True)

    named = ", ".join(str(each.pk) for each in sent[:10])
    assert [str(each) for each in answer.context["messages"]] == [
        f"{named}, …: The delivery was sent; there is nothing to try again.",
        "1 delivery is due now.",
    ]


def test_host_that_is_left_alone_says_when_it_is_tried_again(site: Client, ticket: Ticket) -> None:
    make_hook("https://a.example.com/in", ticket=ticket)
    now = clock.now()
    Host.objects.create(
        name="a.example.com",
        opened_at=now,
        probe_at=now + timedelta(minutes=90),
        last_failure_at=now,
    )
    before = " ".join(text(site.get(LIST)).split())
    Host.objects.update(probe_at=now - timedelta(minutes=1))
    after = " ".join(text(site.get(LIST)).split())

    assert "tried again <time" in before
    assert "in 1 h</time>" in before
    assert "the next delivery tries it" in after
