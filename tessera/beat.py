"""
The Celery app of beat, with nothing of the application loaded: beat sends the names of tasks and
runs none, and so it takes half the memory and time.
"""

import os

from celery import Celery

from tessera.messaging import CELERY

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")

app = Celery("tessera", fixups=[])  # the fix-up for Django would load all of it
app.conf.update(CELERY)
