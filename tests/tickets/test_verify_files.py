"""`tessera verify --files` finds what a restore forgot."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from tests.office import Office
from tickets import files
from tickets.models import Attachment


def upload(name: str, content: bytes, office: Office) -> Attachment:
    return files.keep(SimpleUploadedFile(name, content), creator_id=office.admin.id)


def test_files_that_are_gone_or_another_are_faults(office: Office) -> None:
    gone = upload("gone.txt", b"verified: gone", office)
    changed = upload("changed.txt", b"verified: changed", office)
    upload("same.txt", b"verified: changed", office)
    upload("sound.txt", b"verified: sound", office)
    kept = Path(settings.MEDIA_ROOT)
    (kept / gone.path).unlink()
    (kept / changed.path).write_bytes(b"another")

    told = StringIO()
    with pytest.raises(CommandError, match=r"^0 tickets with 0 transactions, 3 files: 2 faults$"):
        call_command("verify", "--files", stdout=told)

    assert sorted(told.getvalue().splitlines()) == [
        f"attachment {gone.pk} (gone.txt): its content {gone.path} is missing",
        f"attachment {changed.pk} (changed.txt): its content {changed.path} is another",
    ]
    (kept / changed.path).unlink()
