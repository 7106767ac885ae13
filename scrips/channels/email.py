"""Mail: over SMTP where EMAIL_URL is set, else as `.eml` files under TESSERA_DATA/mail."""

import contextlib
import os
import smtplib
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.utils import DNS_NAME

from scrips.channels.base import Line, Parcel, Receipt, Verdict, kept, reason
from tessera.lib import mime
from tessera.lib.tls import client_context
from tessera.lib.watchdog import Watchdog

CONNECT_S = 4.0
TOTAL_S = 15.0
_QUOTED = 300  # of what the server says of one recipient


class EmailChannel:
    """Each recipient is accepted, refused for now or refused for good by itself.

    The payload remembers it between tries: `pending` (who is still to be tried), `accepted`, and
    `refused` (address to reason). A permanent refusal (5xx to MAIL, RCPT or DATA) is final.
    """

    record_type = "EmailRecord"

    @contextlib.contextmanager
    def open(self) -> Iterator[Line]:
        """One SMTP connection for all mails of a task, or the folder."""
        if not settings.EMAIL_URL:
            yield _Folder(Path(settings.TESSERA_DATA) / "mail")
            return
        line = _SmtpLine()
        try:
            yield line
        finally:
            line.close()

    def afresh(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        if "pending" not in payload:
            return dict(payload)
        return {**payload, "pending": [*payload["pending"], *payload["refused"]], "refused": {}}

    def facts(self, payload: Mapping[str, Any], response_status: int | None) -> dict[str, Any]:  # noqa: ARG002 -- the protocol's
        accepted = payload.get("accepted")
        lists = {
            key: [
                entry
                for entry in payload.get(key) or []
                if accepted is None or _envelope([entry])[0] in accepted
            ]
            for key in ("to", "cc", "bcc")
        }
        return {**lists, "subject": payload["subject"], "message_id": payload["message_id"]}


@dataclass
class _Tally:
    """What the server said of each recipient in this try, and what it said before."""

    accepted: list[str]
    refused: dict[str, str]
    later: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    up: bool = True
    transcript: list[str] = field(default_factory=list)

    def note(self, command: str, code: int, text: bytes) -> str:
        self.status = code
        self.up = code != 421  # "service not available": the server speaks of itself
        said = reason(f"{code} {text.decode('utf-8', 'replace')}", _QUOTED)
        self.transcript.append(f"{command}: {said}")
        return said

    def refuse(self, recipients: Sequence[str], code: int, said: str) -> None:
        target = self.refused if 500 <= code < 600 else self.later
        target.update(dict.fromkeys(recipients, said))

    def receipt(self) -> Receipt:
        reasons = {**self.refused, **self.later}
        verdict = Verdict.AGAIN if self.later else Verdict.SENT if self.accepted else Verdict.NEVER
        return Receipt(
            verdict=verdict,
            response_status=self.status,
            error="; ".join(f"{address}: {said}" for address, said in reasons.items()),
            answer=kept("\n".join(self.transcript)),
            partly=bool(self.accepted),
            progress={
                "pending": list(self.later),
                "accepted": self.accepted,
                "refused": self.refused,
            },
            up=self.up,
        )


class _SmtpLine:
    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None
        self._down = ""

    def send(self, parcel: Parcel) -> Receipt:
        try:
            mail = mime.build(parcel.payload, date=parcel.created_at)
            (sender,) = _envelope([parcel.payload["from"]])
            recipients = pending(parcel.payload)
        except mime.AddressInvalid as error:
            return Receipt(verdict=Verdict.NEVER, error=str(error))
        tally = _Tally(
            list(parcel.payload.get("accepted") or []), dict(parcel.payload.get("refused") or {})
        )
        with Watchdog(TOTAL_S) as dog:
            try:
                _converse(self._connected(dog), sender, recipients, mail.as_bytes(), tally)
            except (OSError, smtplib.SMTPException) as error:
                self.close()
                why = _reason(error, dog)
                left = [r for r in recipients if r not in {*tally.accepted, *tally.refused}]
                tally.later = dict.fromkeys(left, why)
                tally.up = False
                tally.status = getattr(error, "smtp_code", None) or None
        return tally.receipt()

    def close(self) -> None:
        if self._server is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if self._server.sock is not None:  # nobody waits long for a good-bye
                    self._server.sock.settimeout(1)
                    self._server.quit()
            self._server.close()
            self._server = None

    def _connected(self, dog: Watchdog) -> smtplib.SMTP:
        """The open connection, made clean for the next mail, or a new one."""
        if self._down:
            # Once for all mails of this task: each would wait as long for the same.
            raise smtplib.SMTPServerDisconnected(self._down)
        if self._server is not None and self._server.sock is not None:
            dog.watch(self._server.sock)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if self._server.rset()[0] == 250:
                    return self._server
            self.close()
        try:
            self._server = _connect(dog)
        except (OSError, smtplib.SMTPException) as error:
            self._down = _reason(error, dog)
            raise
        return self._server


class _Smtp(smtplib.SMTP):
    """smtplib with 4 seconds to connect and everything after that under watch."""

    def __init__(self, dog: Watchdog) -> None:
        self._dog = dog
        # The constructor connects and reads the greeting.
        super().__init__(
            settings.EMAIL_HOST, settings.EMAIL_PORT or 0, local_hostname=str(DNS_NAME)
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 -- smtplib's
        sock = socket.create_connection((host, port), min(CONNECT_S, self._dog.remaining()))
        # The watchdog ends it first, and says so; this is for the case that it cannot.
        sock.settimeout(self._dog.remaining() + 1)
        self._dog.watch(sock)
        return sock


class _SmtpOverTls(_Smtp):
    """TLS from the first byte, which the URL calls `smtp+ssl`."""

    default_port = smtplib.SMTP_SSL_PORT

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = super()._get_socket(host, port, timeout)
        tls = client_context().wrap_socket(
            plain, server_hostname=host, do_handshake_on_connect=False
        )
        self._dog.watch(tls)
        try:
            tls.do_handshake()
        except OSError:
            tls.close()
            raise
        return tls


def _connect(dog: Watchdog) -> smtplib.SMTP:
    """A connection to the server of EMAIL_URL, greeted, encrypted and logged in as the URL says."""
    server = _SmtpOverTls(dog) if settings.EMAIL_USE_SSL else _Smtp(dog)
    try:
        if settings.EMAIL_USE_TLS:
            server.starttls(context=client_context())
            if server.sock is not None:
                dog.watch(server.sock)
        server.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _converse(
    server: smtplib.SMTP, sender: str, recipients: Sequence[str], mail: bytes, tally: _Tally
) -> None:
    """MAIL, RCPT for each, DATA; what is said of each recipient goes to `tally`."""
    code, text = server.mail(sender)
    said = tally.note("MAIL", code, text)
    if code != 250:
        tally.refuse(recipients, code, said)
        return
    taken = []
    for recipient in recipients:
        code, text = server.rcpt(recipient)
        said = tally.note(f"RCPT {recipient}", code, text)
        if code in {250, 251}:
            taken.append(recipient)
        else:
            tally.refuse([recipient], code, said)
    if not taken:
        return
    try:
        code, text = server.data(mail)
    except smtplib.SMTPDataError as error:
        code, text = error.smtp_code, _bytes(error.smtp_error)
    said = tally.note("DATA", code, text)
    if code == 250:
        tally.accepted.extend(taken)
    else:
        tally.refuse(taken, code, said)


def _reason(error: Exception, dog: Watchdog) -> str:
    if dog.bitten:
        return f"the mail server took longer than {TOTAL_S:g} s"
    if isinstance(error, smtplib.SMTPResponseException):
        said = _bytes(error.smtp_error).decode("utf-8", "replace")
        return reason(f"{error.smtp_code} {said}", _QUOTED)
    if isinstance(error, OSError) and error.strerror:
        return f"the mail server cannot be reached: {error.strerror}"
    return str(error) or type(error).__name__


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def pending(payload: Mapping[str, Any]) -> list[str]:
    """The bare addresses still to be tried: what an earlier try left, else everybody's. Raises AddressInvalid."""
    if (left := payload.get("pending")) is not None:
        return _envelope(left)
    return _envelope([entry for key in ("to", "cc", "bcc") for entry in payload.get(key) or []])


def without(payload: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    """The payload in which these addresses are refused, for the reasons given. Raises AddressInvalid."""
    left = [address for address in pending(payload) if address not in reasons]
    return {
        **payload,
        "pending": left,
        "accepted": list(payload.get("accepted") or []),
        "refused": {**(payload.get("refused") or {}), **reasons},
    }


def _envelope(entries: Sequence[str]) -> list[str]:
    """The bare addresses of `entries`, each once, in order."""
    return list(dict.fromkeys(address.addr_spec for address in mime.addresses(entries)))


def _written(payload: Mapping[str, Any], path: Path) -> Receipt:
    """A file goes to all who were not refused before it was written."""
    if "pending" not in payload:
        return Receipt(verdict=Verdict.SENT, answer=path.name)
    accepted = [*payload["accepted"], *payload["pending"]]
    receipt = _Tally(accepted, dict(payload["refused"])).receipt()
    return replace(receipt, answer=path.name, up=None)


class _Folder:
    """Mail for a person to look at: one file a message, named after its delivery, so that a repeat
    takes the place of the first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, parcel: Parcel) -> Receipt:
        try:
            mail = mime.build(parcel.payload, date=parcel.created_at)
            if bcc := mime.addresses(parcel.payload.get("bcc") or []):
                mail["Bcc"] = bcc  # there is no envelope that names them
        except mime.AddressInvalid as error:
            return Receipt(verdict=Verdict.NEVER, error=str(error))
        at = parcel.created_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path = self._folder / f"{at}-{parcel.delivery_id:06d}.eml"
        try:
            self._write(path, mail)
        except OSError as error:
            return Receipt(verdict=Verdict.AGAIN, error=f"{path}: {error.strerror}")
        return _written(parcel.payload, path)

    def _write(self, path: Path, mail: EmailMessage) -> None:
        """All of it or nothing, and on the disk before it counts as sent."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(mail.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
