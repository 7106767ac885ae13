"""The web application as Granian runs it."""

from django.conf import settings

from tessera.lib.front import Front
from tessera.wsgi import application as wsgi

# Each has a database connection of its own; more would take turns at the one interpreter.
_THREADS = 2

# Files of many thousand tickets are written for half a minute.
_APART = frozenset({"/api/tickets/export.csv", "/api/tickets/export.xlsx"})

application = Front(
    wsgi, threads=_THREADS, limit=settings.TESSERA_MAX_UPLOAD + 1024 * 1024, apart=_APART
)
