"""Where somebody belongs who came in without saying where to, and who is nothing but a customer wherever he came in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tessera.accounts.models import User
from tessera.desk.access import reader
from tickets.access import actor_of
from tickets.customers import customer_alone

Page = Callable[..., HttpResponse]


def landing(user: User) -> str:
    """The portal for who is nothing but a customer, the tickets for everybody else."""
    return reverse("portal" if customer_alone(actor_of(user)) else "index")


def arrival(user: User, wanted: str) -> str:
    """The same for who wants to go somewhere: the bare front page is no wish."""
    return landing(user) if wanted in ("", reverse("index")) else wanted


def desk_page(portal: str = "portal") -> Callable[[Page], Page]:
    """A page for those who work on tickets, behind the login: who is nothing but a customer and comes to read it is
    sent to that page of the portal."""

    def kept(page: Page) -> Page:
        @wraps(page)
        def seen(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
            if request.method in ("GET", "HEAD") and customer_alone(reader(request)):
                return redirect(portal)
            return page(request, *given, **named)

        return seen

    return kept
