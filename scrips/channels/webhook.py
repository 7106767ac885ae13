"""Webhooks: one signed request, as Standard Webhooks (standardwebhooks.com) says."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from scrips import retry
from scrips.channels.base import Parcel, Receipt, Verdict, kept
from tessera.lib import clock, http, secretbox

USER_AGENT = "Tessera-Webhooks/1"
_PREFIX = "whsec_"
# What a host says of itself rather than of the request, as all from 500 on.
_OVERLOADED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class SecretInvalid(ValueError):
    """A secret that cannot sign. The message is a sentence that says why."""


class WebhookChannel:
    """One request for each try; 2xx is success, 410 is final, everything else is tried again."""

    record_type = "WebhookDelivery"

    @contextmanager
    def open(self) -> Iterator["WebhookChannel"]:
        """Itself: every request has a connection of its own, made to an address checked for it."""
        yield self

    def send(self, parcel: Parcel) -> Receipt:
        payload = parcel.payload
        now = clock.now()
        body = (payload.get("body") or "").encode()
        try:
            answer = http.send(
                method=payload["method"],
                url=payload["url"],
                headers=_headers(parcel, body, now),
                body=body,
                timeout=float(payload.get("timeout") or http.TOTAL_S),
            )
        except (http.HeaderRefused, SecretInvalid) as error:
            return Receipt(verdict=Verdict.NEVER, error=str(error))
        except (http.UrlRefused, secretbox.SecretUnreadable) as error:
            return Receipt(verdict=Verdict.AGAIN, error=str(error))
        except http.HttpFailed as error:
            return Receipt(verdict=Verdict.AGAIN, error=str(error), up=False)
        return _receipt(answer, now)

    def afresh(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        return dict(payload)

    def facts(self, payload: Mapping[str, Any], response_status: int | None) -> dict[str, Any]:
        return {
            "method": payload["method"],
            "url": payload["url"],
            "response_status": response_status,
        }


def webhook_id(delivery_id: int) -> str:
    """The `webhook-id` of a delivery, another for each installation: receivers remember them to
    do nothing twice.
    """
    tail = salted_hmac("scrips.webhook", str(delivery_id), algorithm="sha256").hexdigest()[:16]
    return f"msg_{delivery_id}_{tail}"


def signed_headers(
    *, webhook_id: str, body: bytes, secrets: Sequence[str], at: datetime
) -> dict[str, str]:
    """The three headers of Standard Webhooks; without a secret there is no signature.

    Every secret signs: while one is rotated the receiver may know either. Raises SecretInvalid.
    """
    timestamp = str(int(at.timestamp()))
    headers = {"webhook-id": webhook_id, "webhook-timestamp": timestamp}
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    if signatures := [_signature(_key(secret), signed) for secret in secrets]:
        headers["webhook-signature"] = " ".join(signatures)
    return headers


def check_secret(secret: str) -> None:
    """Raise SecretInvalid for a secret that cannot sign: empty, or `whsec_` and no base64."""
    _key(secret)


def _key(secret: str) -> bytes:
    """`whsec_` and base64, or any other text as it stands."""
    encoded = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True) if encoded != secret else secret.encode()
    except (binascii.Error, ValueError):
        raise SecretInvalid(_("After “whsec_” a secret must be base64.")) from None
    if not key:
        raise SecretInvalid(_("A secret must not be empty."))
    return key


def _signature(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode("ascii")


def _headers(parcel: Parcel, body: bytes, now: datetime) -> dict[str, str]:
    """What the scrip asked for, over our defaults and under what only we may say."""
    sealed = parcel.payload.get("secret") or []
    secrets = [secretbox.open_(s) for s in ([sealed] if isinstance(sealed, str) else sealed)]
    ours = signed_headers(
        webhook_id=parcel.payload.get("webhook_id") or webhook_id(parcel.delivery_id),
        body=body,
        secrets=secrets,
        at=now,
    )
    defaults = {"User-Agent": USER_AGENT, "Accept": "*/*"}
    if body:
        defaults["Content-Type"] = "application/json"
    merged: dict[str, tuple[str, str]] = {}
    for headers in (defaults, parcel.payload.get("headers") or {}, ours):
        merged |= {name.lower(): (name, value) for name, value in headers.items()}
    return dict(merged.values())


def _receipt(answer: http.Answer, now: datetime) -> Receipt:
    status = answer.status
    if 200 <= status < 300:
        text = kept(answer.body)
        return Receipt(verdict=Verdict.SENT, response_status=status, answer=text, up=True)
    return Receipt(
        verdict=Verdict.NEVER if status == HTTPStatus.GONE else Verdict.AGAIN,
        response_status=status,
        error=_error(status),
        answer=kept(answer.body),
        retry_after=retry.retry_after(answer.headers.get("retry-after"), now),
        up=status < 500 and status not in _OVERLOADED,
    )


def _error(status: int) -> str:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    text = f"answered {status} {phrase}".rstrip()
    return f"{text}; redirects are not followed" if 300 <= status < 400 else text
