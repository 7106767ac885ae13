"""What breaks while deliveries are on their way: each ends sent or dead with its reason, none is lost."""

import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import requests
from django.db.models import F
from pytest_django.fixtures import Settings

from scrips.models import Attempt, Delivery, Host
from tessera.accounts.models import ApiToken
from tests.journeys.conftest import environment
from tests.journeys.servers import MailServer, Receiver, Reply, Silent
from tests.journeys.stack import DEADLINE_S, Child, Stack, listens, web
from tests.journeys.test_deliveries import all_recorded, make_rules, publish, statuses
from tests.people import administrator
from tests.places import PLACE
from tests.ports import HOST, free_port
from tests.scrips.deliveries import make_hook, make_mail, make_ticket
from tickets.models import Transaction

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


@pytest.fixture
def _web(tmp_path: Path, stack: Stack) -> Iterator[tuple[Child, str]]:
    """The real web server, whose broker takes every word and answers none: it hangs where it publishes."""
    silent, address = Silent(), PLACE.webs[0]
    spec, there = web(address, free_port())
    own = {
        "TESSERA_BROKER_URL": f"redis://{HOST}:{silent.port}/0",
        "TESSERA_WEBHOOK_ALLOW": HOST,
    }
    answers = replace(spec, env={**(spec.env or {}), **own}, ready=lambda: listens(there))
    child = Child(PLACE.put(answers, address), tmp_path / "web.log")
    child.start()
    yield child, f"http://{there}"
    child.kill()
    silent.close()


