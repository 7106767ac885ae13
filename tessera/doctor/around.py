"""What stands around: broker and cache, the work in the background, settings that face the world, the mail server."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core import checks
from django.utils.translation import gettext as _

from scrips import figures, sealing
from scrips.channels import Parcel
from scrips.channels.email import EmailChannel
from scrips.models import Scrip
from tessera.desk import vital
from tessera.doctor.finding import Finding, Level, look, trouble, well
from tessera.lib import clock, mime
from tickets import config as configuration

_TIMEOUT_S = 5
_EMAIL = "EMAIL_URL=smtp://user:password@host:25, docs/howto/send-mail.md"


def broker() -> Iterator[Finding]:
    """Whether what it was told outlives its restart, and whether it throws anything away. Redis and its kin alone."""
    name = _("Broker")
    url = settings.CELERY_BROKER_URL
    if urlsplit(url).scheme not in ("redis", "rediss", "unix", "redis+socket"):
        yield well(name, _("Not Redis: its own tools tell more."))
        return
    url = url.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=", 1)
    with redis.Redis.from_url(url, socket_timeout=_TIMEOUT_S) as client:
        memory, kept = client.info("memory"), client.info("persistence")
    policy = str(memory.get("maxmemory_policy", ""))
    if policy not in ("", "noeviction") and memory.get("maxmemory"):
        told = _("maxmemory-policy is %s: messages are thrown away when it is full.") % policy
        yield look(name, told, "CONFIG SET maxmemory-policy noeviction")
    if not kept.get("aof_enabled"):
        told = _(
            "No append-only file: what it holds is lost with it, and the sweep sends it later."
        )
        yield look(name, told, "CONFIG SET appendonly yes")
    elif kept.get("aof_last_write_status") != "ok":
        yield trouble(name, _("The append-only file can't be written."), _("Is its disk full?"))
    else:
        yield well(name, _("Answers, and keeps what it is told."))


def secrets() -> Iterator[Finding]:
    """Whether the secrets that sign webhooks were sealed with this installation's key."""
    name = _("Secrets of webhooks")
    rules = Scrip.objects.filter(action_config__has_key="secret").order_by("pk")
    shut = [rule.name for rule in rules if not sealing.can_be_opened(rule.action_config)]
    if not shut:
        yield well(name, _("All can be opened."))
        return
    told = _("Entered with another key: those of %s.") % ", ".join(
        [*shut[:3], *"…"[: len(shut) > 3]]
    )
    todo = _("Set the TESSERA_SECRET_KEY with which they were entered, or enter them again.")
    yield trouble(name, told, todo)


_LEVELS = {"good": Level.WELL, "soon": Level.LOOK, "late": Level.TROUBLE}


def background() -> Iterator[Finding]:
    """The signs of the administration's first page: worker, beat, messages, what is overdue, breakers."""
    todo = _("See Admin → Deliveries, and docs/howto/watch.md.")
    for sign in vital.signs(figures.standings()):
        level = _LEVELS[sign.state]
        yield Finding(sign.name, level, sign.told, "" if level is Level.WELL else todo)


def safety() -> Iterator[Finding]:
    """What Django's own checks have to say: debug mode, hosts, HTTPS, the secret key's strength, and every fault."""
    found = {
        str(each.id): each
        for each in checks.run_checks(include_deployment_checks=True)
        if not each.is_silenced()
        and (each.level >= checks.ERROR or str(each.id).startswith("security."))
    }
    name = _("Settings")
    if _PLAIN & found.keys():
        told = _("The site is served by http: whoever is on the way reads passwords and tickets.")
        yield look(name, told, "TESSERA_BASE_URL=https://…, docs/reference/settings.md")
    for key in sorted(found.keys() - _PLAIN):
        each = found[key]
        grave = each.level >= checks.ERROR or key in _GRAVE
        # Its first sentence says what it is, the others what Django would do about it.
        told = f"{key}: " + each.msg.replace("\n", " ").split(". ")[0]
        todo = _GRAVE.get(key) or each.hint or "docs/reference/settings.md"
        yield (trouble if grave else look)(name, told, todo)
    if not found:
        yield well(name, _("Nothing to say against them."))


# Each says in its own way that there is no HTTPS.
_PLAIN = frozenset(("security.W004", "security.W012", "security.W016"))
# What lets others in, with the variable that shuts it.
_GRAVE = {
    "security.W009": "TESSERA_SECRET_KEY=… (50 random characters or more)",
    "security.W018": "TESSERA_DEBUG=0",
    "security.W020": "TESSERA_ALLOWED_HOSTS=tickets.example.com",
}


def mail() -> Iterator[Finding]:
    """Whether the mail server takes connections. Nothing is sent."""
    name = _("Mail server")
    if not settings.EMAIL_URL or not getattr(settings, "EMAIL_HOST", ""):
        yield look(name, _("Mails become files in TESSERA_DATA/mail."), _EMAIL)
        return
    place = (settings.EMAIL_HOST, settings.EMAIL_PORT or 25)
    try:
        socket.create_connection(place, _TIMEOUT_S).close()
    except OSError as error:
        told = _("%(host)s:%(port)d does not answer: %(error)s.")
        told %= {"host": place[0], "port": place[1], "error": error}
        yield trouble(name, told, _("Correct EMAIL_URL, or mend the server; mails wait meanwhile."))
    else:
        yield well(name, _("%(host)s:%(port)d answers.") % {"host": place[0], "port": place[1]})


def letter(address: str) -> Iterator[Finding]:
    """Send one, for whoever asked for it."""
    payload = {
        "from": configuration.current().site.mail_from,
        "to": [address],
        "subject": _("Tessera can send mail"),
        "body": _("You asked for this with `tessera doctor --send-to`."),
        "message_id": mime.lone_id(),
    }
    with EmailChannel().open() as line:
        receipt = line.send(
            Parcel(delivery_id=0, attempt=1, created_at=clock.now(), payload=payload)
        )
    name = _("Test mail")
    if receipt.error:
        yield trouble(name, receipt.error, _("Correct EMAIL_URL and the sender of mail."))
    else:
        yield well(name, _("The mail server took it for %s.") % address)
