"""One URL says where files go."""

import importlib.util
from pathlib import Path

import pytest

from tessera.lib import filestore
from tessera.lib.environment import SettingInvalid

DEFAULT = Path("/srv/data/files")
NAME = "TESSERA_STORAGE_URL"


@pytest.mark.parametrize(
    ("url", "folder"),
    [("", DEFAULT), ("file:///srv/a%20b", Path("/srv/a b")), (" file:///x ", Path("/x"))],
)
def test_folder_is_djangos_own_storage(
    monkeypatch: pytest.MonkeyPatch, url: str, folder: Path
) -> None:
    monkeypatch.setenv(NAME, url)
    assert filestore.storage(NAME, DEFAULT) == {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": folder},
    }


@pytest.mark.parametrize(
    "url",
    [
        "s3:///folder",
        "s3://key:secret@bucket",
        "s3://bucket?endpont=https://s3.example.com",
        "s3://bucket#x",
        "ftp://host/x",
        "/srv/files",
    ],
)
def test_url_that_names_no_place_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(NAME, url)
    with pytest.raises(SettingInvalid, match=f"^{NAME} can't be read; it should look like") as told:
        filestore.storage(NAME, DEFAULT)
    assert "secret" not in str(told.value)


def test_bucket_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "s3://bucket/folder")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(
        SettingInvalid, match=r"pip install --require-hashes -r requirements-s3.lock$"
    ):
        filestore.storage(NAME, DEFAULT)
