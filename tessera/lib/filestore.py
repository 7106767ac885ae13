"""Where files go: a folder, or a bucket of S3, by one URL."""

import importlib.util
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tessera.lib import environment
from tessera.lib.environment import SettingInvalid

_EXAMPLE = "file:///srv/tessera/files or s3://bucket/folder?endpoint=https://s3.example.com"
_OPTIONS = {"endpoint", "region", "addressing"}
# A file that is read is kept in memory up to this size, then on disk.
_IN_MEMORY = 1024 * 1024


def storage(name: str, default: Path) -> dict[str, Any]:
    """The storage that the variable `name` asks for, as Django's STORAGES has it; the folder `default` without one.

    Raises SettingInvalid.
    """
    given = environment.url(name, schemes=("file", "s3"), example=_EXAMPLE)
    if given.startswith("s3:"):
        return _bucket(name, given)
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": environment.folder(name, default)},
    }


def _bucket(name: str, given: str) -> dict[str, Any]:
    """Keys come from where boto3 looks for them: AWS_ACCESS_KEY_ID and the like, a profile, the host's role."""
    parts = urlsplit(given)
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    # What stands before an @ would be keys, which a URL is no place for.
    if not parts.netloc or "@" in parts.netloc or parts.fragment or set(asked) - _OPTIONS:
        raise SettingInvalid(f"{name} can't be read; it should look like {_EXAMPLE}")
    if not all(map(importlib.util.find_spec, ("storages", "boto3"))):
        raise SettingInvalid(
            f"{name} names a bucket of S3, and what speaks S3 is not installed:"
            " pip install --require-hashes -r requirements-s3.lock"
        )
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": unquote(parts.path).strip("/"),
            "endpoint_url": asked.get("endpoint"),
            "region_name": asked.get("region"),
            "client_config": _patience(asked.get("addressing", "auto")),
            "default_acl": None,
            # Each content has a name of its own: whoever writes it again writes the same.
            "file_overwrite": True,
            "max_memory_size": _IN_MEMORY,
        },
    }


def _patience(addressing: str) -> Any:
    from botocore.config import Config

    return Config(
        connect_timeout=3,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": 3},
        s3={"addressing_style": addressing},
        signature_version="s3v4",
    )