def test_what_was_committed_is_sent_although_the_web_server_was_killed_before_it_told_of_it(
    stack: Stack,
    _web: tuple[Child, str],  # noqa: PT019  # its value is used
    mail_server: MailServer,
    receiver: Receiver,
    settings: Settings,
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    server, url = _web
    make_rules(receiver.url)
    token = ApiToken.issue(administrator("ada"))
    values = {"subject": "Printer", "queue": "General", "requestors": ["ann@example.com"]}

    def ask() -> None:
        # The answer does not wait for the workers to be told: it may be there before the server is killed.
        with suppress(requests.ConnectionError):
            requests.post(
                f"{url}/api/tickets",
                json=values,
                headers={"Authorization": f"Token {token}"},
                timeout=DEADLINE_S,
            )

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    stack.wait(Delivery.objects.exists, "the change and its mail are committed")
    server.kill()
    asking.join(DEADLINE_S)
    assert statuses() == {"pending": 1}
    stack.until(lambda: all_recorded(1), "sent all the same")
    assert len(mail_server.received) == 1


def forget_everything(stack: Stack) -> None:
    """Broker and worker die together, for a worker may end when its broker goes away, and nothing is left of what the
    broker knew. Both are started again, as `tessera up` does.
    """
    stack.worker.kill()
    stack.broker.kill()
    shutil.rmtree(stack.folder / "valkey")
    (stack.folder / "valkey").mkdir()
    stack.broker.start()
    stack.worker.start()


def test_deliveries_outlive_a_broker_that_forgets_everything(
    stack: Stack, mail_server: MailServer, receiver: Receiver
) -> None:
    stack.kill_worker()
    ticket = make_ticket()
    publish(*[make_hook(receiver.url, ticket=ticket) for _ in range(5)], make_mail(ticket=ticket))
    forget_everything(stack)
    stack.until(lambda: all_recorded(6), "all sent, though nobody remembers that he was told")
    assert len(mail_server.received) == 1
    assert len(receiver.confirmed) == len(set(receiver.confirmed)) == 5


def test_worker_that_loses_its_broker_with_work_in_hand_goes_on(
    stack: Stack, receiver: Receiver
) -> None:
    ticket = make_ticket()
    receiver.gate.clear()
    publish(*[make_hook(receiver.url, ticket=ticket) for _ in range(8)])
    stack.wait(receiver.waiting.is_set, "it is being sent")
    stack.break_broker()
    receiver.gate.set()
    stack.until(lambda: all_recorded(8), "all are sent")
    publish(make_hook(receiver.url, ticket=ticket))
    stack.until(lambda: all_recorded(9), "so is the next")
    assert stack.worker.alive


def test_hosts_that_fail_are_known_to_the_worker_after_a_broker_that_forgot_everything(
    stack: Stack, receiver: Receiver
) -> None:
    ticket = make_ticket()
    receiver.replies.extend([Reply(503)] * 10)
    hooks = [make_hook(receiver.url, ticket=ticket) for _ in range(10)]
    Delivery.objects.update(attempts=9)  # each has one try left
    publish(*hooks)
    stack.until(lambda: statuses() == {"dead": 10}, "all dead")
    # Noted after the try itself.
    stack.wait(Host.objects.filter(opened_at__isnull=False).exists, "the host is left alone")
    forget_everything(stack)
    waits = make_hook(receiver.url, ticket=ticket)
    publish(waits)
    for _round in range(3):
        stack.tick()
    waits.refresh_from_db()
    assert (waits.status, waits.attempts) == ("pending", 0)
    Host.objects.update(probe_at=F("opened_at"))
    stack.until(lambda: all_recorded(1), "the probe is sent")
    assert Host.objects.get().opened_at is None


def test_mail_server_that_hangs_holds_up_no_webhook_and_gets_its_mails_in_the_end(
    stack: Stack, mail_server: MailServer, receiver: Receiver
) -> None:
    mail_server.stop()
    hanging = Silent(port=mail_server.port)
    ticket = make_ticket()
    mails = [make_mail(ticket=ticket) for _ in range(3)]
    publish(*mails, *[make_hook(receiver.url, ticket=ticket) for _ in range(20)])
    stack.wait(lambda: statuses()["sent"] == 20, "the webhooks are sent")
    assert statuses()["sending"] >= 1
    hanging.close()
    mail_server.start()
    stack.until(lambda: all_recorded(23), "the mails are sent")
    assert {r.mail["Message-ID"] for r in mail_server.received} == {
        mail.payload["message_id"] for mail in mails
    }


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, with no room for a mail as long as the file `filler` is there."""
    folder = tmp_path / "data" / "mail"
    folder.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run([mount, *options], check=False, capture_output=True).returncode
    ):
        pytest.skip("only root can mount a disk of 64 kB")
    try:
        with (folder / "filler").open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_mails_that_find_no_room_on_the_disk_are_written_when_there_is_some(
    tmp_path: Path, mail_server: MailServer, transactional_db: None, full_disk: Path
) -> None:
    own = {**environment(mail_server), "EMAIL_URL": "", "TESSERA_DATA": str(tmp_path / "data")}
    stack = Stack(tmp_path, own)
    stack.broker.start()
    with stack.using():
        stack.worker.start()
        mails = [make_mail() for _ in range(3)]
        publish(*mails)
        stack.wait(lambda: Attempt.objects.count() >= 3, "each was tried")
        assert statuses() == {"failed": 3}
        assert "No space left on device" in Attempt.objects.order_by("pk")[0].error
        assert [path.name for path in full_disk.iterdir()] == ["filler"]
        (full_disk / "filler").unlink()
        stack.until(lambda: all_recorded(3), "all are written")
        assert len(list(full_disk.glob("*.eml"))) == 3
        stack.close()


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(hours=-1)], ids=str)
def test_deliveries_outlive_a_clock_that_jumps(
    stack: Stack, receiver: Receiver, jump: timedelta
) -> None:
    """What a jump of the clock leaves behind: all times that were noted before lie that much further off."""
    ticket = make_ticket()
    receiver.gate.clear()
    held = make_hook(receiver.url, ticket=ticket)
    publish(held)
    stack.wait(receiver.waiting.is_set, "it is being sent")
    receiver.replies.append(Reply(503))
    Delivery.objects.update(created_at=F("created_at") - jump, lease_until=F("lease_until") - jump)
    receiver.gate.set()
    stack.until(lambda: Attempt.objects.filter(ok=False).exists(), "the try that failed is noted")
    stack.until(lambda: all_recorded(1), "sent in the end")
    assert len(set(receiver.confirmed)) == 1


def test_every_delivery_of_a_storm_ends_sent_or_dead_with_a_reason(
    stack: Stack, mail_server: MailServer, receiver: Receiver
) -> None:
    """Refusals, silence and a worker that is killed twice: what was confirmed and noted is not sent again."""
    ticket = make_ticket()
    receiver.replies.extend([Reply(500), Reply(), Reply(410), Reply(), Reply(302)])
    mail_server.data.extend(["451 later", "250 fine", "550 never"])
    mails = [make_mail(ticket=ticket) for _ in range(6)]
    hooks = [make_hook(receiver.url, ticket=ticket) for _ in range(12)]
    publish(*mails, *hooks)
    for least in (4, 8):
        stack.until(partial(_sent_so_far, least), "some are sent")
        noted = Delivery.objects.filter(status="sent").values_list("pk", flat=True)
        done = set(noted)
        stack.kill_worker()
        stack.worker.start()
        assert done <= set(noted.all())
    stack.until(lambda: set(statuses()) == {"sent", "dead"}, "all ended")
    stack.until(lambda: all_recorded(statuses()["sent"]), "all recorded")
    assert statuses() == {"sent": 16, "dead": 2}
    assert sorted(Delivery.objects.filter(status="dead").values_list("last_error", flat=True)) == [
        "ann@example.com: 550 never",
        "answered 410 Gone",
    ]
    tries = Counter(Attempt.objects.filter(ok=True).values_list("delivery_id", flat=True))
    assert set(tries.values()) == {1}
    assert Transaction.objects.exclude(delivery_id=None).count() == 16


def _sent_so_far(least: int) -> bool:
    return statuses()["sent"] >= least
