"""What workers do for the pages."""

import logging
from typing import Any

from celery import shared_task

from scrips.channels.base import Verdict
from tessera.accounts.models import User
from tessera.accounts.resets import may_have_link
from tessera.desk import resets

log = logging.getLogger(__name__)

# Waits before each further try, in seconds: shorter than the time after which a broker gives a message to another.
_WAITS = (10, 60, 120)


@shared_task(name="tessera.desk.tasks.send_password_reset", bind=True, max_retries=len(_WAITS))
def send_password_reset(task: Any, user_id: int) -> None:
    """Send the user a link, if he may have one. The request publishes this for nobody (0) too, and takes as long."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or not may_have_link(user):
        return
    receipt = resets.send(user)
    if receipt.verdict is Verdict.SENT:
        return
    log.warning("The link to a new password for user %d was not sent: %s", user_id, receipt.error)
    if receipt.verdict is Verdict.AGAIN and task.request.retries < len(_WAITS):
        raise task.retry(countdown=_WAITS[task.request.retries])
