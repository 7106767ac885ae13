"""How mail is handed to a server: encryption, login, a lost connection, and a server that drags."""

import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from scrips.channels import CHANNELS, Parcel, Receipt, Verdict
from scrips.channels import email as channel
from tessera.lib import tls
from tests.journeys.servers import MailServer, Silent
from tests.lib import certificates
from tests.ports import HOST


def parcel(**changes: Any) -> Parcel:
    payload = {
        "to": ["ann@example.com"],
        "subject": "Printer",
        "body": "It prints.\n.\nWith a dot.",
        "content_type": "text/plain",
        "from": "IT <it@example.com>",
        "message_id": "<1@example.com>",
        **changes,
    }
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Parcel(delivery_id=1, attempt=1, created_at=now, payload=payload)


def sent(*parcels: Parcel) -> list[Receipt]:
    with CHANNELS["email"].open() as line:
        return [line.send(each) for each in parcels]


def use(settings: Settings, port: int, **more: Any) -> None:
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://x", HOST, port
    for name, value in more.items():
        setattr(settings, f"EMAIL_{name}", value)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server's context whose authority we trust."""
    trusted, context = certificates.make(tmp_path, names=[HOST])
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    tls.client_context.cache_clear()
    yield context
    tls.client_context.cache_clear()


def test_body_with_a_single_dot_arrives_whole(mail_server: MailServer) -> None:
    assert [r.verdict for r in sent(parcel())] == [Verdict.SENT]
    (received,) = mail_server.received
    assert received.mail.get_content().split() == ["It", "prints.", ".", "With", "a", "dot."]
    assert received.mail["Date"] == "Sun, 01 Mar 2026 00:00:00 +0000"


def test_starttls_and_login(settings: Settings, authority: Any) -> None:
    server = MailServer(start_tls=authority)
    server.start()
    use(settings, server.port, USE_TLS=True, HOST_USER="mailer", HOST_PASSWORD="right")
    assert [r.verdict for r in sent(parcel(), parcel())] == [Verdict.SENT] * 2
    assert server.logins == [("mailer", "right")]
    server.stop()


def test_tls_from_the_first_byte(settings: Settings, authority: Any) -> None:
    server = MailServer(tls=authority)
    server.start()
    use(settings, server.port, USE_SSL=True)
    assert [r.verdict for r in sent(parcel())] == [Verdict.SENT]
    server.stop()


@pytest.mark.parametrize("how", ["USE_TLS", "USE_SSL"])
def test_certificate_of_an_unknown_authority_is_not_trusted(
    settings: Settings, tmp_path: Path, how: str
) -> None:
    _trusted, context = certificates.make(tmp_path, names=[HOST])
    starts = how == "USE_TLS"
    server = MailServer(start_tls=context) if starts else MailServer(tls=context)
    server.start()
    use(settings, server.port, **{how: True})
    (receipt,) = sent(parcel())
    assert receipt.verdict is Verdict.AGAIN
    assert "CERTIFICATE_VERIFY_FAILED" in receipt.error
    assert server.received == []
    server.stop()


def test_server_without_starttls_gets_nothing_in_the_clear(
    settings: Settings, mail_server: MailServer
) -> None:
    settings.EMAIL_USE_TLS = True
    (receipt,) = sent(parcel())
    assert receipt.verdict is Verdict.AGAIN
    assert mail_server.received == []


def test_wrong_password_kills_no_mail(settings: Settings, mail_server: MailServer) -> None:
    use(settings, mail_server.port, HOST_USER="mailer", HOST_PASSWORD="wrong")
    (receipt,) = sent(parcel())
    assert (receipt.verdict, receipt.response_status) == (Verdict.AGAIN, 535)


def test_server_that_hangs_up_between_two_mails_gets_the_second_over_a_new_connection(
    mail_server: MailServer,
) -> None:
    with CHANNELS["email"].open() as line:
        assert line.send(parcel()).verdict is Verdict.SENT
        mail_server.stop()
        mail_server.start()
        assert line.send(parcel(message_id="<2@example.com>")).verdict is Verdict.SENT
    assert len(mail_server.received) == 2


def test_421_in_the_middle_is_tried_again(mail_server: MailServer) -> None:
    mail_server.rcpt["ann@example.com"] = deque(["421 closing"])
    first, second = sent(parcel(), parcel(message_id="<2@example.com>"))
    assert (first.verdict, first.response_status) == (Verdict.AGAIN, 421)
    assert second.verdict is Verdict.SENT


@pytest.mark.parametrize("said", [b"", b"220-wait\r\n" * 1000, b"220 hello\r\n"])
def test_server_that_drags_is_left_in_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(channel, "TOTAL_S", 0.5)
    silent = Silent(said, pause=0.01)
    use(settings, silent.port)
    begun = time.monotonic()
    (receipt,) = sent(parcel())
    assert time.monotonic() - begun < 9
    assert receipt.verdict is Verdict.AGAIN
    assert receipt.error == "ann@example.com: the mail server took longer than 0.5 s"
    silent.close()


def test_what_is_no_address_is_final(mail_server: MailServer) -> None:
    (receipt,) = sent(parcel(to=["nobody"]))
    assert (receipt.verdict, receipt.error) == (
        Verdict.NEVER,
        "“nobody” is no e-mail address.",
    )
