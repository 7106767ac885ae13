"""Mail as bytes: headers, threading, character sets, and what must not get into a header."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, getaddresses
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from tessera.lib import clock, plaintext

_REFERENCES_KEPT = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ID = re.compile(r"<[^<>\s]+>")


class AddressInvalid(ValueError):
    """An address that no mail can be sent to. The message is a sentence that names it."""


class _Line(str):
    """The value of a header that is written as it stands, and by whom we know: nothing is read out of it."""

    __slots__ = ("name",)
    name: str

    @classmethod
    def of(cls, name: str, value: str) -> "_Line":
        made = cls(value)
        made.name = name
        return made

    def fold(self, *, policy: EmailPolicy) -> str:
        """Short ones; the long are the policy's own matter."""
        return f"{self.name}: {self}{policy.linesep}"


class _Headers(HeaderRegistry):
    """The library makes a class anew for every header of every mail, and takes each value apart, which was most of what
    a mail cost; here each name has its class once, and what mails have alike is taken apart once.
    """

    _LINES = frozenset(("subject", "date", "message-id", "in-reply-to", "references"))

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return _class_of(name.lower())

    def __call__(self, name: str, value: Any) -> Any:
        if name.lower() in self._LINES:
            return _Line.of(name, value)
        return _header(name, value) if isinstance(value, str) else super().__call__(name, value)


@cache  # of the few names that we write
def _class_of(name: str) -> type[BaseHeader]:
    return HeaderRegistry()[name]


@lru_cache(maxsize=64)
def _header(name: str, value: str) -> BaseHeader:
    return _class_of(name.lower())(name, value)


@lru_cache(maxsize=512)
def _addressed(name: str, entries: tuple[str, ...]) -> Any:
    return _class_of(name.lower())(name, list(_addresses(entries)))


class _Policy(EmailPolicy):
    """Folds what people and threads are found by itself: the library's way loses spaces between
    encoded words and encodes long message ids, which no mail program then recognises.
    """

    _LISTS = frozenset({"message-id", "in-reply-to", "references"})

    def fold(self, name: str, value: str) -> str:
        listed: Sequence[Address] | None = getattr(value, "addresses", None)
        if listed is not None:
            folded = f",{self.linesep} ".join(map(_formatted, listed))
        elif name.lower() in self._LISTS:
            folded = f"{self.linesep} ".join(value.split())
        elif name.lower() == "subject":
            folded = _encoded(value, len(name) + 2)
        else:
            return str(super().fold(name, value))
        return f"{name}: {folded}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


def _formatted(address: Address) -> str:
    name = address.display_name
    if name.isascii():
        return str(address)
    return f"{_encoded(name, 1)} <{address.addr_spec}>"


def _encoded(text: str, indent: int) -> str:
    """`text` in lines, where it is not ASCII of encoded words (RFC 2047); the first is indented."""
    charset = "us-ascii" if text.isascii() else "utf-8"
    header = Header(text, charset, header_name="x" * (indent - 2) if indent > 1 else None)
    return header.encode(linesep="\r\n")


# 7 bit on the wire: every server takes it, and nothing on the way has a reason to re-encode a mail.
_POLICY = _Policy(
    linesep=SMTP.linesep, cte_type="7bit", max_line_length=78, header_factory=_Headers()
)


def message_id(delivery_id: int) -> str:
    """The Message-ID of a delivery: the same in every try, and another installation's differs."""
    tail = salted_hmac("tessera.lib.mime", str(delivery_id), algorithm="sha256").hexdigest()[:16]
    return f"<tessera.{delivery_id}.{tail}@{_site()}>"


def lone_id() -> str:
    """A Message-ID for a mail that belongs to no ticket."""
    return f"<tessera.{secrets.token_hex(16)}@{_site()}>"


def thread_id(ticket_id: int) -> str:
    """The message-id that all mails about one ticket refer to, so that they stand together.

    No mail has it itself: whoever joins late has the same thread as whoever was there first.
    """
    return f"<tessera.ticket.{ticket_id}@{_site()}>"


