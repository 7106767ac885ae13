"""Small pictures of files that are pictures: drawn anew, so that nothing of what was uploaded reaches a browser."""

import io
import logging
import threading
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps

from tessera.lib.errors import NotFound
from tickets import files
from tickets.models import Attachment
from tickets.outcome import PICTURES

CONTENT_TYPE = "image/webp"
# Twice what the pages give them, for fine screens.
_SIZE = (320, 240)
# What is larger unpacked is not unpacked: four bytes each, once for each process.
_MOST_PIXELS = 25_000_000
_MOST_BYTES = 25 * 1024 * 1024
_FORMATS = ("GIF", "JPEG", "PNG", "WEBP")
_ONE = threading.Lock()
_MISSING = gettext_lazy("There is no small picture of this file.")
_log = logging.getLogger(__name__)


def of(attachment: Attachment) -> bytes:
    """The picture as WebP of at most 320 by 240: its first frame, without what it told of camera and place. It is made
    when it is first asked for and kept beside the file. Empty where what calls itself a picture can't be drawn. Raises
    NotFound for other files."""
    if attachment.content_type not in PICTURES:
        raise NotFound(_MISSING)
    if attachment.size > _MOST_BYTES:
        return b""
    path = path_of(attachment)
    drawn = _kept(path)
    if drawn is None:
        with files.open_content(attachment) as content, _ONE:
            drawn = _drawn(content, attachment)
        _keep(path, drawn)
    return drawn


def path_of(attachment: Attachment) -> str:
    """Where the storage keeps it. An empty one says that none can be made."""
    return f"{attachment.path}.webp"


def _drawn(content: IO[bytes], attachment: Attachment) -> bytes:
    """Empty where the content is no picture, or one too large."""
    try:
        with Image.open(content, formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return b""
            picture.draft("RGB", (2 * _SIZE[0], 2 * _SIZE[1]))
            turned = ImageOps.exif_transpose(picture)
            small = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
            small.thumbnail(_SIZE)
        made = io.BytesIO()
        small.info.clear()
        small.save(made, "WEBP", quality=80)
    # Whatever the decoders meet in what somebody made to hurt them: it is no picture, and the file is a link.
    except Exception as fault:  # noqa: BLE001
        _log.info("attachment %s has no thumbnail: %s", attachment.pk, type(fault).__name__)
        return b""
    return made.getvalue()


def _kept(path: str) -> bytes | None:
    """None where there is none yet, or a crash cut it short: a WebP says at its beginning how long it is."""
    try:
        with default_storage.open(path) as stored:
            found: bytes = stored.read()
    except FileNotFoundError:
        return None
    whole = not found or int.from_bytes(found[4:8], "little") + 8 == len(found)
    return found if whole else None


def _keep(path: str, drawn: bytes) -> None:
    default_storage.delete(path)
    saved = default_storage.save(path, ContentFile(drawn))
    if saved != path:  # another request was first
        default_storage.delete(saved)
