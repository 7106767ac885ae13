"""`Idempotency-Key`: a POST that is sent again does nothing again."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.accounts.models import User
from tessera.lib import clock, secretbox
from tessera.lib.api.rendering import dump
from tessera.lib.errors import IdempotencyConflict, Invalid
from tickets.models import IdempotencyKey

HEADER = "Idempotency-Key"
LONGEST = 255
KEPT = timedelta(hours=24)
_HEADERS = ("ETag",)


def once(request: Request, user: User, handler: Callable[[], Response]) -> Response | HttpResponse:
    """The handler's answer, or the one that it gave to this user's first request with this key.

    The answer is stored in the handler's own database transaction: there is none without its
    effect, and no effect without it. A request that is refused (4xx) stores nothing and may be
    sent again, mended, under its key. Raises Invalid for an empty or over-long key, and
    IdempotencyConflict for one that came with another request or whose first request is still at
    work: it never waits.
    """
    key = request.headers[HEADER]
    if not 0 < len(key) <= LONGEST:
        # Servers give a header that is not ASCII as an empty one.
        told = _("must have 1 to %(longest)d characters, of ASCII alone") % {"longest": LONGEST}
        raise Invalid({HEADER: [told]})
    digest = _fingerprint(request)
    with transaction.atomic():
        _take(user, key)
        kept = IdempotencyKey.objects.filter(user=user, key=key).first()
        if kept is not None and clock.now() - kept.created_at < KEPT:
            return _replay(kept, digest)
        if kept is not None:
            kept.delete()
        response = handler()
        IdempotencyKey.objects.create(
            user=user,
            key=key,
            request_sha256=digest,
            status=response.status_code,
            # Sealed: an answer may hold what is shown only once, such as a new token.
            response=secretbox.seal(dump(response.data).decode()),
            headers={name: response[name] for name in _HEADERS if name in response},
            created_at=clock.now(),
        )
    return response


def purge(*, before: datetime | None = None) -> int:
    """Delete the keys that count no longer; how many there were."""
    deleted, _each = IdempotencyKey.objects.filter(
        created_at__lt=before or clock.now() - KEPT
    ).delete()
    return deleted


def lock_of(user: User, key: str) -> int:
    """The number of the lock that a request under this key holds while it is at work."""
    name = hashlib.sha256(f"idempotency {user.pk} {key}".encode()).digest()
    return int.from_bytes(name[:8], signed=True)


def _take(user: User, key: str) -> None:
    """Until COMMIT nobody else works under this key. Tried, not waited for, as a row's would be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_of(user, key)])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise IdempotencyConflict(
            _("The first request with this Idempotency-Key is still at work.")
        )


def _replay(kept: IdempotencyKey, digest: str) -> HttpResponse:
    if kept.request_sha256 != digest:
        raise IdempotencyConflict(_("This Idempotency-Key came with another request before."))
    try:
        body = secretbox.open_(kept.response)
    except secretbox.SecretUnreadable:
        raise IdempotencyConflict(
            _("This Idempotency-Key was used, and its first answer can't be read any more.")
        ) from None
    return HttpResponse(
        body, status=kept.status, content_type="application/json", headers=kept.headers
    )


def _fingerprint(request: Request) -> str:
    """Path, query, If-Match and body make a request; the order of keys and a form's boundary do not."""
    form = request.data
    body: Any = form
    if isinstance(form, QueryDict):
        body = {name: [_digestible(value) for value in values] for name, values in form.lists()}
    parts = [request.path, request.META.get("QUERY_STRING", ""), request.headers.get("If-Match")]
    return hashlib.sha256(dump([*parts, _sorted(body)])).hexdigest()


def _digestible(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return [value.name, value.content_type, digest.hexdigest()]


def _sorted(value: Any) -> Any:
    """Keys in one order at every depth; lists as they are."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(part) for part in value] if isinstance(value, list) else value
