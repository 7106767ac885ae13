"""The mails with a one-time link: to a new password, and straight in."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from scrips.channels.base import Parcel, Receipt
from scrips.channels.email import EmailChannel
from tessera.accounts import links
from tessera.accounts.models import User
from tessera.lib import clock, mime
from tickets import config as configuration


def reset_link(user: User) -> str:
    """Counts for two hours, once, and no longer than the user's password, address and last login stay as they are."""
    place = {
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    return _address("password_reset_confirm", place)


def send_reset(user: User) -> Receipt:
    """Make the mail with a link to a new password and try to send it once."""
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    facts = {"user": user, "link": reset_link(user), "hours": hours}
    body = render_to_string("desk/session/reset_mail.txt", facts)
    return _send(user, _("A new password for Tessera"), body)


def send_link(user: User) -> Receipt:
    """Make the mail with a new link that lets the user in and try to send it once."""
    name = configuration.current().site.name
    minutes = int(links.LIFE.total_seconds()) // 60
    link = _address("portal-link-use", {"key": links.issue(user)})
    facts = {"user": user, "link": link, "minutes": minutes, "site": name}
    body = render_to_string("desk/session/link_mail.txt", facts)
    return _send(user, _("Your link to %(site)s") % {"site": name}, body)


def _address(page: str, place: Mapping[str, str]) -> str:
    """Begins with TESSERA_BASE_URL, whatever the request that asked for it called this site."""
    return f"{settings.TESSERA_BASE_URL}{reverse(page, kwargs=dict(place))}"


def _send(user: User, subject: str, body: str) -> Receipt:
    payload = {
        "from": configuration.current().site.mail_from,
        "to": [user.email],
        "subject": subject,
        "body": body,
        "message_id": mime.lone_id(),
    }
    with EmailChannel().open() as line:
        parcel = Parcel(delivery_id=0, attempt=1, created_at=clock.now(), payload=payload)
        return line.send(parcel)
