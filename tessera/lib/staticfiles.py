"""The storage of static files: named by their content, compressed once."""

from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Quality 11 makes files a tenth smaller and the first start of Tessera eight seconds longer.
_BROTLI_QUALITY = 6


class QuickCompressor(Compressor):  # type: ignore[misc]  # it has no types
    """Compresses for a start of seconds, not for the last byte."""

    # Besides what is compressed already: nobody but a developer's browser loads source maps.
    SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        """See `_BROTLI_QUALITY`."""
        return bytes(brotli.compress(data, quality=_BROTLI_QUALITY))


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the same
    """Whitenoise's storage with our compressor."""

    def create_compressor(self, **options: Any) -> Compressor:
        """The one compressor for all files."""
        return QuickCompressor(**options)
