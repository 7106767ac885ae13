"""The web application in a process that serves it."""

from pathlib import Path

from django.conf import settings

from tessera.application import application
from tessera.lib import tally

__all__ = ["application"]

tally.share(Path(settings.TESSERA_DATA) / tally.FOLDER, "web")
