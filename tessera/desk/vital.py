"""Whether the work in the background goes on: worker, beat, broker, what waits and who does not answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError
from redis import RedisError

from scrips import figures
from scrips.figures import Standing
from tessera.lib import clock, moments, pulse

# A round of the sweeper every five seconds: after so many that are missing something is wrong.
_SILENT = timedelta(seconds=60)
_LATE = timedelta(minutes=2)
_MANY_MESSAGES = 1_000
_UNREACHABLE = (OSError, RedisError, OperationalError)


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing to be well. `state` is `good`, `soon` (worth a look) or `late` (something is to be done)."""

    name: str
    state: str
    told: str
    link: str = ""

    @property
    def word(self) -> str:
        """The state, for those who see no colours."""
        return {"good": _("well"), "soon": _("look"), "late": _("trouble")}[self.state]


def signs(standings: Sequence[Standing]) -> list[Sign]:
    """The processes', and those of deliveries where it is told how they stand. Two statements, and what the cache and
    the broker are asked."""
    found = [*_processes(), _messages()]
    return [*found, _due(), _hosts(), _dead(standings)] if standings else found


def _processes() -> list[Sign]:
    try:
        worker, round_ = pulse.last(pulse.WORKER), pulse.last(pulse.SWEEP)
    except _UNREACHABLE:
        told = _("The cache does not answer, by which workers are seen.")
        return [Sign(_("Worker"), "late", told), Sign(_("Beat"), "late", told)]
    if worker is None:
        at_work = Sign(_("Worker"), "late", _("None is at work: mail and webhooks wait."))
    else:
        at_work = Sign(_("Worker"), "good", _("At work."))
    if round_ is not None and clock.now() - round_ < _SILENT:
        return [at_work, Sign(_("Beat"), "good", _("Keeps time."))]
    if worker is None:
        told = _("Nothing is known of it while no worker is at work.")
        return [at_work, Sign(_("Beat"), "soon", told)]
    if round_ is None:
        told = _("Not seen yet. Without it nothing that failed is tried again.")
    else:
        told = _("Silent for %s: nothing that failed is tried again.")
        told %= moments.span(clock.now() - round_)
    return [at_work, Sign(_("Beat"), "late", told)]


def _messages() -> Sign:
    name = _("Messages")
    try:
        waiting = messages_waiting()
    except _UNREACHABLE:
        told = _(
            "The broker does not answer: what is due waits in the database, and nothing is lost."
        )
        return Sign(name, "late", told)
    count = sum(waiting.values())
    told = ngettext("%d waits for a worker.", "%d wait for a worker.", count) % count
    busy = ", ".join(f"{queue} {each}" for queue, each in waiting.items() if each)
    return Sign(name, "soon" if count >= _MANY_MESSAGES else "good", f"{told} {busy}".strip())


def messages_waiting() -> dict[str, int]:
    """By queue of the broker. Raises what the broker's transport raises when it is away."""
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=1)
        return {queue.name: _length(broker, queue.name) for queue in current_app.conf.task_queues}


def _length(broker: object, queue: str) -> int:
    """A queue that nobody has used yet is not there, which ends its channel: each has one of its own."""
    channel = broker.channel()  # type: ignore[attr-defined]  # kombu is untyped
    try:
        return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except broker.channel_errors:  # type: ignore[attr-defined]  # the same
        return 0
    finally:
        channel.close()


def _due() -> Sign:
    name, since = _("Oldest due"), figures.overdue()
    if since is None:
        return Sign(name, "good", _("No delivery is overdue."))
    late = clock.now() - since
    told = _("A delivery has been due for %s.") % moments.length(int(late.total_seconds()))
    link = f"{reverse('admin:scrips_delivery_changelist')}?status=waiting"
    return Sign(name, "soon" if late >= _LATE else "good", told, link)


def _hosts() -> Sign:
    name = _("Hosts")
    opened = figures.opened()
    if not opened:
        return Sign(name, "good", _("None is left alone."))
    told = ngettext(
        "%(count)d fails and is left alone: %(names)s",
        "%(count)d fail and are left alone: %(names)s",
        len(opened),
    ) % {"count": len(opened), "names": ", ".join(opened[:3])}
    return Sign(name, "late", told, reverse("admin:scrips_delivery_changelist"))


def _dead(standings: Sequence[Standing]) -> Sign:
    name = _("Given up")
    dead = next(each for each in standings if each.status == "dead")
    if not dead.count:
        return Sign(name, "good", _("None was given up."))
    number = f"{dead.count:,}+" if dead.capped else f"{dead.count:,}"
    tries = len(settings.TESSERA_RETRY_SCHEDULE)
    told = ngettext(
        "%(count)s were given up, after %(tries)d try or a final refusal.",
        "%(count)s were given up, after %(tries)d tries or a final refusal.",
        tries,
    )
    link = f"{reverse('admin:scrips_delivery_changelist')}?status=dead"
    return Sign(name, "late", told % {"count": number, "tries": tries}, link)
