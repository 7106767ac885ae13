"""What workers do for accounts."""

from importlib import import_module

from celery import shared_task
from django.conf import settings

from tessera.accounts import audit, gates, links, sessions
from tessera.accounts.audit import Subject


@shared_task(name="tessera.accounts.tasks.purge")
def purge() -> None:
    """Drop logins and links that ran out, and the gates that nobody came to for a day."""
    sessions.purge()
    links.purge()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    for label, refused in gates.purge():
        audit.note(
            "login_throttled", subject=Subject("gate", None, label), facts={"refused": refused}
        )
