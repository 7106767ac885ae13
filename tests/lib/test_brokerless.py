"""What a worker tells the broker of the messages that it has in hand."""

from typing import Any

import pytest
from django.conf import settings
from kombu import Connection, Queue
from redis import Redis

import tessera.celery  # noqa: F401  # from here on connections are ours
from tessera.messaging import CELERY, LOOKED_AFTER


@pytest.mark.parametrize(("task", "told"), [(min(LOOKED_AFTER), 0), ("scrips.tasks.sweep", 1)])
def test_broker_is_not_told_of_work_that_is_found_again_without_it(task: str, told: int) -> None:
    broker = Redis.from_url(settings.REDIS_URL)
    broker.delete("unacked", "unacked_index", "in-hand")
    options = CELERY["broker_transport_options"]
    with Connection(settings.CELERY_BROKER_URL, transport_options=options) as line:
        channel: Any = line.default_channel  # kombu's types know no virtual channels
        channel.basic_qos(0, 1, False)  # AMQP's signature
        queue = Queue("in-hand", channel=channel)
        queue.declare()
        line.Producer().publish({}, routing_key="in-hand", headers={"task": task})
        message = queue.get()
        assert message is not None
        assert (broker.hlen("unacked"), broker.zcard("unacked_index")) == (told, told)
        assert not channel.qos.can_consume()
        message.ack()
        assert (broker.hlen("unacked"), broker.zcard("unacked_index")) == (0, 0)
        assert channel.qos.can_consume()
    broker.close()
