"""What workers do for the pages."""

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import translation

from scrips.channels.base import Receipt, Verdict
from tessera.accounts import links, resets
from tessera.accounts.models import User
from tessera.desk import mails

log = logging.getLogger(__name__)

# Waits before each further try, in seconds: shorter than the time after which a broker gives a message to another.
_WAITS = (10, 60, 120)


@shared_task(name="tessera.desk.tasks.send_password_reset", bind=True, max_retries=len(_WAITS))
def send_password_reset(task: Any, user_id: int, language: str = "") -> None:
    """Send the user a link to a new password, if he may have one; in the `language` of the page that he asked on,
    where his account has none."""
    _send(task, user_id, language, resets.may_have_link, mails.send_reset)


@shared_task(name="tessera.desk.tasks.send_login_link", bind=True, max_retries=len(_WAITS))
def send_login_link(task: Any, user_id: int, language: str = "") -> None:
    """Send the user a link that lets him in, if he may have one. Each try makes another link: none is kept to be sent
    again."""
    _send(task, user_id, language, links.may_have_link, mails.send_link)


def _send(
    task: Any,
    user_id: int,
    language: str,
    allowed: Callable[[User], bool],
    send: Callable[[User], Receipt],
) -> None:
    """The request publishes this for nobody (0) too, and takes as long."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or not allowed(user):
        return
    with translation.override(user.language or language or settings.LANGUAGE_CODE):
        receipt = send(user)
    if receipt.verdict is Verdict.SENT:
        return
    log.warning("%s for user %d was not sent: %s", task.name, user_id, receipt.error)
    if receipt.verdict is Verdict.AGAIN and task.request.retries < len(_WAITS):
        raise task.retry(countdown=_WAITS[task.request.retries])