def _site() -> str:
    host = urlsplit(settings.TESSERA_BASE_URL).hostname or "localhost"
    return f"[IPv6:{host}]" if ":" in host else host


def build(payload: Mapping[str, Any], *, date: datetime | None = None) -> EmailMessage:
    """The mail of a delivery's payload: `to, cc, subject, body, content_type, from, reply_to,
    message_id, references` (oldest first; the last is what this mail answers).

    An HTML body gets a plain-text alternative. `bcc` is left to the envelope. Line breaks and
    control characters in headers become spaces. `date` is the present unless given.
    Raises AddressInvalid.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _addressed("From", (payload["from"],))
    for header, key in (("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to")):
        if listed := _strings(payload.get(key)):
            mail[header] = _addressed(header, tuple(listed))
    mail["Subject"] = one_line(payload.get("subject") or "")
    mail["Date"] = format_datetime(date or clock.now())
    mail["Message-ID"] = payload["message_id"]
    _thread(mail, payload)
    # RFC 3834: answering machines keep silent, and we recognise our own mail when it comes back.
    mail["Auto-Submitted"] = "auto-generated"
    # Exchange asks this instead. Reports of failed delivery are not among what it is not to send.
    mail["X-Auto-Response-Suppress"] = "DR, RN, NRN, OOF, AutoReply"
    if payload.get("test"):
        mail["X-Tessera-Test"] = "yes"
    _fill(mail, _text(payload.get("body") or ""), payload.get("content_type") == "text/html")
    return mail


def addresses(entries: Sequence[str]) -> list[Address]:
    """The addresses in `entries`, each `a@b` or `Name <a@b>`; domains beyond ASCII in IDNA.

    Raises AddressInvalid.
    """
    return list(_addresses(tuple(entries)))


@lru_cache(maxsize=512)  # what a mail goes to is asked at every step on its way out
def _addresses(entries: tuple[str, ...]) -> tuple[Address, ...]:
    found = getaddresses(list(map(one_line, entries)))
    return tuple(_address(name, spec) for name, spec in found)


def one_line(text: str) -> str:
    """`text` fit for a header: each run of line breaks and control characters is one space."""
    return _text(_CONTROL.sub(" ", text)).strip()


def _address(name: str, spec: str) -> Address:
    local, _at, domain = spec.rpartition("@")
    try:
        # A name before the @ beyond ASCII (RFC 6531) reaches too few servers to be promised.
        local.encode("ascii")
        host = domain.encode("idna").decode("ascii")
        usable = local and host and not re.search(r"[\s<>,;:\\\"()]", spec)
        found = Address(display_name=name, addr_spec=f"{local}@{host}") if usable else None
    except (ValueError, IndexError):
        found = None
    if found is None:
        raise AddressInvalid(_("“%(text)s” is no e-mail address.") % {"text": spec or name})
    return found


def _thread(mail: EmailMessage, payload: Mapping[str, Any]) -> None:
    listed = _ID.findall(" ".join(_strings(payload.get("references"))))
    known = [item for item in dict.fromkeys(listed) if item != payload["message_id"]]
    if (
        len(known) > _REFERENCES_KEPT
    ):  # the first holds the thread together, the last are its branch
        known = [known[0], *known[-_REFERENCES_KEPT + 1 :]]
    if known:
        mail["In-Reply-To"] = known[-1]
        mail["References"] = " ".join(known)


def _fill(mail: EmailMessage, body: str, is_html: bool) -> None:  # noqa: FBT001
    if not body.endswith("\n"):
        body += "\n"
    if not is_html:
        mail.set_content(body)
        return
    mail.set_content(plaintext.from_html(body) + "\n")
    mail.add_alternative(body, subtype="html")


def _strings(value: str | Sequence[str] | None) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [item for item in value or [] if item]


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
