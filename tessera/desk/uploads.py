"""Files that come with a form. They stay for the next try where the form is refused, as uploads that wait."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from tessera.lib.errors import Invalid
from tessera.lib.values import MAX_ID
from tickets import files
from tickets.access import Actor
from tickets.models import Attachment

_MOST = 100
_KEPT = "_kept_uploads"


def numbers(raw: Iterable[str]) -> list[int]:
    """The ids among texts that a form sent."""
    found = (int(each) for each in raw if each.isascii() and each.isdecimal() and len(each) < 20)
    return [each for each in found if 0 < each <= MAX_ID]


def named(form: QueryDict) -> tuple[int, ...]:
    """The uploads that a form names from an earlier try."""
    return tuple(dict.fromkeys(numbers(form.getlist("attachment_ids"))))[:_MOST]


def kept(request: HttpRequest, actor: Actor) -> list[int]:
    """Keep the files of the form `attachments` and give their ids. Raises `Invalid` where one is too large, with none
    kept; the caller has asked whether the actor may write at all."""
    uploads: list[UploadedFile[Any]] = request.FILES.getlist("attachments")
    limit = settings.TESSERA_MAX_UPLOAD
    if large := [upload for upload in uploads if (upload.size or 0) > limit]:
        told = _("%(name)s is larger than %(limit)s")
        words = {"name": (large[0].name or "")[:80], "limit": filesizeformat(limit)}
        raise Invalid({"message.attachment_ids": [told % words]})
    if len(uploads) > _MOST:
        told = _("at most %(most)d files go with one message")
        raise Invalid({"message.attachment_ids": [told % {"most": _MOST}]})
    found: list[int] = []
    setattr(request, _KEPT, found)
    # One after the other: should one be refused, those before it are kept all the same.
    found.extend(
        files.keep(upload, creator_id=actor.id, field="message.attachment_ids").pk
        for upload in uploads
    )
    return found


def already_kept(request: HttpRequest) -> Sequence[int]:
    """What `kept` has kept of this request."""
    found: Sequence[int] = getattr(request, _KEPT, ())
    return found


def waiting(ids: Sequence[int], actor: Actor) -> tuple[Attachment, ...]:
    """The actor's own uploads of these that no message took yet, in the order given."""
    if not ids:
        return ()
    rows = Attachment.objects.filter(message=None, creator_id=actor.id).in_bulk(ids)
    return tuple(rows[number] for number in ids if number in rows)
