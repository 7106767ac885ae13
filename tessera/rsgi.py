"""The web application as Granian runs it."""

from django.conf import settings

from tessera.lib.front import Front
from tessera.wsgi import application as wsgi

# Each has a database connection of its own; more would take turns at the one interpreter.
_THREADS = 2

application = Front(wsgi, threads=_THREADS, limit=settings.TESSERA_MAX_UPLOAD + 1024 * 1024)
