"""Files that people upload: kept once for each content, under their SHA-256."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from tessera.lib import clock, room
from tessera.lib.errors import Invalid, NotFound
from tickets.models import Attachment

_FILENAME = 255
# Of one person, that no message has taken, in so much time.
MOST_WAITING, _LATELY = 500, timedelta(days=1)
# A media type without parameters; what else a client claims is not repeated to those who download.
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,48}/[a-z0-9][a-z0-9!#$&^_.+-]{0,48}")


def keep(upload: "UploadedFile[Any]", *, creator_id: int, field: str = "file") -> Attachment:
    """Store an upload, for a message to take. Raises Invalid at `field` if it has no name, LimitReached where too many
    of its creator's wait.

    The content reaches the storage before the row is committed: at worst a content without a row
    remains, which the next upload of the same content takes.
    """
    name = _name(upload.name or "")
    if not name:
        raise Invalid({field: [_("needs a file name")]})
    _ask_room(creator_id)
    digest, size = hashlib.sha256(), 0
    for chunk in upload.chunks():
        digest.update(chunk)
        size += len(chunk)
    attachment = Attachment(
        filename=name,
        content_type=_media_type(upload.content_type),
        size=size,
        sha256=digest.hexdigest(),
        creator_id=creator_id,
        created_at=clock.now(),
    )
    _store(upload, attachment.path, size)
    with transaction.atomic():
        _ask_room(creator_id)  # again, and alone: others came while this was stored
        attachment.save()
    return attachment


def open_content(attachment: Attachment) -> IO[bytes]:
    """The content, for reading. Raises NotFound where the storage has lost it."""
    try:
        return default_storage.open(attachment.path)
    except FileNotFoundError:
        raise NotFound(_("The file's content is gone from the storage.")) from None


def faults() -> Iterator[tuple[int, list[str]]]:
    """Read every content that there should be. Gives (1, faults) for each, in the order of their hashes."""
    rows = Attachment.objects.order_by("sha256", "pk").distinct("sha256")
    for attachment in rows.iterator():
        yield 1, list(_faults_of(attachment))


def _faults_of(attachment: Attachment) -> Iterator[str]:
    facts = {"name": attachment.filename, "id": attachment.pk, "path": attachment.path}
    try:
        with default_storage.open(attachment.path) as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        yield _("attachment %(id)s (%(name)s): its content %(path)s is missing") % facts
    else:
        if digest != attachment.sha256:
            yield _("attachment %(id)s (%(name)s): its content %(path)s is another") % facts


def _ask_room(creator_id: int) -> None:
    lately = clock.now() - _LATELY
    rows = Attachment.objects.filter(message=None, creator=creator_id, created_at__gt=lately)
    full = _("%(most)d of your files of today are in no message: send some of them first.")
    told = full % {"most": MOST_WAITING}
    with transaction.atomic():
        room.ask(rows, owner_id=creator_id, most=MOST_WAITING, full=told)


def _store(upload: "UploadedFile[Any]", path: str, size: int) -> None:
    """Once for each content. One of another size was cut short by a crash and is replaced."""
    if default_storage.exists(path):
        if default_storage.size(path) == size:
            return
        default_storage.delete(path)
    upload.seek(0)
    saved = default_storage.save(path, File(upload))
    if saved != path:  # another upload of the same content was first
        default_storage.delete(saved)


def _name(raw: str) -> str:
    """Without folders and control characters; its end, which tells the type, is kept."""
    name = raw.replace("\\", "/").rsplit("/", 1)[-1]
    name = re.sub(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "", name
    )
    name = name.strip(". ")
    if len(name) <= _FILENAME:
        return name
    stem, dot, end = name.rpartition(".")
    tail = (dot + end)[:20] if stem else ""
    return name[: _FILENAME - len(tail)] + tail


def _media_type(raw: str | None) -> str:
    given = (raw or "").split(";", 1)[0].strip().lower()
    return given if _TYPE.fullmatch(given) else "application/octet-stream"
