"""Where somebody belongs who came in without saying where to."""

from django.urls import reverse

from tessera.accounts.models import User
from tickets.access import actor_of
from tickets.customers import customer_alone


def landing(user: User) -> str:
    """The portal for who is nothing but a customer, the tickets for everybody else."""
    return reverse("portal" if customer_alone(actor_of(user)) else "index")


def arrival(user: User, wanted: str) -> str:
    """The same for who wants to go somewhere: the bare front page is no wish."""
    return landing(user) if wanted in ("", reverse("index")) else wanted
