"""The storage of static files: named by their content, compressed once."""

from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Quality 11 makes files a tenth smaller and the first start of Tessera eight seconds longer.
_BROTLI_QUALITY = 6
# Our modules' way to import each other. Django's own patterns find more, in other people's files too, and then miss it.
_IMPORT = (
    r"""(?m)^(?P<matched>(?P<names>import \{[\w, ]+\}) from "(?P<url>\./[a-z-]+\.js)";)""",
    '%(names)s from "%(url)s";',
)


class QuickCompressor(Compressor):  # type: ignore[misc]  # it has no types
    """Compresses for a start of seconds, not for the last byte."""

    # Besides what is compressed already: nobody but a developer's browser loads source maps.
    SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        """See `_BROTLI_QUALITY`."""
        return bytes(brotli.compress(data, quality=_BROTLI_QUALITY))


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the same
    """Whitenoise's storage with our compressor.

    What a module imports is named by its content too: else it is fetched and run once more under its plain name, and
    asked for anew with every page.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("*.js", (_IMPORT,)))

    def create_compressor(self, **options: Any) -> Compressor:
        """The one compressor for all files."""
        return QuickCompressor(**options)
