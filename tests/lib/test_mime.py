from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from tessera.lib import clock, mime
from tests.drawing import examples

PLAIN: Mapping[str, Any] = {
    "to": ["ann@example.com"],
    "cc": [],
    "bcc": ["secret@example.com"],
    "subject": "[TKT-0012] Printer",
    "body": "Dear Ann,\nit prints.\n",
    "content_type": "text/plain",
    "from": "it@example.com",
    "reply_to": "",
    "message_id": "<tessera.7.abc@example.com>",
    "references": [],
}


def wire(**changes: Any) -> bytes:
    """The mail as it travels."""
    raw = mime.build({**PLAIN, **changes}).as_bytes()
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    return raw


def sent(**changes: Any) -> EmailMessage:
    """The mail as its reader gets it."""
    raw = wire(**changes).replace(b"\r\n", b"\n")
    return message_from_bytes(raw, policy=policy.default)


def test_plain_mail_is_whole() -> None:
    with clock.at(datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)):
        mail = sent()
    assert dict(mail.items()) == {
        "From": "it@example.com",
        "To": "ann@example.com",
        "Subject": "[TKT-0012] Printer",
        "Date": "Wed, 04 Mar 2026 05:06:07 +0000",
        "Message-ID": "<tessera.7.abc@example.com>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }
    assert mail.get_content() == "Dear Ann,\nit prints.\n"


def test_html_mail_has_a_text_for_those_who_see_no_markup() -> None:
    mail = sent(body="<p>Grüße, <b>Ann</b></p>", content_type="text/html")
    assert mail.get_content_type() == "multipart/alternative"
    first, second = mail.iter_parts()
    assert (first.get_content_type(), first.get_content()) == ("text/plain", "Grüße, Ann\n")
    assert (second.get_content_type(), second.get_content()) == (
        "text/html",
        "<p>Grüße, <b>Ann</b></p>\n",
    )


def test_answer_is_threaded_by_what_went_before() -> None:
    root, last = "<tessera.1.x@example.com>", f"<{'long' * 40}@example.com>"
    mail = sent(references=[root, last, PLAIN["message_id"], root])
    assert mail["In-Reply-To"] == last
    assert str(mail["References"]).split() == [root, last]


def test_long_thread_keeps_its_root_and_its_latest() -> None:
    known = [f"<{number}@example.com>" for number in range(100)]
    mail = sent(references=known)
    assert str(mail["References"]).split() == [known[0], *known[-19:]]
    assert mail["In-Reply-To"] == known[-1]


def test_names_and_subjects_beyond_ascii_arrive() -> None:
    mail = sent(
        to=['"Müller, Jörg" <joerg@example.com>', "ann@bücher.example"],
        subject="Grüße – 漢字 🎟 " * 10,
        reply_to="Hilfe für alle <help@example.com>",
    )
    assert [(a.display_name, a.addr_spec) for a in mail["To"].addresses] == [
        ("Müller, Jörg", "joerg@example.com"),
        ("", "ann@xn--bcher-kva.example"),
    ]
    assert mail["Subject"] == ("Grüße – 漢字 🎟 " * 10).strip()
    assert mail["Reply-To"].addresses[0].display_name == "Hilfe für alle"


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x00\n", "\u2028", "\x85", "\x0b"])
def test_line_break_in_a_header_adds_no_header(break_: str) -> None:
    mail = sent(
        subject=f"Hello{break_}Bcc: evil@example.com",
        to=[f"Ann{break_}X-Evil: yes <ann@example.com>"],
        references=[f"<a@b>{break_}X-Evil: yes"],
    )
    assert "Bcc" not in mail
    assert "X-Evil" not in mail
    assert mail["Subject"] == "Hello Bcc: evil@example.com"


@pytest.mark.parametrize(
    "address",
    [
        "ann",
        "@example.com",
        "ann@",
        "ann@example.com> RCPT TO:<evil@example.com",
        "ann smith@example.com",
        "ann@exa mple.com",
        "jörg@example.com",
        "ann@example..com",
        "<>",
        "ann@example.com\x00",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    try:
        found = mime.addresses([address])
    except mime.AddressInvalid as error:
        assert str(error).endswith("is no e-mail address.")  # noqa: PT017 -- or taken as cleaned
    else:
        assert [entry.addr_spec for entry in found] == ["ann@example.com"]


@settings(max_examples=examples(60))
@given(
    name=st.text(max_size=60),
    subject=st.text(max_size=200),
    body=st.text(max_size=500),
    html=st.booleans(),
)
def test_any_text_makes_a_mail_that_reads_back(
    name: str, subject: str, body: str, html: bool
) -> None:
    quoted = '"' + mime.one_line(name).replace("\\", "").replace('"', "") + '"'
    changes = {
        "to": [f"{quoted} <ann@example.com>"],
        "subject": subject,
        "body": body,
        "content_type": "text/html" if html else "text/plain",
    }
    mail = sent(**changes)
    # The older reader: the newer one shows a space between the parts of a long encoded name.
    raw = message_from_bytes(wire(**changes))
    read_name, read_address = parseaddr(raw["To"])
    assert read_address == "ann@example.com"
    assert _words(str(make_header(decode_header(read_name)))) == _words(quoted[1:-1])
    assert set(mail.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        "X-Auto-Response-Suppress",
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert _words(mail["Subject"]) == _words(mime.one_line(subject))


def _words(text: str) -> list[str]:
    return text.split()


def test_message_id_is_stable_and_another_installations_differs(settings: Settings) -> None:
    settings.TESSERA_BASE_URL = "https://tickets.example.com:8443"
    first = mime.message_id(12)
    assert first == mime.message_id(12) != mime.message_id(13)
    assert first.startswith("<tessera.12.")
    assert first.endswith("@tickets.example.com>")
    settings.SECRET_KEY = "another"
    assert mime.message_id(12) != first
