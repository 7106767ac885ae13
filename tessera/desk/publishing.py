"""Tells the worker what to do for a page."""

import logging

from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from tessera.desk import tasks

log = logging.getLogger(__name__)


def send_password_reset(user_id: int) -> None:
    """Without a broker the mail is not sent: whoever waits for it asks again."""
    try:
        tasks.send_password_reset.delay(user_id)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("The broker is away (%s): no link to a new password is sent.", error)
