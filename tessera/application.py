"""The web application, loaded whole: what the web server does once, before it forks its workers.

It has no connection and no thread yet, and counts nothing.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tessera.lib import codememory
from tessera.lib.chunked import Dechunked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")
application = Dechunked(get_wsgi_application(), limit=settings.TESSERA_MAX_UPLOAD + 1024 * 1024)

# After the set-up: tasks are published by this application's Celery app.
import tessera.celery  # noqa: E402
import tessera.metrics  # noqa: E402, F401

# The first request would load the pages and the API; here nobody waits for it, and it is set aside with the rest.
get_resolver().url_patterns  # noqa: B018
codememory.set_aside()
