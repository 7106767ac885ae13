"""Tells the worker what to do for a page."""

import logging
from typing import Any

from django.utils.translation import get_language
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

log = logging.getLogger(__name__)


def send(task: Any, user_id: int) -> None:
    """Let a worker write that mail to the user, whose account says in which language, or else the page's.

    Without a broker it is not sent: whoever waits for it asks again.
    """
    try:
        task.delay(user_id, get_language() or "")
    except (BrokerError, RedisError, OSError) as error:
        log.warning("The broker is away (%s): %s has nobody to do it.", error, task.name)
