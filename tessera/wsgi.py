"""The web application."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from tessera.lib.chunked import Dechunked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")
application = Dechunked(get_wsgi_application(), limit=settings.TESSERA_MAX_UPLOAD + 1024 * 1024)

# After the set-up: tasks are published by this application's Celery app.
import tessera.celery  # noqa: E402, F401
