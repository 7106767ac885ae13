"""The ways out. A channel is a file here and a line in CHANNELS, under its kind of delivery."""

from scrips.channels.base import Channel, Line, Parcel, Receipt, Verdict
from scrips.channels.email import EmailChannel
from scrips.channels.webhook import WebhookChannel

CHANNELS: dict[str, Channel] = {
    "email": EmailChannel(),
    "webhook": WebhookChannel(),
}

__all__ = ["CHANNELS", "Channel", "Line", "Parcel", "Receipt", "Verdict"]
