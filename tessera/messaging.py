"""How tasks travel: what the processes that publish, run and schedule them must agree on."""

from typing import Any

from django.conf import settings
from kombu import Queue

# Longer than the longest task, shorter than people's patience: after this time a message that a
# killed worker had taken is given to another. Waits of more than seconds are rows, never messages.
_VISIBILITY_SECONDS = 180
_SWEEP_SECONDS = 5.0
_PURGE_SECONDS = 3600.0
_INDEX_SECONDS = 30.0
_REVIVE_SECONDS = 10.0

# What these carry out are rows: the sweep finds those that a worker left, within seconds or when its lease is over.
LOOKED_AFTER = frozenset({"scrips.tasks.deliver_mail", "scrips.tasks.deliver_webhook"})

CELERY: dict[str, Any] = {
    "broker_url": settings.CELERY_BROKER_URL,
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "visibility_timeout": _VISIBILITY_SECONDS,
        # Without these two a lost message comes back only after a hundred seconds more.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        # No message of ours goes before another; with kombu's four steps a worker asked for four lists of each queue.
        "priority_steps": [0],
        # A request that publishes must not wait for a broker that is away: sweep() sends it later.
        "max_retries": 0,
        "interval_start": 0,
        "socket_connect_timeout": 0.5,
        "socket_timeout": 5,
    },
    "task_publish_retry": False,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    # These bind in a pool of processes; in the pool of threads that `tessera up` runs, the time
    # limits of the mail and web clients do the same work.
    "task_soft_time_limit": 120,
    "task_time_limit": 150,
    "task_queues": [Queue("default"), Queue("mail"), Queue("webhook")],
    "task_default_queue": "default",
    "task_routes": {
        "scrips.tasks.deliver_mail": {"queue": "mail"},
        "scrips.tasks.deliver_webhook": {"queue": "webhook"},
        "tessera.desk.tasks.send_password_reset": {"queue": "mail"},
        "tessera.desk.tasks.send_login_link": {"queue": "mail"},
    },
    "worker_prefetch_multiplier": 1,
    "worker_send_task_events": False,
    "beat_schedule": {
        # A tick that nobody took in time is worth nothing: the next one does the same.
        "purge-backtests": {"task": "scrips.tasks.purge_backtests", "schedule": _PURGE_SECONDS},
        "purge-bulk-changes": {
            "task": "tickets.tasks.purge_bulk_changes",
            "schedule": _PURGE_SECONDS,
        },
        "purge-idempotency-keys": {
            "task": "tickets.tasks.purge_idempotency_keys",
            "schedule": _PURGE_SECONDS,
        },
        "purge-logins": {"task": "tessera.accounts.tasks.purge", "schedule": _PURGE_SECONDS},
        "purge-mailings": {"task": "scrips.tasks.purge_mailings", "schedule": _PURGE_SECONDS},
        "purge-unsent": {"task": "tickets.tasks.purge_unsent", "schedule": _PURGE_SECONDS},
        "revive-backtests": {
            "task": "scrips.tasks.revive_backtests",
            "schedule": _REVIVE_SECONDS,
            "options": {"expires": _REVIVE_SECONDS},
        },
        "revive-bulk-changes": {
            "task": "tickets.tasks.revive_bulk_changes",
            "schedule": _REVIVE_SECONDS,
            "options": {"expires": _REVIVE_SECONDS},
        },
        "revive-moves": {
            "task": "tickets.tasks.revive_moves",
            "schedule": _REVIVE_SECONDS,
            "options": {"expires": _REVIVE_SECONDS},
        },
        "revive-unsent": {
            "task": "tickets.tasks.revive_unsent",
            "schedule": _SWEEP_SECONDS,
            "options": {"expires": _SWEEP_SECONDS},
        },
        "sync-field-indexes": {
            "task": "tickets.tasks.sync_field_indexes",
            "schedule": _INDEX_SECONDS,
            "options": {"expires": _INDEX_SECONDS},
        },
        "sweep": {
            "task": "scrips.tasks.sweep",
            "schedule": _SWEEP_SECONDS,
            "options": {"expires": _SWEEP_SECONDS},
        },
    },
    "beat_schedule_filename": str(settings.TESSERA_DATA / "run" / "beat"),
    "timezone": "UTC",
}
