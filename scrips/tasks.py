"""What workers are told to do. A task takes ids, calls one function and returns."""

from datetime import timedelta

from celery import shared_task

from scrips import backtest as backtests
from scrips import caps, outbox, sweeper
from scrips.recording import Shared
from tessera.lib import pulse

# By all threads of a worker.
_records = Shared()


@shared_task(name="scrips.tasks.deliver_mail")
def deliver_mail(ids: list[int]) -> None:
    """Send these mails, over one connection."""
    outbox.deliver("email", ids, shared=_records)


@shared_task(name="scrips.tasks.deliver_webhook")
def deliver_webhook(ids: list[int]) -> None:
    """Call these webhooks, all of one host."""
    outbox.deliver("webhook", ids, shared=_records)


@shared_task(name="scrips.tasks.sweep")
def sweep() -> None:
    """One round of the sweeper, and the sign that there was one."""
    sweeper.sweep()
    pulse.mark(pulse.SWEEP, lasts=timedelta(days=1))


@shared_task(name="scrips.tasks.backtest")
def backtest(backtest_id: int) -> None:
    """One turn of a rule that is tried on history."""
    backtests.carry_out(backtest_id)


@shared_task(name="scrips.tasks.revive_backtests")
def revive_backtests() -> None:
    """Find the backtests that lost their worker."""
    backtests.revive()


@shared_task(name="scrips.tasks.purge_backtests")
def purge_backtests() -> None:
    """Drop those that ended long ago."""
    backtests.purge()


@shared_task(name="scrips.tasks.purge_mailings")
def purge_mailings() -> None:
    """Drop what counts towards no cap any more."""
    caps.purge()
