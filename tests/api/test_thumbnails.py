"""Small pictures of attachments."""

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.api.caller import Caller
from tickets import thumbnails
from tickets.models import Attachment
from tickets.outcome import PICTURES

_ORIENTATION = 0x0112


def picture(kind: str, size: tuple[int, int] = (800, 200), **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, kind, **options)
    return made.getvalue()


def uploaded(api: Caller, content: bytes, content_type: str) -> str:
    upload = SimpleUploadedFile("a.png", content, content_type)
    return f"/api/attachments/{api.upload('/api/attachments', {'file': upload}).json()['id']}"


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def camera() -> bytes:
    told = Image.Exif()
    told[_ORIENTATION] = 6
    told[0x010F] = "A camera that tells where it was"
    return picture("JPEG", exif=told)


@pytest.mark.parametrize(
    ("content", "content_type", "size"),
    [
        (picture("PNG"), "image/png", (320, 80)),
        (picture("JPEG"), "image/jpeg", (320, 80)),
        (camera(), "image/jpeg", (60, 240)),
        (picture("WEBP"), "image/webp", (320, 80)),
        (
            picture("GIF", save_all=True, append_images=[Image.new("RGB", (9, 9))]),
            "image/gif",
            (320, 80),
        ),
        (picture("PNG", (10, 20)), "image/png", (10, 20)),
        (picture("GIF"), "image/png", (320, 80)),
    ],
)
def test_picture_is_drawn_anew_and_tells_nothing_of_its_camera(
    api: Caller, content: bytes, content_type: str, size: tuple[int, int]
) -> None:
    answer = api.get(uploaded(api, content, content_type) + "/thumbnail")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].endswith("; sandbox")
    with Image.open(io.BytesIO(answer.content), formats=["WEBP"]) as drawn:
        assert drawn.size == size
        assert not getattr(drawn, "is_animated", False)
        assert not drawn.getexif()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/png"),
        (picture("PNG"), "text/html"),
        (picture("TIFF"), "image/png"),
        (picture("PNG")[:60], "image/png"),
        (bomb(60_000), "image/png"),
        (bomb(5_100), "image/png"),
        (bomb(100), "image/png"),
        (b"", "image/gif"),
        (b"GIF89a", "image/gif"),
    ],
)
def test_what_is_no_picture_or_too_large_has_none(
    api: Caller, content: bytes, content_type: str
) -> None:
    path = uploaded(api, content, content_type)

    # A page that asks for the small picture of what calls itself one hears of no fault: there is nothing to be shown.
    answer = 204 if content_type in PICTURES else 404
    assert [api.get(f"{path}/thumbnail").status_code for _ in range(2)] == [answer, answer]
    assert api.get(path).status_code == 200


def test_thumbnail_is_made_once_and_again_after_a_crash_cut_it_short(api: Caller) -> None:
    path = uploaded(api, picture("PNG"), "image/png")
    whole = api.get(f"{path}/thumbnail").content
    row = Attachment.objects.get()
    default_storage.delete(row.path)  # what is kept needs no more of it

    assert api.get(f"{path}/thumbnail").content == whole
    with default_storage.open(thumbnails.path_of(row), "wb") as stored:
        stored.write(whole[:20])
    assert api.get(f"{path}/thumbnail").status_code == 404
    uploaded(api, picture("PNG"), "image/png")
    assert api.get(f"{path}/thumbnail").content == whole


def test_download_may_do_nothing_in_a_browser(api: Caller) -> None:
    answer = api.get(uploaded(api, b"<script>alert(1)</script>", "text/html"))

    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
