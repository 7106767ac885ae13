"""The mail with the one-time link to a new password."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from scrips.channels.base import Parcel, Receipt
from scrips.channels.email import EmailChannel
from tessera.accounts.models import User
from tessera.lib import clock, mime


def link_for(user: User) -> str:
    """Counts for two hours, once, and no longer than the user's password, address and last login stay as they are.

    Begins with TESSERA_BASE_URL, whatever the request that asked for it called this site.
    """
    place = {
        "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    return f"{settings.TESSERA_BASE_URL}{reverse('password_reset_confirm', kwargs=place)}"


def send(user: User) -> Receipt:
    """Make the mail and try to send it once."""
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    facts = {"user": user, "link": link_for(user), "hours": hours}
    payload = {
        "from": settings.TESSERA_MAIL_FROM,
        "to": [user.email],
        "subject": _("A new password for Tessera"),
        "body": render_to_string("desk/session/reset_mail.txt", facts),
        "message_id": mime.lone_id(),
    }
    with EmailChannel().open() as line:
        parcel = Parcel(delivery_id=0, attempt=1, created_at=clock.now(), payload=payload)
        return line.send(parcel)
